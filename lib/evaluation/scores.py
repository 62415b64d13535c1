"""Tables of scores and of differences, for any kind of predictions, and under several split schemes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation import classification, multilabel
from lib.evaluation import values as values_over_time
from lib.evaluation.jackknife import Statistic, intervals
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES, kind_of, paired, reported
from lib.files import write_parquet

STATISTICS: dict[str, Callable[[pd.DataFrame], Statistic]] = {
    CLASSES.name: classification.statistic,
    LABEL_SETS.name: multilabel.statistic,
    VALUES.name: values_over_time.statistic,
}
"""Scores of one experiment's predictions by their kind."""
INTERVAL = ["score", "low", "high"]
SIZES = ["repeats", "runs", "samples"]
FOUND = [*INTERVAL, "p", "spread", "flips", "bias"]
COLUMNS = ["experiment", "processing", "row", "metric", *INTERVAL, "spread", "bias", *SIZES]
P_VALUE = "p crossed"
"""p-value of a difference over clusters and trainings, crossed."""
DIFFERENCE = ["difference", "low", "high", P_VALUE, "spread", "flips"]
KEYS = {
    CLASSES.name: ["first", "second", "metric"],
    LABEL_SETS.name: ["row", "first", "second"],
    VALUES.name: ["processing", "metric", "first", "second"],
}
"""Columns that identify a difference, by kind of predictions."""


def score_table(predictions: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Scores of each experiment on its test predictions; intervals over clusters and trainings.

    The score is the mean over repetitions of the score of the pooled folds of each. Values may have
    been processed in several ways, named in a column ``processing`` of the predictions.

    Returns
    -------
    DataFrame
        One row for each experiment and metric: ``experiment``, ``processing`` (values), ``row``
        (label sets: the label or ``mAP``), ``metric``, ``score``, ``low``, ``high``, ``spread``
        (standard deviation over repetitions, NaN for one), ``bias`` (see
        `lib.evaluation.jackknife.Interval`), ``repeats``, ``runs``, ``samples`` (recordings),
        ``positives`` (label sets).
    """
    kind = kind_of(predictions)
    columns = ["experiment", *({"processing"} & set(predictions.columns))]
    rows = []
    for names, group in reported(predictions).groupby(columns, sort=False):
        key, statistic = dict(zip(columns, names, strict=True)), STATISTICS[kind.name](group)
        key["runs"] = len(group[["repeat", "fold"]].drop_duplicates())
        key["samples"] = group[kind.sample].nunique()
        key["repeats"] = group["repeat"].nunique()
        for name, found in intervals(statistic, level).items():
            score = dict(zip(FOUND, found, strict=True))
            rows.append(key | statistic.about[name] | score)
    table = pd.DataFrame(rows)
    return table[[name for name in (*COLUMNS, "positives") if name in table]]


def differences(predictions: pd.DataFrame, pairs: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Scores of each pair's first experiment minus the second's, on the same test samples.

    The columns are those of `KEYS` and `DIFFERENCE`. PredictionsError if two experiments were not tested on
    the same samples.
    """
    kind, test = kind_of(predictions), reported(predictions)
    parts = test.groupby("processing", sort=False) if "processing" in test else [("", test)]
    rows = []
    for first, second in pairs:
        for processing, part in parts:
            one, two = map(STATISTICS[kind.name], paired(part, first, second))
            key = {"processing": processing, "first": first, "second": second}
            for name, found in intervals(one - two).items():
                values = dict(zip(DIFFERENCE, found[: len(DIFFERENCE)], strict=True))
                rows.append(key | one.about[name] | values)
    return pd.DataFrame(rows)[[*KEYS[kind.name], *DIFFERENCE]]


def score_values(scores: pd.DataFrame) -> dict[str, Any]:
    """A score table as nested dict: experiment, metric, then score, interval and sizes, if known."""
    found: dict[str, Any] = {}
    for row in scores.to_dict("records"):
        entry = {str(name): row[name] for name in (*INTERVAL, *SIZES) if not pd.isna(row.get(name))}
        if not pd.isna(row["spread"]):
            entry["spread"] = row["spread"]
        found.setdefault(row["experiment"], {})[row["metric"]] = entry
    return found


def independent_difference(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Difference of independent estimates and its limits, (3, ...), from both with theirs, (3, ...).

    Zou and Donner (2008), "Construction of confidence limits about effect measures".
    """
    (one, low_one, high_one), (two, low_two, high_two) = first, second
    down, up = np.hypot(one - low_one, high_two - two), np.hypot(high_one - one, two - low_two)
    return np.stack([one - two, one - two - down, one - two + up])


def join_schemes(tables: Mapping[str, pd.DataFrame], path: Path) -> pd.DataFrame:
    """Store predictions under several schemes as one table, as ``"<experiment>, <scheme>"``."""
    joined = pd.concat(tables, names=["scheme"]).reset_index("scheme")
    joined["experiment"] += ", " + joined.pop("scheme")
    joined = joined.reset_index(drop=True)
    write_parquet(path, joined)
    return joined


def per_group(predictions: pd.DataFrame, samples: pd.DataFrame, column: str) -> pd.DataFrame:
    """Recalls (UAR, WAR) of groups of test samples by experiment; `column` names the groups."""
    test = reported(predictions).merge(samples[["sample_id", column]], on="sample_id")
    keys = ["experiment", column]
    scores = classification.scores_by(test, keys).drop(columns="WAP")
    scores.insert(0, "samples", test.groupby(keys).size())
    return scores.reset_index().sort_values(keys, ignore_index=True)


def against_first_scheme(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Change of a score from the first split scheme to each other one.

    Schemes test different samples, so the scores are independent (see `independent_difference`).
    Experiments are named as in `join_schemes`.

    Returns
    -------
    DataFrame
        ``experiment``, ``scheme``, ``score``, ``low``, ``high``, ``change``, ``change_low``,
        ``change_high``, and ``apart``: whether the interval of the score does not overlap that of
        the first scheme.
    """
    table = scores.loc[scores["metric"] == metric, ["experiment", "score", "low", "high"]]
    named = table["experiment"].str.rsplit(", ", n=1, expand=True)
    table["experiment"] = named[0]
    table.insert(1, "scheme", named[1])
    first = table.drop_duplicates("experiment").set_index("experiment")
    before = first.loc[table["experiment"]].set_index(table.index)
    change = independent_difference(table[INTERVAL].to_numpy().T, before[INTERVAL].to_numpy().T)
    names = ["change", "change_low", "change_high"]
    same = (table["scheme"] == before["scheme"]).to_numpy()
    table[names] = np.where(same, change[0], change).T
    table["apart"] = (table["high"] < before["low"]) | (table["low"] > before["high"])
    return table.sort_values("experiment", kind="stable", ignore_index=True)
