"""Positive controls: whether each effect planted in a sample corpus is recovered."""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from lib.corpora import provenance
from lib.settings import Settings


class ControlError(ValueError):
    """A control names an effect, a table or a row that does not exist."""


class Control(Settings):
    """One planted effect and the row of a stage's table that shows whether it is recovered.

    `effect` is a dotted name inside the corpus's effects file; `says` is the expected result in
    words. The stage `table` computes it in its table `file`, where the values in `where` choose one
    row; `columns` are its estimate and interval (by default ``score`` or ``difference``, ``low``,
    ``high``). The interval must lie above `null`, or, with `below`, below it.
    """

    corpus: str
    effect: str
    says: str
    table: str
    file: str
    where: dict[str, Any]
    columns: tuple[str, str, str] | None = None
    null: float
    below: bool = False


def load() -> list[Control]:
    """This project's controls, from ``controls.yaml``."""
    path = Path(__file__).with_name("controls.yaml")
    return [Control.model_validate(row) for row in yaml.safe_load(path.read_text("utf-8"))]


def row_of(control: Control, reports: Path) -> "pd.Series[Any]":
    """The row of a stage's table that a control names.

    Raises
    ------
    ControlError
        If the table is missing, or not exactly one row fits.
    """
    path = reports / control.table / control.corpus / "tables" / f"{control.file}.csv"
    if not path.is_file():
        raise ControlError(f"no {path}: run the stage {control.table} on {control.corpus} first")
    table = pd.read_csv(path)
    for column, value in control.where.items():
        if column not in table:
            raise ControlError(f"{path} has no column {column!r}")
        table = table[table[column] == value]
    if len(table) != 1:
        raise ControlError(f"{path}: {len(table)} rows match {control.where}, not one")
    return table.iloc[0]


def claim_of(control: Control, data: Path) -> str:
    """The claim that an effect belongs to in the corpus's effects file: the innermost around it.

    Raises
    ------
    ControlError
        If the file has no such effect.
    """
    node = provenance.effects(data / control.corpus)
    claim = node.get("claim", "")
    for key in control.effect.split("."):
        if not isinstance(node, dict) or key not in node:
            raise ControlError(f"{control.corpus} plants no {control.effect!r}")
        node = node[key]
        claim = node.get("claim", claim) if isinstance(node, dict) else claim
    return str(claim)


def positive(controls: list[Control], reports: Path, data: Path) -> pd.DataFrame:
    """Every control with its estimate, interval and whether the interval excludes the null.

    Only synthetic corpora have planted effects; other corpora are left out. Columns: ``corpus``,
    ``effect``, ``expected``, ``estimate``, ``low``, ``high``, ``null``, ``recovered``, ``stage``,
    ``claim``.
    """
    rows = []
    for control in controls:
        folder = data / control.corpus
        if not folder.is_dir() or not provenance.read(folder).is_synthetic:
            continue
        row = row_of(control, reports)
        estimate = "score" if "score" in row else "difference"
        found = row[list(control.columns or (estimate, "low", "high"))].to_list()
        _, low, high = found
        excluded = high < control.null if control.below else low > control.null
        named = [control.corpus, control.effect, control.says]
        origin = [control.table, claim_of(control, data)]
        rows.append([*named, *found, control.null, excluded, *origin])
    columns = ["corpus", "effect", "expected", "estimate", "low", "high", "null", "recovered"]
    return pd.DataFrame(rows, columns=[*columns, "stage", "claim"])


def attention_and_need(corpora: list[str], experiment: str, reports: Path) -> pd.DataFrame:
    """Attention on regions of the face beside what the network loses when they are covered.

    Read from the results of `valence/05_traces`. Columns: ``corpus``, ``region``, ``attention``
    (by area: 1 where even), ``cost`` (in CCC) with its interval ``low``, ``high``.

    Raises
    ------
    ControlError
        If a corpus has no such results.
    """
    columns = ["corpus", "region", "attention", "cost", "low", "high"]
    tables = []
    for corpus in corpora:
        folder = reports / "valence/05_traces" / corpus / "tables"
        if not (folder / "covered.csv").is_file():
            raise ControlError(f"no {folder}: run the stage valence/05_traces on {corpus} first")
        seen = pd.read_csv(folder / "regions.csv", index_col=0)["ratio"].rename("attention")
        needed = pd.read_csv(folder / "covered.csv").query("experiment == @experiment")
        costs = needed.rename(columns={"covered": "region", "difference": "cost"})
        tables.append(costs.join(seen, on="region", how="inner").assign(corpus=corpus)[columns])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
