"""Add a real corpus to the project: ``python -m scripts.add_corpus NAME FROM``."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lib.corpora import catalogue, checks, provenance
from lib.corpora.catalogue import Corpus, CorpusError
from lib.corpora.provenance import Provenance
from lib.files import write_text
from lib.params import project_path


def add(name: str, source: Path, data: Path, dvc: bool = True, obtained: str = "unknown") -> Provenance:
    """Copy a real corpus to ``data/<name>``; `source` is its published folder or the one around it.

    Its reader checks it against the published counts before anything is changed. Then the
    catalogued files are copied and counted again, PROVENANCE.json is written (`obtained` says where
    the copy comes from), the corpus joins the lists of its stages in params.yaml beside `data`,
    and, if `dvc` is set, ``dvc add`` versions `data`. If a step fails, `data`, params.yaml and
    data.dvc are left as they were.

    Raises
    ------
    CorpusError
        If the source is missing, damaged, incomplete or inside the target; if the target already
        is a real corpus; if params.yaml has no list for the corpus; if ``dvc add`` fails.
    """
    corpus = catalogue.get(name)
    data = data.resolve()
    target = data / name
    data_dvc, params = data.with_name(f"{data.name}.dvc"), data.with_name("params.yaml")
    root = _root(corpus, source)
    if root == target or target in root.parents:
        raise CorpusError(f"{source} is inside {target}, to which the corpus would be copied")
    if dvc and data_dvc.is_file() and not data.is_dir():
        raise CorpusError(f"no {data}, although {data_dvc.name} versions it: run `dvc pull` first")
    _require_replaceable(target)
    new_params = _with_corpus(params, corpus) if corpus.lists else None

    reader = catalogue.reader(name)
    with checks.reading(root):
        counts = reader.check(root, strict=True)
    paths = checks.files(root, *corpus.layout)
    files = [path.relative_to(root).as_posix() for path in paths]
    checks.require_content(root, files)
    with tempfile.TemporaryDirectory(prefix=".corpus-", dir=data.parent) as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        for file in files:
            _copy(root / file, new / file)
        with checks.reading(new):
            copied = reader.check(new, strict=True)
        if copied != counts:
            raise CorpusError(f"{root}: files do not lie as DATASETS.md says\n{counts}\n{copied}")
        origin = Provenance(
            corpus=name,
            kind=corpus.kind,
            version=provenance.version_of(new, files),
            source=obtained,
            licence=corpus.licence,
            counts=counts,
            files=len(files),
            bytes=sum((new / file).stat().st_size for file in files),
        )
        origin.write(new)
        with ExitStack() as undo:  # runs backwards unless all steps succeed
            for path in (params, data_dvc, data.with_name(".gitignore")):
                if path.is_file():
                    undo.callback(path.write_bytes, path.read_bytes())
                else:
                    undo.callback(path.unlink, missing_ok=True)
            if not data.is_dir():
                data.mkdir()
                undo.callback(data.rmdir)
            if target.exists():
                target.rename(old)
                undo.callback(old.rename, target)
            new.rename(target)
            undo.callback(target.rename, new)
            if new_params is not None:
                write_text(params, new_params)
            if dvc:
                _dvc_add(data)
            undo.pop_all()
    return origin


def _root(corpus: Corpus, source: Path) -> Path:
    """Folder that corresponds to ``data/<name>``: `source`, or its parent for a top folder."""
    if not source.is_dir():
        raise CorpusError(f"no folder {source}: give the folder of {corpus.title}")
    root = source.resolve()
    return root.parent if root.name == corpus.top_folder else root


def _require_replaceable(target: Path) -> None:
    """Raise CorpusError unless the target is absent or a synthetic corpus."""
    if not target.exists():
        return
    try:
        origin = provenance.read(target)
    except CorpusError as error:
        raise CorpusError(f"{target} exists and its origin is unknown: move it away\n{error}") from None
    if not origin.is_synthetic:
        raise CorpusError(
            f"{target} already is a real corpus (version {origin.version}): to replace "
            "it, delete that folder and run this again; to return to the committed state, run "
            "`git checkout data.dvc params.yaml` and `dvc checkout`"
        )


def _with_corpus(params: Path, corpus: Corpus) -> str:
    """Text of params.yaml with the corpus in its lists and with the papers' profile."""
    if not params.is_file():
        raise CorpusError(f"no {params}: `data` lies beside params.yaml in the project's folder")
    round_trip = YAML()  # writes as `dvc exp run -S` does, so that no other line changes
    tree = round_trip.load(params.read_text(encoding="utf-8"))
    for dotted in corpus.lists:
        names: Any = tree
        for key in dotted.split("."):
            names = names.get(key) if isinstance(names, dict) else None
        if not isinstance(names, list):
            raise CorpusError(f"{params}: there is no list {dotted} that {corpus.name} can join")
        if corpus.name not in names:
            names.append(corpus.name)
    tree.setdefault("corpus_profiles", {})[corpus.name] = "paper"
    text = StringIO()
    round_trip.dump(tree, text)
    return text.getvalue()


