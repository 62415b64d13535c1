"""RECOLA as released for the AVEC challenges of 2015 and 2016: 18 labelled recordings.

Ringeval et al. (2013), "Introducing the RECOLA multimodal corpus of remote collaborative and
affective interactions": people talk by video; six raters follow arousal and valence over time. The
challenges provide five minutes of each of 27 people, in three parts; labels of the test part are
not public.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import recordings
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats, TraceError, checked

ROOT = "AVEC2016"
STEP = 0.04
"""Seconds between values."""

_NAME = re.compile(r"(train|dev)_(\d+)")


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy of RECOLA.

    Parameters
    ----------
    folder : Path
        Holds ``AVEC2016``.

    Returns
    -------
    DataFrame
        One row per recording: sample_id ("train_1"), label (none), speaker and cluster (the
        recording: each shows a different person), part ("train", "dev"), number, video, trace (gold
        standard of valence) and ratings (individual ones, or missing), relative to `folder`.

    Raises
    ------
    CorpusError
        If there is no recording, or a recording has no video.
    """
    rows = []
    gold = folder / ROOT / "ratings_gold_standard" / "valence"
    for path in gold.glob("*.arff"):
        name = _NAME.fullmatch(path.stem)
        if not name:  # train_all.arff and the like
            continue
        ratings = folder / ROOT / "ratings_individual" / "valence" / f"{path.stem}.csv"
        video = f"{ROOT}/recordings_video/{path.stem}.mp4"
        own = ratings if ratings.is_file() else None
        rows.append(recordings.row(folder, path, name[1], int(name[2]), video, own))
    return recordings.sample_table(rows, folder, f"{gold}: no train_1.arff ... dev_9.arff")


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of recordings, by part, and of values; see `lib.corpora.recordings.check`."""
    return recordings.check("recola", read(folder), folder, trace, strict)


def trace(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats]:
    """Gold standard of a recording: times (time,), seconds, and valence (time,).

    Raises
    ------
    CorpusError
        If the file has no data or does not parse.
    """
    path = folder / recording["trace"]
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip().lower() == "@data"), None)
    if start is None:
        raise CorpusError(f"{path}: no line @data: the file is not a gold standard")
    rows = list(csv.reader(line for line in lines[start + 1 :] if line.strip()))
    return _parsed(path, [row[1:] for row in rows], 2)


def ratings(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats] | None:
    """Individual ratings as times (time,) and values (raters, time); None if there are none.

    Raises
    ------
    CorpusError
        If the file does not parse.
    """
    if recording["ratings"] is None or pd.isna(recording["ratings"]):
        return None
    path = folder / recording["ratings"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if row]
    return _parsed(path, rows[1:], max(3, len(rows[0])) if rows else 3)


def _parsed(path: Path, rows: list[list[str]], columns: int) -> tuple[Floats, Floats]:
    wrong = next((row for row in rows if len(row) != columns), None)
    if wrong is not None:
        raise CorpusError(f"{path}: {wrong} does not have {columns} numbers")
    try:
        values = np.array(rows, np.float64).reshape(-1, columns).T
        found = values[1] if columns == 2 else values[1:]
        return checked(values[0], found, str(path))
    except (TraceError, ValueError) as error:
        raise CorpusError(f"{path} does not parse: {error}") from None
