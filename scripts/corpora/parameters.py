"""A corpus in params.yaml: only the lines that it needs are written, the others stay as they are."""

from pathlib import Path
from typing import Any

import yaml

from lib.corpora.catalogue import Corpus, CorpusError

Edit = tuple[int, int, str]
"""Start and end of what is replaced, and its replacement."""
PROFILES, PROFILE = "corpus_profiles", "paper"
"""Key of params.yaml, and the profile of published corpora; one of one's own has its own profile."""


def with_corpus(params: Path, corpus: Corpus) -> str:
    """Text of params.yaml with the corpus in its lists and with its profile.

    Raises
    ------
    CorpusError
        If there is no such file, one of the lists is missing, or the form of a list is one in which
        nothing can be inserted.
    """
    if not params.is_file():
        raise CorpusError(f"no {params}: `data` lies beside params.yaml in the project's folder")
    text = params.read_bytes().decode("utf-8")
    tree, expected = yaml.compose(text, yaml.SafeLoader), _unshared(yaml.safe_load(text))
    edits = []
    for dotted in corpus.lists:
        node, names = tree, expected
        for key in dotted.split("."):
            node, names = _value(node, key), names.get(key) if isinstance(names, dict) else None
        if not isinstance(names, list):
            raise CorpusError(f"{params}: there is no list {dotted} that {corpus.name} can join")
        if corpus.name not in names:
            edits.append(_appended(text, node, corpus.name))
            names.append(corpus.name)
    profiles = expected.get(PROFILES) or {}
    profile = corpus.name if corpus.table else PROFILE
    if profiles.get(corpus.name) != profile:
        edits.append(_profiled(text, _value(tree, PROFILES), corpus.name, profile))
        expected[PROFILES] = profiles | {corpus.name: profile}
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    if not edits:
        return text
    try:
        changed = yaml.safe_load(text)
    except yaml.YAMLError:
        changed = None
    if changed != expected:
        where = ", ".join((*corpus.lists, PROFILES))
        raise CorpusError(f"{params}: {where}: write them with one item per line, as the others are")
    return text


def _unshared(value: Any) -> Any:
    """A tree in which what an anchor shares stands once more at each place."""
    if isinstance(value, dict):
        return {key: _unshared(own) for key, own in value.items()}
    return [_unshared(own) for own in value] if isinstance(value, list) else value


def _value(node: Any, key: str) -> Any:
    """Node of a key's value; None if there is none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _appended(text: str, node: Any, name: str) -> Edit:
    """Insert a name at the end of a list."""
    if not node.value:
        return _inside(node, name)
    last = node.value[-1]
    if node.flow_style:
        return last.end_mark.index, last.end_mark.index, f", {name}"
    line = text.splitlines()[last.start_mark.line]
    return _line_after(text, last, f"{line[: len(line) - len(line.lstrip())]}- {name}")


def _profiled(text: str, node: Any, name: str, profile: str) -> Edit:
    """State the profile of a corpus."""
    own = f"{name}: {profile}"
    if node is None:
        line = _newline(text)
        start = "" if text.endswith("\n") or not text else line
        return len(text), len(text), f"{start}{PROFILES}:{line}  {own}{line}"
    if (stated := _value(node, name)) is not None:
        return stated.start_mark.index, stated.end_mark.index, profile
    if not isinstance(node, yaml.MappingNode):  # empty
        start = node.start_mark.index
        return start, node.end_mark.index, f"{'' if text[start - 1] == ' ' else ' '}{{{own}}}"
    if not node.value:
        return _inside(node, own)
    key, last = node.value[-1]
    if node.flow_style:
        return last.end_mark.index, last.end_mark.index, f", {own}"
    return _line_after(text, last, f"{' ' * key.start_mark.column}{own}")


def _inside(node: Any, new: str) -> Edit:
    """Insert before the bracket that closes an empty list or mapping."""
    return node.end_mark.index - 1, node.end_mark.index - 1, new


def _line_after(text: str, node: Any, new: str) -> Edit:
    """Insert a line after that of a node."""
    end = text.find("\n", node.end_mark.index)
    if end < 0:
        return len(text), len(text), f"{_newline(text)}{new}"
    return end + 1, end + 1, f"{new}{_newline(text)}"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