def _copy(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks if the file system can.

    Hard links are not used: DVC may protect linked files, and with them the user's own copy.
    """
    from dvc_objects.fs.system import reflink

    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        reflink(str(source), str(target))
    except OSError:
        shutil.copyfile(source, target)


def _dvc_add(data: Path) -> None:
    command = [sys.executable, "-m", "dvc", "add", "--quiet", data.name]
    if code := subprocess.run(command, cwd=data.parent).returncode:
        raise CorpusError(f"`dvc add {data.name}` failed with exit code {code}: nothing is changed")


def report(origin: Provenance, replaced: bool, dvc: bool) -> str:
    """Text that says what was done and what to do next."""
    corpus, counts = catalogue.get(origin.corpus), origin.counts
    missing = counts.get("dialogues", 0) - counts.get("dialogues with alphapose", 0)
    lists = ", ".join(corpus.lists)
    notes = {
        "counted: " + ", ".join(f"{name} {number}" for name, number in counts.items()): True,
        f"params.yaml: in the lists {lists}, with the papers' sizes": corpus.lists,
        "no stage uses it yet: read it with lib.corpora.catalogue.read": not corpus.lists,
        "it replaces the sample, which the committed data.dvc still names: "
        "`git checkout data.dvc params.yaml` and `dvc checkout` bring it back": replaced,
        "not versioned: run `dvc add data`": not dvc,
        f"{missing} dialogues have no AlphaPose result: see DATASETS.md": missing,
        "`dvc push` would put it into the remote inside the repository: set a remote of your own "
        "first (`dvc remote add --local`)": True,
    }
    size = f"{origin.files} files, {origin.bytes / 1e6:.1f} MB"
    head = f"{corpus.title}: {size}, {origin.marker}, version {origin.version}"
    shown = [f"  {note}" for note, holds in notes.items() if holds]
    return "\n".join([head, *shown, "next: `make repro`"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.add_corpus", description=__doc__)
    known = f"one of {', '.join(catalogue.names())}"
    parser.add_argument("name", metavar="NAME", choices=catalogue.names(), help=known)
    parser.add_argument("folder", metavar="FROM", type=Path, help="the corpus as published")
    parser.add_argument("--data", type=Path, help="folder of all corpora (the project's data)")
    parser.add_argument("--source", default="unknown", help="where you got the copy")
    parser.add_argument("--no-dvc", action="store_true", help="do not run `dvc add`")
    options = parser.parse_args(arguments)
    try:
        data = options.data or project_path("data")
        replaced = (data / options.name).exists()
        origin = add(options.name, options.folder, data, not options.no_dvc, options.source)
    except (CorpusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(report(origin, replaced, dvc=not options.no_dvc))
    return 0


if __name__ == "__main__":
    sys.exit(main())
