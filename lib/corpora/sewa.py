"""SEWA as released for the AVEC challenge of 2017 ("AV+EC 2017"): 48 labelled recordings.

Ringeval et al. (2017), "AVEC 2017: Real-life depression, and affect recognition workshop and
challenge": pairs of people at home discuss by video an advertisement that they have seen.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import checks, recordings
from lib.features.traces import Floats

STEP = 0.1
"""Seconds between values."""
PARTS = {"Train": "train", "Devel": "dev"}
COLUMNS = ("recording", "time", "arousal", "valence", "liking")
"""Columns of a label file without a header."""


def read(folder: Path) -> pd.DataFrame:
    """Sample table as from `lib.corpora.recola.read`, without ratings; sample_id is "Train_01".

    `folder` holds ``labels``; videos lie anywhere below it.
    """
    found = checks.files(folder, "**/*.avi")
    videos = {path.stem: path.relative_to(folder).as_posix() for path in found}
    return recordings.sample_table(
        folder, "labels/*.csv", PARTS, lambda name: videos.get(name, f"{name}.avi")
    )


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of recordings, by part, and of values."""
    return recordings.check("sewa", folder, strict)


def trace(folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats]:
    """Valence of a recording: times (time,), seconds, and values (time,)."""
    path = folder / recording["trace"]
    return recordings.parsed(path, recordings.lines(path), ";", COLUMNS, "valence", STEP)


def ratings(folder: Path, recording: Mapping[Any, Any]) -> None:
    """None: the challenge's release holds no individual ratings."""
