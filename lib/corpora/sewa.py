"""SEWA as released for the AVEC challenge of 2017 ("AV+EC 2017"): 48 labelled recordings.

Ringeval et al. (2017), "AVEC 2017: Real-life depression, and affect recognition workshop and
challenge": pairs of people at home discuss by video an advertisement that they have seen.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import recordings
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats, TraceError, checked

STEP = 0.1
"""Seconds between values."""
PARTS = {"Train": "train", "Devel": "dev"}
COLUMNS = ("recording", "time", "arousal", "valence", "liking")
"""Columns of a label file."""

_NAME = re.compile(r"(Train|Devel)_(\d+)")


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy of SEWA.

    Parameters
    ----------
    folder : Path
        Holds ``labels``; videos lie anywhere below it.

    Returns
    -------
    DataFrame
        One row per recording: sample_id ("Train_01"), label (none), speaker and cluster (the
        recording: each shows a different person), part ("train", "dev"), number, video, trace and
        ratings (none), relative to `folder`.

    Raises
    ------
    CorpusError
        If there is no recording, or a recording has no video.
    """
    videos = {path.stem: path.relative_to(folder).as_posix() for path in folder.rglob("*.avi")}
    rows = []
    for path in (folder / "labels").glob("*.csv"):
        name = _NAME.fullmatch(path.stem)
        if not name:
            continue
        video = videos.get(path.stem, f"{path.stem}.avi")
        rows.append(recordings.row(folder, path, PARTS[name[1]], int(name[2]), video))
    wanted = f"{folder}/labels: no Train_01.csv ... Devel_14.csv"
    return recordings.sample_table(rows, folder, wanted)


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of recordings, by part, and of values; see `lib.corpora.recordings.check`."""
    return recordings.check("sewa", read(folder), folder, trace, strict)


def trace(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats]:
    """Valence of a recording: times (time,), seconds, and values (time,).

    Raises
    ------
    CorpusError
        If the file does not parse.
    """
    path = folder / recording["trace"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if row]
    if rows and not _number(rows[0][-1]):
        rows = rows[1:]  # header
    wrong = next((row for row in rows if len(row) != len(COLUMNS)), None)
    if wrong is not None:
        raise CorpusError(f"{path}: {wrong} does not have {len(COLUMNS)} values")
    try:
        times, values = ([float(row[column]) for row in rows] for column in (1, 3))
        return checked(times, values, str(path))
    except (TraceError, ValueError) as error:
        raise CorpusError(f"{path} does not parse: {error}") from None


def ratings(folder: Path, recording: Mapping[Any, Any]) -> None:
    """None: the challenge's release holds no individual ratings."""


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
