"""Positive controls: whether each effect planted in a sample corpus is recovered."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation import predictions as stored
from lib.evaluation.jackknife import intervals
from lib.evaluation.scores import STATISTICS
from lib.replication.chance import chance_level
from lib.replication.planted import CHANCE, ControlError

READ: dict[str, tuple[dict[str, str], list[str]]] = {
    "changes": (
        {"experiment": "first", "scheme": "second"},
        ["change", "change_low", "change_high"],
    ),
    "gain": ({"ratio": "second"}, ["gain", "low", "high"]),
    "covered": ({"experiment": "first", "covered": "second"}, ["difference", "low", "high"]),
    "shares": ({"experiment": "first", "regions": "second"}, ["ratio", "low", "high"]),
    "best_delay": ({"experiment": "first"}, ["delay", "low", "high"]),
}
"""For each table of a stage: its columns that a comparison identifies a row by, and those of the
estimate and its interval."""
Row = Mapping[Hashable, Any]
Found = tuple[float, float, float, list[float]]
"""An estimate, its interval, and the estimates of single trainings."""
FOUND = ["estimate", "low", "high", "recovered", "trainings"]


def positive(expected: pd.DataFrame, outputs: Path, reports: Path) -> pd.DataFrame:
    """Every comparison that must show a planted effect, with what the stages find.

    Parameters
    ----------
    expected : DataFrame
        From `lib.replication.planted.read`; comparisons that are left out stay out.
    outputs, reports : Path
        Folders of the stages' predictions and tables.

    Returns
    -------
    DataFrame
        The columns of the list, with ``null`` as a number, and ``estimate``, its 95 % interval
        ``low``, ``high``, ``recovered``: whether the interval lies on the expected side, and
        ``trainings``: in how many of them the estimate does, "2 of 3" (of predictions).

    Raises
    ------
    ControlError
        If a stage has not run, or its table has not exactly one row for a comparison.
    """
    rows: list[list[Any]] = []
    tested = expected[expected["left out"] == ""].drop(columns="left out")
    for (paper, corpus), own in tested.groupby(["paper", "corpus"], sort=False):
        predictions = predictions_of(str(paper), str(corpus), outputs)
        for row in own.to_dict("records"):
            chance = chance_level(predictions) if row["null"] == CHANCE else row["null"]
            null, sign = float(chance), -1 if row["side"] == "below" else 1
            tabled = row["table"] != "predictions"
            found = _tabled(row, str(corpus), reports) if tabled else _trained(predictions, row, str(corpus))
            estimate, low, high, each = found
            beyond = min(sign * (low - null), sign * (high - null)) > 0
            times = f"{sum(sign * (own - null) > 0 for own in each)} of {len(each)}"
            values = [estimate, low, high, beyond, times if each else ""]
            rows.append([*(row | {"null": null}).values(), *values])
    return pd.DataFrame(rows, columns=[*tested.columns, *FOUND])


def _trained(predictions: pd.DataFrame, row: Row, corpus: str) -> Found:
    """What an experiment scores, or what it scores more than another one."""
    first, second, metric = (row[name] for name in ("first", "second", "metric"))
    missing = {first, second} - {CHANCE} - set(predictions["experiment"])
    if missing:
        raise ControlError(f"{corpus}: no stage has trained {sorted(missing)}")
    statistic_of = STATISTICS[stored.kind_of(predictions).name]
    if second == CHANCE:
        statistic = statistic_of(predictions[predictions["experiment"] == first])
    else:
        one, two = stored.paired(predictions, first, second)
        statistic = statistic_of(one) - statistic_of(two)
    found = intervals(statistic)[metric]
    each = statistic.observed()[:, list(statistic.about).index(metric)]
    return found.estimate, found.low, found.high, each.tolist()


def _tabled(row: Row, corpus: str, reports: Path) -> Found:
    """What a stage's own table has in the one row that a comparison identifies."""
    stage, file = row["table"].rsplit("/", 1)
    path = reports / stage / corpus / "tables" / f"{file}.csv"
    if not path.is_file():
        raise ControlError(f"no {path}: run the stage {stage} on {corpus} first")
    table, (keys, columns) = pd.read_csv(path), READ[file]
    for column, name in keys.items():
        table = table[table[column] == type(table[column].iloc[0])(row[name])]
    if len(table) != 1:
        identity = ", ".join(repr(row[name]) for name in ("first", "second"))
        raise ControlError(f"{row['table']} on {corpus}: {len(table)} rows for {identity}")
    if row["null"] == CHANCE:  # of a scheme itself, not its change
        columns = ["score", "low", "high"]
    estimate, low, high = table.iloc[0][columns].astype(float)
    return estimate, low, high, []


def predictions_of(paper: str, corpus: str, outputs: Path) -> pd.DataFrame:
    """Predictions of a paper's stages 02_training and 03_ablations, each experiment once.

    ControlError if a stage has not run.
    """
    tables: list[pd.DataFrame] = []
    for stage in ("02_training", "03_ablations"):
        path = outputs / paper / stage / corpus / "predictions.parquet"
        if not path.is_file():
            raise ControlError(f"no {path}: run the stage {paper}/{stage} on {corpus} first")
        table = stored.reported(pd.read_parquet(path))
        known = {name for earlier in tables for name in earlier["experiment"].unique()}
        tables.append(table[~table["experiment"].isin(known)])
    return pd.concat(tables, ignore_index=True)


def by_statement(table: pd.DataFrame) -> pd.DataFrame:
    """How many comparisons recover each statement: columns ``recovered`` and ``of``."""
    groups = table.groupby(["corpus", "claim", "statement"], sort=False)["recovered"]
    return groups.agg(["sum", "size"]).set_axis(["recovered", "of"], axis=1).reset_index()
