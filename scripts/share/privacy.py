"""What must not leave a laboratory: ids, words, labels and paths of samples."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import catalogue
from lib.corpora.catalogue import CorpusError
from scripts.audit.files import IDS
from scripts.share.document import WITHHELD, ShareError, texts

NAMES = ("swap_sides", "checkpoint", "detector_weights", "weights")
"""Settings that hold dialogues, or files outside the project."""
FORMS = (
    *IDS,  # IEMOCAP, RAVDESS, EMO-DB
    r"Ses0\d[FM]?\w*",
    r"s\d+/.+",  # RML
    r"subject[ -]\d+.*",  # eNTERFACE'05
    r"(train|val|test) \d+\.\d+",  # EMOTIC
    r"(train|dev|test|Train|Devel|Test)(_[A-Z]{2})?_\d+",  # RECOLA, SEWA
)
"""Patterns of ids of the known corpora."""
LONG = 6
"""Ids and words of so many characters are looked for inside texts, shorter ones as whole texts."""


def suspicious(text: str) -> bool:
    """Whether a text could be a sample's id or a path."""
    path = "\\" in text or text.startswith(("~", "/", ".")) or bool(re.search(r"/.*\.\w{1,12}$", text))
    return path or any(re.fullmatch(form, text) for form in FORMS)


def cleaned(settings: Any, above: str = "") -> Any:
    """Settings whose texts that may be ids or paths are replaced by `WITHHELD`.

    Whatever stands under one of `NAMES` goes too, if it is a text or a list that is not empty.
    """
    if isinstance(settings, dict):
        return {
            name: cleaned(value, above if above in NAMES else str(name)) for name, value in settings.items()
        }
    if isinstance(settings, list | tuple):
        if above in NAMES and settings:
            return WITHHELD
        return [cleaned(value, above) for value in settings]
    named = above in NAMES and isinstance(settings, str) and settings not in ("", "random", "imagenet")
    hidden = named or (isinstance(settings, str) and suspicious(settings))
    return WITHHELD if hidden else settings


def secrets(table: pd.DataFrame) -> set[str]:
    """Texts of a sample table that must not occur in a file: ids, groups of samples, words, paths."""
    columns = ("sample_id", "dialogue", "cluster", "speaker", "transcript", "performance")
    paths = ("wav", "video", "path", "image", "trace", "ratings", "alphapose")
    own = [table[name].dropna().astype(str) for name in (*columns, *paths) if name in table]
    return {text for column in own for text in column.unique() if len(text) > 1}


def leaked(content: Any, hidden: Iterable[str]) -> list[str]:
    """Which of the `hidden` texts occur in a document's content."""
    found = texts(content)
    whole, everything = set(found), "\n".join(found)
    return sorted(text for text in hidden if text in (everything if len(text) >= LONG else whole))


def require_clean(content: Any, corpora: Iterable[str], root: Path) -> None:
    """Check that a document's content holds no id, word or path of its corpora.

    Where a copy of a corpus lies below `root`, its own samples are looked for, else the known forms.

    Raises
    ------
    ShareError
        Naming the first text that must not be shared.
    """
    odd = [text for text in texts(content) if suspicious(text)]
    for corpus in corpora:
        try:
            table = catalogue.reader(corpus).read(root / corpus)
        except (CorpusError, OSError):
            continue
        odd += leaked(content, secrets(table))
    if odd:
        raise ShareError(
            f"{odd[0]!r} may name a sample or a file: it must not be shared; rename what holds it"
        )
