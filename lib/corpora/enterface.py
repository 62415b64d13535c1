"""eNTERFACE'05: 44 people say five sentences in each of six emotions, in English.

Martin et al. (2006), "The eNTERFACE'05 audio-visual emotion database". Only the folder identifies
the speaker: subject 11's files are named s12, subject 3's s_3, and there are more such errors.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError

CLASSES = catalogue.get("enterface").classes
SENTENCES = 5
UNCUT = 6
"""Subject whose six files each hold all sentences of an emotion, uncut."""

_CLIP = re.compile(
    r"(?P<base>.*?/)?subject[\s_-]*(?P<subject>\d+)/"
    rf"(?:\s*(?P<label>{'|'.join(CLASSES)})\s*/(?:\s*sentence[\s_-]*(?P<sentence>0*[1-5])\s*/)?)?.*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"_([1-5])(?:avi)?$", re.IGNORECASE)  # the sentence, at a name's end


def read(folder: Path, complete_only: bool = True) -> pd.DataFrame:
    """Sample table of a copy of eNTERFACE'05.

    `folder` holds ``subject 1`` ... ``subject 44``, perhaps below ``enterface database``. With
    `complete_only`, only speakers with all 30 clips are kept: 42 in the release, without subject 6,
    whose recordings are not cut into sentences, and subject 23, who lacks three.

    Returns
    -------
    DataFrame
        One row per clip: sample_id ("subject 1/anger/sentence 1"), label (one of `CLASSES`),
        speaker ("subject 1"), cluster (the speaker), sentence (1 to 5), video (relative to
        `folder`).

    CorpusError if there is no subject, an emotion's folder is unknown, a sentence is not stated or has
    two files, or a folder beside the subjects' is not named like theirs.
    """
    every = _clips(folder)
    table = every[every["sentence"].notna()].astype({"sentence": int})
    if complete_only:
        number = table.groupby("speaker")["sample_id"].transform("size")
        table = table[number == len(CLASSES) * SENTENCES]
    return table.reset_index(drop=True)


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of files, speakers, sentences, complete speakers and their clips."""
    every, complete = _clips(folder), read(folder)
    found = {
        "files": len(every),
        "speakers": int(every["speaker"].nunique()),
        "sentences": int(every["sentence"].notna().sum()),
        "complete speakers": int(complete["speaker"].nunique()),
        "clips": len(complete),
        **checks.tally(complete["label"], CLASSES),
    }
    return checks.published("enterface", found, folder, strict)


def _clips(folder: Path) -> pd.DataFrame:
    """Table of all files, including those not cut into sentences."""
    rows: list[dict[str, Any]] = []
    videos = [path.relative_to(folder).as_posix() for path in checks.videos(folder)]
    matches = {video: _CLIP.fullmatch(video) for video in videos}
    around = tuple(found["base"] or "" for found in matches.values() if found)
    for video, found in matches.items():
        path = folder / video
        if not found and video.startswith(around):
            what = "rename its folder, or leave it out of the copy"
            raise CorpusError(f"{path} is in no folder `subject <n>`: {what}")
        if not found:
            continue
        number, named = int(found["subject"]), _NUMBER.search(path.stem)
        sentence = found["sentence"] or (named[1] if named and number != UNCUT else None)
        if not found["label"] and number != UNCUT:
            raise CorpusError(f"{path}: its folder is not one of {', '.join(CLASSES)}")
        if not sentence and number != UNCUT:
            raise CorpusError(f"{path}: neither folder (`sentence <n>`) nor name states the sentence")
        label = found["label"].lower() if found["label"] else _by_name(path)
        speaker = f"subject {number}"
        row = {
            "sample_id": f"{speaker}/{label}/{f'sentence {sentence}' if sentence else path.stem}",
            "label": label,
            **dict.fromkeys(("speaker", "cluster"), speaker),
            "sentence": int(sentence) if sentence else pd.NA,
            "video": video,
        }
        rows.append(row)
    rows.sort(key=lambda row: (int(row["speaker"].split()[1]), row["sample_id"]))
    none = "no clip in `subject 1` ... `subject 44`: see DATASETS.md"
    return checks.sample_table(rows, folder, none)


def _by_name(path: Path) -> str:
    """Emotion of a file that is in no emotion's folder."""
    name = path.stem
    found = [label for label in CLASSES if label in name.lower() or f"_{label[:2]}" in name]
    if not found:
        raise CorpusError(f"{path}: neither folder nor name states the emotion")
    return found[0]
