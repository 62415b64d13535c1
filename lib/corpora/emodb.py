"""EMO-DB: ten sentences in German, spoken by ten actors in seven emotions.

Burkhardt et al. (2005), "A database of German emotional speech". A recording's name is its speaker,
text, emotion and version: ``03a01Fa.wav``.
"""

import re
from pathlib import Path

import pandas as pd

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError

CLASSES = catalogue.get("emodb").classes
LETTERS = dict(zip("WLEAFTN", CLASSES, strict=True))
"""Emotions by the first letters of their German names."""
MALE = ("03", "10", "11", "12", "15")
SPEAKERS = (*MALE, "08", "09", "13", "14", "16")
_NAME = re.compile(rf"({'|'.join(SPEAKERS)})([ab]\d\d)([{''.join(LETTERS)}])[a-z]?\.wav", re.ASCII)


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy, one row a recording, by name: `folder` holds ``wav``.

    sample_id is the name without suffix, label one of `CLASSES`, cluster the speaker, path relative
    to `folder`. CorpusError if there is no recording, or a name is malformed.
    """
    rows = []
    for path in checks.files(folder, "wav/*.wav"):
        if not (found := _NAME.fullmatch(path.name)):
            raise CorpusError(f"{path}: not a name of EMO-DB, such as 03a01Fa.wav")
        speaker, sentence, letter = found.groups()
        row = {"sample_id": path.stem, "label": LETTERS[letter], "sentence": sentence}
        row |= {"speaker": speaker, "cluster": speaker, "sex": ("female", "male")[speaker in MALE]}
        rows.append(row | {"path": path.relative_to(folder).as_posix()})
    return checks.sample_table(rows, folder, "no wav/*.wav: see DATASETS.md")


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of recordings, in all and by emotion."""
    table = read(folder)
    found = {"recordings": len(table), **checks.tally(table["label"], CLASSES)}
    return checks.published("emodb", found, folder, strict)
