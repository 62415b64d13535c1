"""Every metric: one function, registered in `METRICS`.

Class labels are scored from confusion counts, label sets from ranked scores, values over time from moments:
one function serves a single score and all draws of a resampling.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.evaluation.registry import HEADLINE as HEADLINE
from lib.evaluation.registry import METRICS as METRICS
from lib.evaluation.registry import Floats, metric
from lib.evaluation.registry import even_chance as even_chance
from lib.evaluation.registry import names_of as names_of

TINY = 1e-12
"""Spread below which a series counts as constant."""
BLOCK = 100_000  # draws times samples that are scored at a time


def confusion_matrix(truth: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Counts, (classes, classes): true class by predicted class.

    ValueError if there are no samples, or the arrays do not pair up.
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.ndim != 1 or truth.shape != predicted.shape:
        raise ValueError(f"labels of shapes {truth.shape} and {predicted.shape} do not pair up")
    if not truth.size:
        raise ValueError("there are no samples to score")
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def class_scores(truth: ArrayLike, predicted: ArrayLike) -> dict[str, float]:
    """Every metric of class labels, by name; both arrays (samples,)."""
    classes = 1 + max(int(np.asarray(own).max(initial=0)) for own in (truth, predicted))
    counts = confusion_matrix(truth, predicted, classes)
    return {name: float(METRICS[name].function(counts)) for name in names_of("classes")}


@metric("WAP", "classes", chance=lambda shares: float(np.sum(shares**2)))
def weighted_average_precision(counts: NDArray[Any]) -> Floats:
    """WAP: precision of each class weighted by its share of the truth.

    A class that is never predicted has precision zero. Protocol: shi2020 equations 7 and 9,
    shi2021 equations 9 and 11, where y-hat is the truth. `counts` are true class by predicted
    class, (..., classes, classes), here and in UAR and WAR.
    """
    support, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    precision = _hits(counts) / np.where(predicted > 0, predicted, 1)
    return (precision * support).sum(axis=-1) / support.sum(axis=-1)


@metric("UAR", "classes")
def unweighted_average_recall(counts: NDArray[Any]) -> Floats:
    """UAR: mean recall over the classes that occur in the truth.

    Protocol: shi2021 section IV.D; the leave-one-subject-out "accuracy" of priyasad2020 is this number.
    """
    support = counts.sum(axis=-1)
    recall = _hits(counts) / np.where(support > 0, support, 1)
    return recall.sum(axis=-1) / (support > 0).sum(axis=-1)


@metric("WAR", "classes")
def weighted_average_recall(counts: NDArray[Any]) -> Floats:
    """WAR: recall of each class weighted by its share of the truth, which is accuracy.

    Protocol: shi2020 equations 8 and 9, shi2021 equations 10 and 11.
    """
    return _hits(counts).sum(axis=-1) / counts.sum(axis=(-2, -1))


def _hits(counts: NDArray[Any]) -> Floats:
    return np.diagonal(counts, axis1=-2, axis2=-1).astype(float)  # (..., classes)


@metric("AP", "label sets")
def average_precisions(
    truth: NDArray[Any],
    scores: NDArray[np.floating],
    weights: NDArray[Any] | None = None,
    clusters: NDArray[np.integer] | None = None,
) -> Floats:
    """AP: average precision of a label, the precision at each positive's rank.

    Without interpolation; equal scores share a threshold. Protocol: vo2022 Table 1, by
    scikit-learn's `average_precision_score`. Needs memory for a few draws, not for all.

    Parameters
    ----------
    truth, scores : array, (samples, labels)
        Zeros and ones; scores of any monotone scale, larger for more likely.
    weights : array, (draws, samples) or (draws, clusters), optional
        How often a draw has each sample; without it there is one draw with each sample once.
    clusters : array, (samples,), optional
        Each sample's column of the weights; by default each sample has its own.

    Returns
    -------
    array, (draws, labels)
        NaN where a draw has no positive sample of a label.
    """
    truth, scores = np.asarray(truth), np.asarray(scores)
    if truth.ndim != 2 or truth.shape != scores.shape:
        raise ValueError(f"labels of shape {truth.shape} and scores of {scores.shape}")
    weights = np.ones((1, len(truth))) if weights is None else np.asarray(weights)
    found = np.full((len(weights), truth.shape[1]), np.nan)
    # numpy adds the terms of a block of one draw in another order: at least two
    blocks = max(1, min(len(weights) // 2, len(weights) * len(truth) // BLOCK))
    parts = [np.array_split(array, blocks) for array in (weights, found)]
    for label in range(truth.shape[1]):
        order = np.argsort(-scores[:, label], kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order, label])), len(order) - 1)  # of equal scores
        columns = order if clusters is None else clusters[order]
        for block, own in zip(*parts, strict=True):  # `own` are rows of `found`
            drawn = np.asarray(block, float)[:, columns]
            hits = np.cumsum(drawn * truth[order, label], axis=1)[:, ends]
            seen = np.cumsum(drawn, axis=1)[:, ends]
            precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
            area = (precision * np.diff(hits, axis=1, prepend=0)).sum(axis=1)
            np.divide(area, hits[:, -1], out=own[:, label], where=hits[:, -1] > 0)
    return found


@metric("mAP", "label sets", margin=0.02)
def mean_average_precision(precisions: Floats) -> Floats:
    """mAP: mean of the average precisions, (..., labels), of the labels that have positives.

    Protocol: vo2022 Tables 1 and 2, a plain mean over labels.
    """
    return np.nanmean(precisions, axis=-1)


@dataclass(frozen=True)
class Moments:
    """Population moments of true and predicted series, each (...)."""

    mean_truth: Floats
    mean_predicted: Floats
    var_truth: Floats
    var_predicted: Floats
    covariance: Floats


@metric("RMSE", "values", lambda _: np.nan, higher_is_better=False, margin=0.02, bounds=(0.0, np.inf))
def root_mean_squared_error(moments: Moments) -> Floats:
    """RMSE: root mean squared error, recordings concatenated.

    Protocol: lee2018 section 3.1.
    """
    squared = moments.var_truth + moments.var_predicted - 2 * moments.covariance
    return np.sqrt(np.maximum(squared + (moments.mean_truth - moments.mean_predicted) ** 2, 0))


@metric("CC", "values", lambda _: 0.0, bounds=(-1.0, 1.0))
def pearson_correlation(moments: Moments) -> Floats:
    """CC: Pearson's correlation, recordings concatenated; 0 if a series is constant.

    Protocol: lee2018 section 3.1.
    """
    spread = np.sqrt(moments.var_truth * moments.var_predicted)
    constant = np.minimum(moments.var_truth, moments.var_predicted) <= TINY
    return np.where(constant, 0.0, moments.covariance / np.maximum(spread, TINY))


@metric("CCC", "values", lambda _: 0.0, bounds=(-1.0, 1.0))
def concordance(moments: Moments) -> Floats:
    """CCC: concordance correlation, population moments, recordings concatenated.

    2 cov / (var + var + (difference of means)^2); of two constant series 1 if they are equal and 0 if not.
    Protocol: lee2018 section 3.1; the challenges' code differs in whether variances divide by n or n - 1.
    """
    shift = moments.mean_truth - moments.mean_predicted
    spread = moments.var_truth + moments.var_predicted + shift**2
    return np.where(spread > TINY, 2 * moments.covariance / np.maximum(spread, TINY), 1.0)


def concordance_correlation(truth: ArrayLike, predicted: ArrayLike) -> float:
    """CCC of two series, each (time,); see `concordance`.

    ValueError if the series are empty, do not pair up, or have missing or infinite values.
    """
    x, y = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise ValueError(f"values of shapes {x.shape} and {y.shape} do not pair up")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("values that are missing or infinite have no concordance")
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    return float(concordance(Moments(x.mean(), y.mean(), x.var(), y.var(), covariance)))
