"""Parts shared by the readers of recordings with a trace of valence."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats, checked

Lines = list[tuple[int, str]]
_NUMBER = re.compile(r"[-+.\d]|nan$", re.IGNORECASE)
_STEM = re.compile(r"([A-Za-z]+)(?:_([A-Z]{2}))?_(\d+)", re.ASCII)


def lines(path: Path) -> Lines:
    """Lines of a text file with their numbers, without empty ones."""
    return [pair for pair in enumerate(checks.text(path).splitlines(), 1) if pair[1].strip()]


def parsed(
    path: Path, numbered: Lines, delimiter: str, names: Sequence[str], wanted: str, step: float
) -> tuple[Floats, Floats]:
    """Times (time,) and values, (time,) or (column, time), from lines of a file.

    `names` are those of the columns, unless a first line without any number has them. Used are the
    one with "time" in its name and the one that matches `wanted`, or, if that is empty, all others.
    CorpusError says what differs from that, or from values at every `step`.
    """
    rows = [(n, [cell.strip(" \t'\"") for cell in line.split(delimiter)]) for n, line in numbered]
    if rows and not any(map(_NUMBER.match, rows[0][1])):
        names = rows.pop(0)[1]
    times = [k for k, name in enumerate(names) if "time" in name.lower()]
    others = [k for k, name in enumerate(names) if k not in times and re.search(wanted, name, re.I)]
    if len(times) != 1 or not others or (len(others) == 1) != bool(wanted):
        kind = f"one of {wanted}" if wanted else "several of raters"
        raise CorpusError(f"{path}: columns {list(names)}: needs one of times and {kind}")
    found = []
    for number, row in rows:
        with checks.reading(f"{path}, line {number}"):
            if len(row) != len(names):
                raise ValueError(f"{row} does not have {len(names)} values")
            found.append([float(row[column]) for column in (*times, *others)])
    table = np.array(found).reshape(-1, 1 + len(others)).T.copy()
    with checks.reading(path):
        return checked(table[0], table[1] if wanted else table[1:], step)


def sample_table(
    folder: Path,
    traces: str,
    parts: Mapping[str, str],
    video: Callable[[str], str],
    ratings: str | None = None,
) -> pd.DataFrame:
    """Table of recordings, named after the files of their traces: training first, by number.

    Each recording shows a different person, who is its speaker and its cluster. Files of the
    pattern `traces` not named ``Train_01``, or ``Train_DE_01`` with a language, are ignored;
    `parts` has "train" or "dev" by the part's name, `video` gives the path of a recording's video.
    `ratings` is the folder of individual ratings. CorpusError if there is no recording or no video.
    """
    rows = []
    for trace in folder.glob(traces):
        found = _STEM.fullmatch(trace.stem)
        if not found or found[1] not in parts:
            continue
        own = f"{ratings}/{trace.stem}.csv"
        row = {
            **dict.fromkeys(("sample_id", "label", "speaker", "cluster"), trace.stem),
            "label": None,
            "part": parts[found[1]],
            "number": int(found[3]),
            "video": video(trace.stem),
            "trace": trace.relative_to(folder).as_posix(),
            "ratings": own if ratings and (folder / own).is_file() else None,
        }
        rows.append(row)
    names = " or ".join(f"{part}_<number>" for part in parts)
    none = f"no file is named {names}: see DATASETS.md"
    table = checks.sample_table(rows, folder / traces, none)
    checks.require_files(folder, list(table["video"]), "videos")
    order = ["part", "number", "sample_id"]
    return table.sort_values(order, ascending=[False, True, True], ignore_index=True)


def check(corpus: str, folder: Path, strict: bool | None) -> dict[str, int]:
    """Numbers of recordings, by part, with ratings (if any), and of values; reads all labels."""
    reader = catalogue.reader(corpus)
    table = reader.read(folder)
    every = table.to_dict("records")
    rated = sum(reader.ratings(folder, own) is not None for own in every)
    found = {
        "recordings": len(table),
        **checks.tally(table["part"], ("train", "dev")),
        **({"with individual ratings": rated} if rated else {}),
        "values": sum(len(reader.trace(folder, own)[0]) for own in every),
    }
    languages = max(1, table["sample_id"].str.extract(_STEM)[1].nunique())
    wanted = {name: languages * n for name, n in catalogue.get(corpus).expected.items()}
    return checks.published(corpus, found, folder, strict, wanted)
