"""The papers' own numbers, claims and protocols as tables."""

from collections.abc import Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

FOLDER = Path(__file__).parent
REQUIRED = {"default", "source", "reason"}
"""Keys that every protocol item has."""
UNITS = ("fraction", "percent", "count", "coefficient", "valence", "hours", "probability", "ratio")
"""Units of printed numbers; a ratio's value is its first part."""
PROTOCOL_KEYS = {"stated", "verified", "inferred", "parameters", *REQUIRED}
SHARED = "shared"
"""Key of the protocol of what belongs to no single paper."""


class PublishedError(ValueError):
    """A published cell, claim or protocol is missing or malformed."""


def _rows(name: str) -> StringIO:
    """A file beside this module, and the rows of those in the papers' folders, which have its head."""
    texts = [p.read_text(encoding="utf-8") for p in [FOLDER / name, *sorted(FOLDER.glob(f"papers/*/{name}"))]]
    return StringIO("\n".join([texts[0], *(text.partition("\n")[2] for text in texts[1:])]))


@cache
def cells() -> pd.DataFrame:
    """Every published cell, indexed by ``cell_id``.

    Columns: ``paper``, ``exhibit`` (a table, a figure or a section of running text), ``row``,
    ``column``, ``metric`` (the paper's word), ``compared_as`` (the metric that the number is,
    another one only where the audit shows it), ``value`` (NaN for a dash), ``spread``, ``runs``
    (empty for numbers from other papers), ``unit`` (of `UNITS`), ``printed``, ``quoted_from``
    (empty, or the reference or authors that the paper gives for a number that it takes from another
    paper), ``state`` (of other papers' methods: "run", "run, in the manner of: " what is ours, or
    "not run: " why), ``stage`` (whose number stands beside the cell, empty if any may) and ``note``.
    """
    texts = ("compared_as", "note", "printed", "quoted_from", "stage", "state")
    table = pd.read_csv(_rows("cells.csv"), dtype=dict.fromkeys(texts, str))
    table["compared_as"] = table["compared_as"].fillna(table["metric"])
    if twice := sorted(table.loc[table["cell_id"].duplicated(), "cell_id"]):
        raise PublishedError(f"cells.csv has twice: {', '.join(twice)}")
    return table.set_index("cell_id")


@cache
def claims() -> pd.DataFrame:
    """Every comparison that a paper states in words, indexed by ``claim_id``."""
    return pd.read_csv(_rows("claims.csv"), dtype=str).fillna("").set_index("claim_id")


_known = sorted(path.parent.name for path in FOLDER.glob("papers/*/method.yaml"))
PAPERS = tuple(dict.fromkeys([*cells()["paper"], *_known]))
"""Keys of the papers, in the order of the cells; those without printed numbers yet come last."""


@cache
def protocol(paper: str) -> dict[str, dict[str, Any]]:
    """Protocol items of a paper or `SHARED`: stated, verified, inferred, default, source, reason.

    Under ``parameters``, an item has values of ``params.yaml`` by their dotted names. PublishedError if the
    paper is unknown, or an item has another key or lacks default, source or reason.
    """
    items = _facts(paper, "protocol")
    for name, item in items.items():
        lacking = {key for key in REQUIRED if item.get(key) in (None, "")}
        if wrong := set(item) - PROTOCOL_KEYS | lacking:
            raise PublishedError(f"{paper}, {name}: unknown or missing keys {sorted(wrong)}")
    return items


@cache
def method(paper: str) -> dict[str, Any]:
    """Title, reference, notebooks' folder, method and diagram of a known paper."""
    return _facts(paper, "method")


def _facts(paper: str, name: str) -> dict[str, Any]:
    if paper not in PAPERS and (paper, name) != (SHARED, "protocol"):
        raise PublishedError(f"unknown paper {paper!r}: one of {', '.join(PAPERS)}")
    return yaml.safe_load((FOLDER / "papers" / paper / f"{name}.yaml").read_text(encoding="utf-8"))


def cell(cell_id: str) -> Any:
    """One published cell: the columns of `cells`; PublishedError if there is no such cell."""
    if cell_id not in cells().index:
        raise PublishedError(f"cells.csv has no cell {cell_id!r}")
    return cells().loc[cell_id]


def value(cell_id: str) -> float:
    """Value of one cell."""
    return float(cell(cell_id)["value"])


def spread(cell_id: str) -> float:
    """Standard deviation printed with a cell, NaN if none."""
    return float(cell(cell_id)["spread"])


def select(paper: str, exhibit: str, **conditions: str) -> pd.DataFrame:
    """Cells of one exhibit, with columns equal to the conditions; PublishedError if there are none."""
    wanted = pd.Series({"paper": paper, "exhibit": exhibit, **conditions})
    chosen = cells()[(cells()[wanted.index] == wanted).all(axis=1)]
    if chosen.empty:
        raise PublishedError(f"cells.csv has nothing for {paper}, {exhibit}, {conditions}")
    return chosen


def cells_of(papers: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """Cells of papers and metrics, with ``cell_id`` as a column."""
    return cells().query("paper in @papers and metric in @metrics").reset_index()
