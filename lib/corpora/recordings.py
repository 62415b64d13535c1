"""What corpora of recordings with a trace of valence share."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import catalogue as catalog
from lib.corpora import checks, provenance
from lib.corpora.catalogue import CorpusError
from lib.features.traces import Floats

Trace = Callable[[Path, Mapping[Any, Any]], tuple[Floats, Floats]]


def row(folder: Path, trace: Path, part: str, number: int, video: str,
        ratings: Path | None = None) -> dict[str, Any]:  # fmt: skip
    """A recording's row of the sample table; its name is that of the file with its trace.

    Each recording shows another person, who is its speaker and its cluster.
    """
    name = trace.stem
    return {
        "sample_id": name, "label": None, "speaker": name, "cluster": name, "part": part,
        "number": number, "video": video, "trace": trace.relative_to(folder).as_posix(),
        "ratings": ratings.relative_to(folder).as_posix() if ratings else None,
    }  # fmt: skip


def sample_table(rows: list[dict[str, Any]], folder: Path, wanted: str) -> pd.DataFrame:
    """Rows of recordings as a table: the training part first, then by number.

    Parameters
    ----------
    wanted : str
        Where which files were looked for.

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


def check(corpus: str, table: pd.DataFrame, folder: Path, trace: Trace,
          strict: bool | None) -> dict[str, int]:  # fmt: skip
    """Counts: recordings, by part, with individual ratings (if any), and values of all traces.

    Raises
    ------
    CorpusError
        As `trace`, and if the release's counts must hold and do not.
    """
    rated = int(table["ratings"].notna().sum())
    found = {
        "recordings": len(table),
        "train": int((table["part"] == "train").sum()),
        "dev": int((table["part"] == "dev").sum()),
        **({"with individual ratings": rated} if rated else {}),
        "values": sum(len(trace(folder, own)[0]) for own in table.to_dict("records")),
    }
    if provenance.is_real(folder, strict):
        checks.require_counts(found, catalog.get(corpus).expected, str(folder))
    return found
