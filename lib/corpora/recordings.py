"""Parts shared by the readers of recordings with a trace of valence."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import checks
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats

TraceReader = Callable[[Path, Mapping[Any, Any]], tuple[Floats, Floats]]
"""Function from a corpus folder and a row to times and values; see `lib.corpora.recola.trace`."""


def row(
    folder: Path, trace: Path, part: str, number: int, video: str, ratings: Path | None = None
) -> dict[str, Any]:
    """Row of a recording in the sample table, named after the file of its trace.

    Each recording shows a different person, who is its speaker and its cluster.
    """
    return {
        **dict.fromkeys(("sample_id", "label", "speaker", "cluster"), trace.stem),
        "label": None,
        "part": part,
        "number": number,
        "video": video,
        "trace": trace.relative_to(folder).as_posix(),
        "ratings": ratings.relative_to(folder).as_posix() if ratings else None,
    }


def sample_table(rows: list[dict[str, Any]], folder: Path, wanted: str) -> pd.DataFrame:
    """Rows of recordings as a table, the training part first, by number.

    Parameters
    ----------
    wanted : str
        Folder and names of the expected files, for the message.

    Raises
    ------
    CorpusError
        If there is no recording, or one has no video.
    """
    if not rows:
        raise CorpusError(f"{wanted}: see DATASETS.md")
    table = pd.DataFrame(rows)
    checks.require_files(folder, list(table["video"]), "videos")
    order = table["part"].map({"train": 0, "dev": 1})
    table = table.assign(order=order).sort_values(["order", "number"])
    return table.drop(columns="order").reset_index(drop=True)


def check(
    corpus: str, table: pd.DataFrame, folder: Path, trace: TraceReader, strict: bool | None
) -> dict[str, int]:
    """Numbers of recordings, by part, with individual ratings (if any), and of values.

    Raises
    ------
    CorpusError
        As `trace` and `lib.corpora.checks.published`.
    """
    rated = int(table["ratings"].notna().sum())
    found = {
        "recordings": len(table),
        "train": int((table["part"] == "train").sum()),
        "dev": int((table["part"] == "dev").sum()),
        **({"with individual ratings": rated} if rated else {}),
        "values": sum(len(trace(folder, own)[0]) for own in table.to_dict("records")),
    }
    return checks.published(corpus, found, folder, strict)
