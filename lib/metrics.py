"""One function per metric; each docstring names its protocol."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sklearn_metrics

Labels = NDArray[np.integer]


def _checked(truth: Labels, predicted: Labels) -> tuple[Labels, Labels]:
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.ndim != 1 or truth.shape != predicted.shape:
        raise ValueError(f"labels of shapes {truth.shape} and {predicted.shape} do not pair up")
    if not truth.size:
        raise ValueError("there are no samples to score")
    return truth, predicted


def weighted_average_precision(truth: Labels, predicted: Labels) -> float:
    """WAP: precision of each class, weighted by the class's share of the true labels.

    A class that is never predicted has precision zero. Protocol: shi2020 equations 7 and 9,
    shi2021 equations 9 and 11, where y-hat is the truth.
    """
    truth, predicted = _checked(truth, predicted)
    return float(
        sklearn_metrics.precision_score(truth, predicted, average="weighted", zero_division=0)
    )


def unweighted_average_recall(truth: Labels, predicted: Labels) -> float:
    """UAR: mean recall over the classes that occur in the truth.

    Protocol: shi2021 section IV.D; the "accuracy" of priyasad2020's leave-one-subject-out results
    is this number.
    """
    truth, predicted = _checked(truth, predicted)
    return float(
        sklearn_metrics.recall_score(
            truth, predicted, labels=np.unique(truth), average="macro", zero_division=0
        )
    )


def weighted_average_recall(truth: Labels, predicted: Labels) -> float:
    """WAR: recall of each class weighted by its share of the truth, which is accuracy.

    Protocol: shi2020 equations 8 and 9, shi2021 equations 10 and 11.
    """
    truth, predicted = _checked(truth, predicted)
    return float(np.mean(truth == predicted))


def confusion_matrix(truth: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """Counts, (classes, classes): true class by predicted class."""
    truth, predicted = _checked(truth, predicted)
    return sklearn_metrics.confusion_matrix(truth, predicted, labels=np.arange(classes))


def confusion_scores(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """WAP, UAR and WAR of many confusion matrices at once.

    The same numbers as the three functions above, from counts; this is what makes thousands of
    bootstrap draws cheap.

    Parameters
    ----------
    counts : array, (..., classes, classes)
        True class by predicted class.

    Returns
    -------
    dict of array, (...)
        Keys ``WAP``, ``UAR``, ``WAR``.
    """
    counts = counts.astype(float)
    hits = np.diagonal(counts, axis1=-2, axis2=-1)  # (..., K)
    support, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    total = support.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(predicted > 0, hits / predicted, 0.0)
        recall = np.where(support > 0, hits / support, 0.0)
        present = (support > 0).sum(axis=-1)
        return {
            "WAP": (precision * support).sum(axis=-1) / total,
            "UAR": recall.sum(axis=-1) / present,
            "WAR": hits.sum(axis=-1) / total,
        }


CLASSIFICATION = {
    "WAP": weighted_average_precision,
    "UAR": unweighted_average_recall,
    "WAR": weighted_average_recall,
}


def classification_scores(
    truth: Labels, predicted: Labels, names: Sequence[str] = ("WAP", "UAR", "WAR")
) -> dict[str, float]:
    """Several classification metrics by name."""
    return {name: CLASSIFICATION[name](truth, predicted) for name in names}
