"""Values over time of a corpus of one's own: each row of the table is a part of a recording."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from lib import files
from lib.corpora.catalogue import CorpusError
from scripts.corpora import fitting
from scripts.corpora.table import Row

KEPT = 2
"""Recordings of the training part on which choices are made."""
SHARE, FEWEST = 0.25, 2
"""Share of the groups that is tested where no split is named, and recordings that training and test need."""
PARTS = {"train": "train", "test": "dev"}
"""Parts as in RECOLA's release, whose development part is the one that is reported."""


def step(rows: Sequence[Row]) -> float:
    """Seconds of a row, the same in all."""
    return float(np.median([end - start for start, end in (row.cut or (0, 0) for row in rows)]).round(6))


def whole(rows: Sequence[Row], lengths: Sequence[float]) -> list[Row]:
    """Rows of a table without start and end: the value of a video, of `lengths` seconds, in all its parts."""
    if rows[0].cut:
        return list(rows)
    seconds = min(1.0, min(lengths) / 2)
    starts = [seconds * np.arange(int(length / seconds + 1e-9)) for length in lengths]
    parts = zip(rows, starts, strict=True)
    return [replace(row, cut=(float(time), float(time + seconds))) for row, own in parts for time in own]


def recordings(rows: Sequence[Row]) -> list[Row]:
    """First row of each recording; `rows` are in the order of recordings and times.

    CorpusError if a recording begins late, has a gap, overlapping or unequal rows, or rows with different
    speakers, sessions or splits.
    """
    found, seconds = [], step(rows)
    for path, group in groupby(rows, lambda row: row.path):
        own = list(group)
        times = np.array([row.cut for row in own])
        starts, begun = times[:, 0], np.append(0.0, times[:-1, 1])
        wrong = np.abs(starts - begun) > seconds / 2
        odd = np.abs(times[:, 1] - starts - seconds) > seconds / 2
        if len(own) < 2:
            raise CorpusError(f"{own[0].where}: {path} has one row: write one for each part of the recording")
        if wrong.any():
            number = int(wrong.argmax())
            what = f"start is {starts[number]:g}, but what is before ends at {begun[number]:g}"
            raise CorpusError(f"{own[number].where}: {what}: rows of a recording follow each other from 0")
        if odd.any():
            row, length = own[int(odd.argmax())], float(times[odd.argmax(), 1] - starts[odd.argmax()])
            what = f"the row has {length:g} s, most have {seconds:g} s"
            raise CorpusError(f"{row.where}: {what}: give all rows the same length")
        for one, other in pairwise(own):
            if differing := [name for name in one.groups if one.groups[name] != other.groups[name]]:
                raise CorpusError(f"{other.where}: {path} has two values of {differing[0]}: keep one")
        found.append(own[0])
    return found


def with_parts(samples: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Recordings with files of their traces, in parts: those of the table, or drawn once by cluster."""
    if "part" in samples:
        if "val" in set(samples["part"]):
            what = f"choices are made on {KEPT} recordings of the training part"
            raise CorpusError(f"{path}: a split is dev: {what}: write train or test")
        fitting.require_apart(samples, path)
        parts = samples["part"].map(PARTS)
    else:
        groups = samples["cluster"].unique()
        drawn = np.random.default_rng(fitting.SEED).permutation(groups)
        tested = samples["cluster"].isin(drawn[: max(FEWEST, round(SHARE * len(groups)))])
        parts = tested.map({True: "dev", False: "train"})
    for part, least, word in (("train", KEPT + FEWEST, "train"), ("dev", FEWEST, "test")):
        if (number := int((parts == part).sum())) < least:
            raise CorpusError(f"{path}: {number} recordings to {word}, {least} are needed: add recordings")
    traces = "traces/" + samples["sample_id"] + ".csv"
    return samples.assign(part=parts, trace=traces).sort_values("part", ascending=False, kind="stable")


def write(rows: Sequence[Row], samples: pd.DataFrame, folder: Path) -> list[str]:
    """Write the values of each recording at the middle of their rows; return the names of the files."""
    names = dict(zip(samples["path"], samples["trace"], strict=True))
    for path, group in groupby(rows, lambda row: row.path):
        place = folder / names[path]
        place.parent.mkdir(parents=True, exist_ok=True)
        lines = (f"{sum(row.cut or ()) / 2:.6f},{row.value!r}\n" for row in group)
        files.write_text(place, "time,value\n" + "".join(lines))
    return sorted(names.values())
