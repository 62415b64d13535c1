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


Values = NDArray[np.floating]


def _paired(truth: Values, predicted: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    one, two = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    if one.ndim != 1 or one.shape != two.shape or not one.size:
        raise ValueError(f"values of shapes {one.shape} and {two.shape} do not pair up")
    return one, two


def concordance_correlation(truth: Values, predicted: Values) -> float:
    """CCC of two series, with population moments; 0 if both are constant and differ.

    2 cov / (var + var + (difference of means)^2). Protocol: lee2018 section 3.1 over concatenated
    recordings; the challenges' code differs in whether variances divide by n or n - 1.
    """
    truth, predicted = _paired(truth, predicted)
    covariance = np.mean((truth - truth.mean()) * (predicted - predicted.mean()))
    spread = truth.var() + predicted.var() + (truth.mean() - predicted.mean()) ** 2
    return float(2 * covariance / spread) if spread else 1.0


def pearson_correlation(truth: Values, predicted: Values) -> float:
    """CC of two series; 0 if one of them is constant. Protocol: lee2018 section 3.1."""
    truth, predicted = _paired(truth, predicted)
    spread = truth.std() * predicted.std()
    covariance = np.mean((truth - truth.mean()) * (predicted - predicted.mean()))
    return float(covariance / spread) if spread else 0.0


def root_mean_squared_error(truth: Values, predicted: Values) -> float:
    """RMSE of two series. Protocol: lee2018 section 3.1."""
    truth, predicted = _paired(truth, predicted)
    return float(np.sqrt(np.mean((truth - predicted) ** 2)))


def average_precisions(truth: Labels, scores: Values) -> NDArray[np.float64]:
    """AP of each label: precision at each positive's rank, without interpolation.

    Parameters
    ----------
    truth : array of 0 and 1, (samples, labels)
    scores : array, (samples, labels)
        Larger means more likely; any monotone scale.

    Returns
    -------
    array, (labels,)
        NaN for a label without positives.

    Notes
    -----
    Protocol: vo2022 Table 1, by scikit-learn's `average_precision_score`; equal scores share a
    threshold.
    """
    truth, scores = np.asarray(truth), np.asarray(scores)
    if truth.ndim != 2 or truth.shape != scores.shape:
        raise ValueError(f"labels of shape {truth.shape} and scores of {scores.shape}")
    return np.array(
        [
            sklearn_metrics.average_precision_score(truth[:, label], scores[:, label])
            if truth[:, label].any()
            else np.nan
            for label in range(truth.shape[1])
        ]
    )


def mean_average_precision(truth: Labels, scores: Values) -> tuple[float, int]:
    """mAP over the labels that have positives, and how many labels have none.

    Protocol: vo2022 Tables 1 and 2, a plain mean over labels.
    """
    found = average_precisions(truth, scores)
    empty = int(np.isnan(found).sum())
    if empty == len(found):
        raise ValueError("no label has a positive sample")
    return float(np.nanmean(found)), empty
