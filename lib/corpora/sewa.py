"""SEWA as released for the AVEC challenge of 2017 ("AV+EC 2017"): 48 labelled recordings.

Ringeval et al. (2017), "AVEC 2017: Real-life depression, and affect recognition workshop and
challenge": pairs of people at home talk by video about an advertisement they have seen.
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
"""Seconds from one value to the next."""
PARTS = {"Train": "train", "Devel": "dev"}
COLUMNS = 5
"""Of a file of labels: recording, time, arousal, valence, liking."""
VALENCE = 3

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
        One row a recording: sample_id ("Train_01"), label (none), speaker and cluster (the
        recording: each shows another person), part ("train", "dev"), number, video, trace and
        ratings (none), relative to `folder`.

    Raises
    ------
    CorpusError
        If there is no recording, or one has no video.
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
    """Counts: recordings, by part, and values of all traces.

    Parameters
    ----------
    folder : Path
    strict : bool, optional
        Whether the release's counts must hold; by default unless the copy is synthetic.

    Raises
    ------
    CorpusError
        As `read` and `trace`, and if counts must hold and do not.
    """
    return recordings.check("sewa", read(folder), folder, trace, strict)


def trace(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats]:
    """Valence of a row's recording: times (time,), seconds, and values (time,).

    Raises
    ------
    CorpusError
        If the file does not parse.
    """
    path = folder / recording["trace"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if row]
    if rows and not _number(rows[0][-1]):
        rows = rows[1:]  # a line of names
    wrong = next((row for row in rows if len(row) != COLUMNS), None)
    if wrong is not None:
        raise CorpusError(f"{path}: {wrong} has not {COLUMNS} values")
    try:
        times = [float(row[1]) for row in rows]
        return checked(times, [float(row[VALENCE]) for row in rows], str(path))
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
