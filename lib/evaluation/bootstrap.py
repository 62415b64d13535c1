"""Intervals and tests: a valid form beside the papers' own."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lib.evaluation.metrics import confusion_scores


@dataclass(frozen=True)
class Interval:
    """An estimate with its percentile interval.

    ``p`` is the two-sided bootstrap p-value against zero, meaningful for differences.
    """

    estimate: float
    low: float
    high: float
    level: float
    draws: int
    p: float = float("nan")

    def __str__(self) -> str:
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_classification(
    truth: NDArray[np.integer],
    predicted: NDArray[np.integer],
    clusters: NDArray[np.object_],
    classes: int,
    seed: int,
    repeats: NDArray[np.integer] | None = None,
    draws: int = 2000,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Cluster bootstrap of WAP, UAR and WAR.

    Whole clusters (dialogues, subjects, images) are drawn with replacement, because samples of a
    cluster are not independent. The samples' predictions are held fixed: the interval covers the
    choice of test samples, not that of training runs. With several repetitions the score is the
    mean over repetitions of the score of each one's pooled folds, and a draw takes the same
    clusters in all of them.

    Parameters
    ----------
    truth, predicted : array of int, (samples,)
    clusters : array, (samples,)
        Cluster of each sample.
    classes : int
    seed : int
    repeats : array of int, (samples,), optional
        Repetition of each prediction; without it all belong to one.
    draws : int
    level : float
        Coverage, 0.95 for a 95 % interval.

    Returns
    -------
    dict of Interval
        Keys ``WAP``, ``UAR``, ``WAR``.

    Raises
    ------
    ValueError
        If there are fewer than two clusters.
    """
    counts = _counts(truth, predicted, clusters, classes, repeats)
    drawn = _drawn(counts, seed, draws)
    observed = confusion_scores(counts.sum(axis=1))
    return {
        name: _interval(observed[name].mean(), values.mean(axis=0), level)
        for name, values in confusion_scores(drawn).items()
    }


def bootstrap_difference(
    truth: NDArray[np.integer],
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    clusters: NDArray[np.object_],
    classes: int,
    seed: int,
    repeats: NDArray[np.integer] | None = None,
    draws: int = 2000,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Paired cluster bootstrap of the first model's scores minus the second's.

    A draw takes the same clusters for both models; see `bootstrap_classification` for the
    parameters.

    Returns
    -------
    dict of Interval
        Keys ``WAP``, ``UAR``, ``WAR``. ``p`` is two-sided: twice the share of draws on the other
        side of zero, at least 2 / (draws + 1).
    """
    both = [_counts(truth, each, clusters, classes, repeats) for each in (first, second)]
    observed = [confusion_scores(counts.sum(axis=1)) for counts in both]
    drawn = [confusion_scores(_drawn(counts, seed, draws)) for counts in both]
    return {
        name: _interval(
            (observed[0][name] - observed[1][name]).mean(),
            (drawn[0][name] - drawn[1][name]).mean(axis=0),
            level,
        )
        for name in observed[0]
    }


def _counts(
    truth: NDArray[np.integer],
    predicted: NDArray[np.integer],
    clusters: NDArray[np.object_],
    classes: int,
    repeats: NDArray[np.integer] | None,
) -> NDArray[np.int64]:
    """Confusion counts by repetition and cluster, (repeats, clusters, classes, classes)."""
    _, index = np.unique(np.asarray(clusters).astype(str), return_inverse=True)
    number = int(index.max()) + 1
    if number < 2:
        raise ValueError("a cluster bootstrap needs at least two clusters")
    repeats = np.zeros(len(index), int) if repeats is None else repeats
    _, repeat = np.unique(repeats, return_inverse=True)
    rounds = int(repeat.max()) + 1
    place = ((repeat * number + index) * classes + np.asarray(truth)) * classes + predicted
    counts = np.bincount(place, minlength=rounds * number * classes**2)
    return counts.reshape(rounds, number, classes, classes)


def _drawn(counts: NDArray[np.int64], seed: int, draws: int) -> NDArray[np.int64]:
    """Counts of bootstrap draws of clusters, (repeats, draws, classes, classes)."""
    rounds, number, classes, _ = counts.shape
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(number, np.full(number, 1 / number), size=draws)
    drawn = weights @ counts.reshape(rounds, number, classes**2)
    return drawn.reshape(rounds, draws, classes, classes)


def _interval(estimate: float, drawn: NDArray[np.float64], level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    beyond = 1 + min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return Interval(
        float(estimate), float(low), float(high), level, len(drawn),
        min(1.0, 2 * beyond / (len(drawn) + 1)),
    )  # fmt: skip


def bootstrap_mean(
    values: NDArray[np.float64],
    seed: int,
    draws: int = 2000,
    level: float = 0.95,
    statistic: Callable[..., NDArray[np.float64]] = np.mean,
) -> Interval:
    """Percentile bootstrap interval of a statistic of independent values.

    `statistic` takes an ``axis`` argument, as `numpy.mean` does.
    """
    result = stats.bootstrap(
        (np.asarray(values, dtype=float),),
        statistic,
        n_resamples=draws,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(
        float(statistic(values, axis=0)),
        float(result.low),
        float(result.high),
        level,
        draws,
    )
