"""Parts shared by the readers of recordings with a trace of valence."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import checks
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats, TraceError, checked

TraceReader = Callable[[Path, Mapping[Any, Any]], tuple[Floats, Floats]]
"""Function from a corpus folder and a row to times and values; see `lib.corpora.recola.trace`."""


def lines(path: Path) -> list[str]:
    """Lines of a text file without empty ones."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def parsed(
    path: Path, text: list[str], delimiter: str, width: int, columns: Sequence[int]
) -> tuple[Floats, Floats]:
    """Times (time,) and values, (time,) or (column, time), from lines of a file.

    Each line has `width` values; `columns` are that of the times, then those of the values.

    Raises
    ------
    CorpusError
        If a line has another number of values, or the values are no trace.
    """
    rows = list(csv.reader(text, delimiter=delimiter))
    wrong = next((row for row in rows if len(row) != width), None)
    if wrong is not None:
        raise CorpusError(f"{path}: {wrong} does not have {width} values")
    try:
        found = np.array(rows, object).reshape(-1, width)[:, columns].astype(np.float64).T
        return checked(found[0], found[1] if len(found) == 2 else found[1:], str(path))
    except (TraceError, ValueError) as error:
        raise CorpusError(f"{path} does not parse: {error}") from None


def sample_table(
    folder: Path,
    traces: str,
    parts: Mapping[str, str],
    video: Callable[[str], str],
    ratings: str | None = None,
) -> pd.DataFrame:
    """Table of recordings, named after the files of their traces: training first, by number.

    Each recording shows a different person, who is its speaker and its cluster.

    Parameters
    ----------
    traces : str
        Pattern of the files of traces; those not named ``<part>_<number>`` are ignored.
    parts : mapping of str
        "train" or "dev" by the part's name in the names of files.
    video : callable
        From a recording's name to the path of its video.
    ratings : str, optional
        Folder of individual ratings.

    Raises
    ------
    CorpusError
        If there is no recording, or one has no video.
    """
    rows = []
    for trace in folder.glob(traces):
        part, _, number = trace.stem.partition("_")
        if part not in parts or not number.isdecimal():
            continue
        own = f"{ratings}/{trace.stem}.csv"
        row = {
            **dict.fromkeys(("sample_id", "label", "speaker", "cluster"), trace.stem),
            "label": None,
            "part": parts[part],
            "number": int(number),
            "video": video(trace.stem),
            "trace": trace.relative_to(folder).as_posix(),
            "ratings": own if ratings and (folder / own).is_file() else None,
        }
        rows.append(row)
    names = " or ".join(f"{part}_<number>" for part in parts)
    none = f"no file is named {names}: see DATASETS.md"
    table = checks.sample_table(rows, folder / traces, none)
    checks.require_files(folder, list(table["video"]), "videos")
    return table.sort_values(["part", "number"], ascending=[False, True], ignore_index=True)


def check(
    corpus: str, table: pd.DataFrame, folder: Path, trace: TraceReader, strict: bool | None
) -> dict[str, int]:
    """Numbers of recordings, by part, with individual ratings (if any), and of values."""
    rated = int(table["ratings"].notna().sum())
    found = {
        "recordings": len(table),
        **checks.tally(table["part"], ("train", "dev")),
        **({"with individual ratings": rated} if rated else {}),
        "values": sum(len(trace(folder, own)[0]) for own in table.to_dict("records")),
    }
    return checks.published(corpus, found, folder, strict)
