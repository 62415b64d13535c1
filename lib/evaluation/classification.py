"""Class labels: scores from confusion counts."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.evaluation.jackknife import Statistic
from lib.evaluation.metrics import METRICS, class_scores, names_of
from lib.evaluation.predictions import names_of as classes_of
from lib.evaluation.predictions import reported


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
    _, cluster = np.unique(np.asarray(clusters).astype(str), return_inverse=True)
    _, repeat = np.unique(
        np.zeros(len(cluster)) if repeats is None else np.asarray(repeats), return_inverse=True
    )
    shape = (int(repeat.max()) + 1, int(cluster.max()) + 1, classes, classes)
    place = np.ravel_multi_index((repeat, cluster, truth, predicted), shape)
    counts = np.bincount(place, minlength=int(np.prod(shape))).reshape(*shape[:2], classes**2)
    names = names_of("classes")
    known = np.bincount(truth, minlength=classes) > 0

    def scores(weights: NDArray[Any]) -> NDArray[np.float64]:
        drawn = weights @ counts  # (repeats, draws, classes * classes)
        drawn = drawn.reshape(*drawn.shape[:2], classes, classes)
        complete = (drawn.sum(axis=-1) > 0)[..., known].all(axis=-1, keepdims=True)
        found = np.stack([METRICS[name].function(drawn) for name in names], axis=-1)
        return np.where(complete, found, np.nan)

    return Statistic({name: {"metric": name} for name in names}, shape[1], scores)


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
