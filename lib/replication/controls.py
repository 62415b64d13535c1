"""Positive controls: whether each effect planted in a sample corpus is recovered."""

from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation import predictions as stored
from lib.evaluation.scores import differences, score_table
from lib.replication.chance import chance_level
from lib.replication.planted import CHANCE, ControlError
from lib.replication.settings import ControlStage

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
FOUND = ["estimate", "low", "high"]


def positive(
    expected: pd.DataFrame, outputs: Path, reports: Path, settings: ControlStage
) -> pd.DataFrame:
    """Every comparison that must show a planted effect, with what the stages find.

    Parameters
    ----------
    expected : DataFrame
        From `lib.replication.planted.read`; comparisons that are left out stay out.
    outputs, reports : Path
        Folders of the stages' predictions and tables.
    settings : ControlStage
        Its seed is for intervals, and for the random scores that give the chance of label sets.

    Returns
    -------
    DataFrame
        The columns of the list, with ``null`` as a number, and ``estimate``, its 95 % interval
        ``low``, ``high``, and ``recovered``: whether the interval lies on the expected side.

    Raises
    ------
    ControlError
        If a stage has not run, or its table has not exactly one row for a comparison.
    """
    rows: list[list[Any]] = []
    tested = expected[expected["left out"] == ""].drop(columns="left out")
    for (paper, corpus), own in tested.groupby(["paper", "corpus"], sort=False):
        found = _Found(str(paper), str(corpus), outputs, reports, settings)
        for row in own.to_dict("records"):
            null = found.chance if row["null"] == CHANCE else float(row["null"])
            estimate, low, high = found.row(row)
            beyond = high < null if row["side"] == "below" else low > null
            rows.append([*row.values(), estimate, low, high, beyond])
            rows[-1][list(row).index("null")] = null
    return pd.DataFrame(rows, columns=[*tested.columns, *FOUND, "recovered"])


class _Found:
    """What the stages of a paper found on a corpus."""

    def __init__(
        self, paper: str, corpus: str, outputs: Path, reports: Path, settings: ControlStage
    ):
        self.corpus, self.reports, self.settings = corpus, reports, settings
        self.predictions = predictions_of(paper, corpus, outputs)
        self.table = cache(self._table)

    @property
    def chance(self) -> float:
        """Score of a guess."""
        return chance_level(self.predictions, self.settings.seed)

    def row(self, comparison: Mapping[Hashable, Any]) -> tuple[float, float, float]:
        """Estimate and interval of a comparison."""
        first, second, metric = (comparison[name] for name in ("first", "second", "metric"))
        if comparison["table"] == "predictions":
            missing = {first, second} - {CHANCE} - set(self.predictions["experiment"])
            if missing:
                raise ControlError(f"{self.corpus}: no stage has trained {sorted(missing)}")
            chosen = self.predictions[self.predictions["experiment"].isin([first, second])]
            if second == CHANCE:
                table = score_table(chosen, self.settings.bootstrap_draws, self.settings.seed)
                columns = ["score", "low", "high"]
            else:
                draws, seed = self.settings.bootstrap_draws, self.settings.seed
                table = differences(chosen, [(first, second)], draws, seed)
                columns = ["difference", "low", "high"]
            key = "row" if "row" in table else "metric"  # label sets have AP of each label
            table = table[table[key] == metric]
        else:
            table, columns = self._chosen(comparison)
        if len(table) != 1:
            where = f"{comparison['table']} on {self.corpus}"
            raise ControlError(f"{where}: {len(table)} rows for {first!r}, {second!r}")
        estimate, low, high = table.iloc[0][columns].astype(float)
        return estimate, low, high

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
