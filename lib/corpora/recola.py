"""RECOLA as released for the AVEC challenges of 2015 and 2016: 18 labelled recordings.

Ringeval et al. (2013), "Introducing the RECOLA multimodal corpus of remote collaborative and
affective interactions": people talk by video; six raters follow arousal and valence over time. The
challenges provide five minutes of each of 27 people, in three parts; labels of the test part are
not public.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import recordings
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats

ROOT = "AVEC2016"
STEP = 0.04
"""Seconds between values."""

_ATTRIBUTE = re.compile(r"@attribute\s+(\S+)", re.IGNORECASE)


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy of RECOLA.

    Returns
    -------
    DataFrame
        One row per recording: sample_id ("train_1"), label (none), speaker and cluster (the
        recording: each shows a different person), part ("train", "dev"), number, video, trace (gold
        standard of valence) and ratings (individual ones, or missing), relative to `folder`.
    """
    return recordings.sample_table(
        folder,
        f"{ROOT}/ratings_gold_standard/valence/*.arff",
        {"train": "train", "dev": "dev"},
        lambda name: f"{ROOT}/recordings_video/{name}.mp4",
        f"{ROOT}/ratings_individual/valence",
    )


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of recordings, by part, and of values; every file of labels is read."""
    return recordings.check("recola", folder, strict)


def trace(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats]:
    """Gold standard of a recording: times (time,), seconds, and valence (time,)."""
    path = folder / recording["trace"]
    lines = recordings.lines(path)
    start = next((k for k, (_, line) in enumerate(lines) if line.strip().lower() == "@data"), None)
    if start is None:
        raise CorpusError(f"{path}: no line @data: the file is not a gold standard")
    names = [found[1] for _, line in lines[:start] if (found := _ATTRIBUTE.match(line.strip()))]
    return recordings.parsed(path, lines[start + 1 :], ",", names, "valence|gold", STEP)


def ratings(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats] | None:
    """Individual ratings as times (time,) and values (raters, time); None if there are none."""
    if recording["ratings"] is None or pd.isna(recording["ratings"]):
        return None
    path = folder / recording["ratings"]
    lines = recordings.lines(path)
    raters = lines[0][1].count(";") if lines else 0
    return recordings.parsed(path, lines, ";", ["time", *["rater"] * raters], "", STEP)
