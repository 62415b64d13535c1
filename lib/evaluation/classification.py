"""Class labels: scores from confusion counts."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.evaluation.jackknife import Statistic
from lib.evaluation.metrics import METRICS, class_scores, names_of
from lib.evaluation.predictions import names_of as classes_of
from lib.evaluation.predictions import reported

ANSWERS = {"truth": "label", "answer": "prediction"}


def counts_statistic(
    truth: NDArray[np.integer],
    predicted: NDArray[np.integer],
    clusters: ArrayLike,
    classes: int,
    repeats: ArrayLike | None = None,
) -> Statistic:
    """Every metric of class labels from the pooled folds of each repetition (shi2021 section IV.C).

    All arrays are (samples,); without `repeats` there is one repetition. Draws that lose a class of
    the truth score NaN: a mean over fewer classes would be another number.
    """
    counts = _cluster_counts(truth, predicted, clusters, classes, repeats)
    names = names_of("classes")
    known = np.bincount(truth, minlength=classes) > 0

    def scores(weights: NDArray[Any]) -> NDArray[np.float64]:
        drawn = weights @ counts  # (repeats, draws, classes * classes)
        drawn = drawn.reshape(*drawn.shape[:2], classes, classes)
        complete = (drawn.sum(axis=-1) > 0)[..., known].all(axis=-1, keepdims=True)
        found = np.stack([METRICS[name].function(drawn) for name in names], axis=-1)
        return np.where(complete, found, np.nan)

    bounds = {name: METRICS[name].bounds for name in names}
    return Statistic({name: {"metric": name} for name in names}, counts.shape[1], scores, bounds)


def _cluster_counts(
    truth: NDArray[np.integer],
    predicted: NDArray[np.integer],
    clusters: ArrayLike,
    classes: int,
    repeats: ArrayLike | None,
) -> NDArray[np.integer]:
    """Confusion counts of each cluster, (repeats, clusters, classes * classes)."""
    _, cluster = np.unique(np.asarray(clusters).astype(str), return_inverse=True)
    _, repeat = np.unique(
        np.zeros(len(cluster)) if repeats is None else np.asarray(repeats), return_inverse=True
    )
    shape = (int(repeat.max()) + 1, int(cluster.max()) + 1, classes, classes)
    place = np.ravel_multi_index((repeat, cluster, truth, predicted), shape)
    return np.bincount(place, minlength=int(np.prod(shape))).reshape(*shape[:2], classes**2)


def confusion_statistic(rows: pd.DataFrame) -> Statistic:
    """Share of each true class that is predicted as each class, by ``true`` and ``predicted``."""
    names = classes_of(rows)
    truth, predicted = rows["label"].to_numpy(), rows["prediction"].to_numpy()
    counts = _cluster_counts(truth, predicted, rows["cluster"], len(names), rows["repeat"])

    def scores(weights: NDArray[Any]) -> NDArray[np.float64]:
        drawn = (weights @ counts).reshape(len(counts), -1, len(names), len(names))
        total = drawn.sum(axis=-1, keepdims=True)
        shares = np.divide(drawn, total, out=np.full(drawn.shape, np.nan), where=total > 0)
        return shares.reshape(*drawn.shape[:2], -1)

    pairs = product(names, names)
    about = {f"{one}, {two}": {"true": one, "predicted": two} for one, two in pairs}
    return Statistic(about, counts.shape[1], scores, dict.fromkeys(about, (0.0, 1.0)))


def statistic(rows: pd.DataFrame) -> Statistic:
    """Every metric of one experiment's predictions."""
    truth, predicted = rows["label"].to_numpy(), rows["prediction"].to_numpy()
    classes = len(classes_of(rows))
    return counts_statistic(truth, predicted, rows["cluster"], classes, rows["repeat"])


def scores_by(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Every metric of each group of predictions, indexed by the columns that make the groups."""
    groups = rows.groupby(columns, sort=False)
    scores = {key: class_scores(own["label"], own["prediction"]) for key, own in groups}
    index = pd.MultiIndex.from_tuples(list(scores), names=columns)
    return pd.DataFrame(list(scores.values()), index)


def per_class_recall(predictions: pd.DataFrame) -> pd.DataFrame:
    """Recall of each class on all test predictions, experiments by classes."""
    test, classes = reported(predictions), classes_of(predictions)
    test = test.assign(right=test["label"] == test["prediction"])
    table = test.pivot_table("right", "experiment", "label", sort=False)
    table = table.reindex(columns=range(len(classes)))
    return table.set_axis(classes, axis=1).rename_axis(index=None)


def frequent_confusions(test: pd.DataFrame, classes: Sequence[str], number: int = 3) -> pd.DataFrame:
    """The confusions of each experiment that occur most often, with the sample most often taken so.

    Columns are ``experiment``, ``truth``, ``answer``, ``times`` and ``example``.
    """
    wrong = test[test["label"] != test["prediction"]]
    wrong = wrong.assign(**{new: wrong[old].map(dict(enumerate(classes))) for new, old in ANSWERS.items()})
    pairs = wrong.groupby(["experiment", *ANSWERS])["sample_id"]
    table = pairs.agg(times="size", example=lambda names: names.mode()[0]).reset_index()
    table = table.sort_values("times", ascending=False, kind="stable").groupby("experiment").head(number)
    return table.sort_values("experiment", kind="stable")
