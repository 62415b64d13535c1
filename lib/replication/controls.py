"""Positive controls: whether each effect planted in a sample corpus is recovered."""

from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation import predictions as stored
from lib.evaluation.jackknife import Statistic, intervals
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
        found = _Found(str(paper), str(corpus), outputs, reports)
        for row in own.to_dict("records"):
            chance = chance_level(found.predictions) if row["null"] == CHANCE else row["null"]
            null, sign = float(chance), -1 if row["side"] == "below" else 1
            estimate, low, high, each = found.row(row)
            beyond = min(sign * (low - null), sign * (high - null)) > 0
            times = f"{sum(sign * (own - null) > 0 for own in each)} of {len(each)}"
            values = [estimate, low, high, beyond, times if each else ""]
            rows.append([*(row | {"null": null}).values(), *values])
    return pd.DataFrame(rows, columns=[*tested.columns, *FOUND])


class _Found:
    """What the stages of a paper found on a corpus."""

    def __init__(self, paper: str, corpus: str, outputs: Path, reports: Path) -> None:
        self.corpus, self.reports = corpus, reports
        self.predictions = predictions_of(paper, corpus, outputs)
        self.table = cache(self._table)

    def row(self, comparison: Mapping[Hashable, Any]) -> tuple[float, float, float, list[float]]:
        """Estimate and interval of a comparison, and the estimates of single trainings."""
        first, second, metric = (comparison[name] for name in ("first", "second", "metric"))
        if comparison["table"] == "predictions":
            missing = {first, second} - {CHANCE} - set(self.predictions["experiment"])
            if missing:
                raise ControlError(f"{self.corpus}: no stage has trained {sorted(missing)}")
            statistic = self._statistic(first, second)
            found = intervals(statistic)[metric]
            each = statistic.observed()[:, list(statistic.about).index(metric)].tolist()
            return found.estimate, found.low, found.high, each
        table, columns = self._chosen(comparison)
        if len(table) != 1:
            where = f"{comparison['table']} on {self.corpus}"
            raise ControlError(f"{where}: {len(table)} rows for {first!r}, {second!r}")
        estimate, low, high = table.iloc[0][columns].astype(float)
        return estimate, low, high, []

    def _statistic(self, first: str, second: str) -> Statistic:
        """Scores of an experiment, or what it scores more than another one."""
        make = STATISTICS[stored.kind_of(self.predictions).name]
        if second == CHANCE:
            return make(self.predictions[self.predictions["experiment"] == first])
        one, two = stored.paired(self.predictions, first, second)
        return make(one) - make(two)

    def _chosen(self, comparison: Mapping[Hashable, Any]) -> tuple[pd.DataFrame, list[str]]:
        table = self.table(comparison["table"])
        keys, columns = READ[comparison["table"].split("/")[-1]]
        if comparison["null"] == CHANCE:  # of a scheme itself, not its change
            columns = ["score", "low", "high"]
        for column, name in keys.items():
            wanted = comparison[name]
            table = table[table[column] == type(table[column].iloc[0])(wanted)]
        return table, columns

    def _table(self, name: str) -> pd.DataFrame:
        stage, file = name.rsplit("/", 1)
        path = self.reports / stage / self.corpus / "tables" / f"{file}.csv"
        if not path.is_file():
            raise ControlError(f"no {path}: run the stage {stage} on {self.corpus} first")
        return pd.read_csv(path)


def predictions_of(paper: str, corpus: str, outputs: Path) -> pd.DataFrame:
    """Predictions of a paper's stages 02_training and 03_ablations, each experiment once.

    Raises
    ------
    ControlError
        If a stage has not run.
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
