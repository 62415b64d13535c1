"""Tables of scores and of differences, for any kind of predictions."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from lib.evaluation import classification, multilabel
from lib.evaluation import values as values_over_time
from lib.evaluation.jackknife import Statistic, intervals
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES, kind_of, paired, reported

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

    The columns are those of `KEYS` and `DIFFERENCE`.

    Raises
    ------
    PredictionsError
        If two experiments were not tested on the same samples.
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
    """A score table as nested dict: experiment, metric, then score, interval and sizes."""
    found: dict[str, Any] = {}
    for row in scores.to_dict("records"):
        entry = {str(name): row[name] for name in (*INTERVAL, *SIZES) if name in row}
        if not pd.isna(row["spread"]):
            entry["spread"] = row["spread"]
        found.setdefault(row["experiment"], {})[row["metric"]] = entry
    return found
