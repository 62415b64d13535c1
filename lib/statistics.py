"""Intervals and tests: a valid form beside the papers' own."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lib.metrics import confusion_scores


@dataclass(frozen=True)
class Interval:
    """An estimate with its percentile interval."""

    estimate: float
    low: float
    high: float
    level: float
    draws: int

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
    _, index = np.unique(np.asarray(clusters).astype(str), return_inverse=True)
    number = int(index.max()) + 1
    if number < 2:
        raise ValueError("a cluster bootstrap needs at least two clusters")
    if repeats is None:
        repeats = np.zeros(len(index), int)
    _, repeat = np.unique(repeats, return_inverse=True)
    rounds, cells = int(repeat.max()) + 1, classes**2
    place = ((repeat * number + index) * classes + np.asarray(truth)) * classes + predicted
    counts = np.bincount(place, minlength=rounds * number * cells).reshape(rounds, number, cells)
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(number, np.full(number, 1 / number), size=draws)
    drawn = (weights @ counts).reshape(rounds, draws, classes, classes)
    observed = confusion_scores(counts.sum(axis=1).reshape(rounds, classes, classes))
    tail = (1 - level) / 2
    result = {}
    for name, values in confusion_scores(drawn).items():
        low, high = np.quantile(values.mean(axis=0), [tail, 1 - tail])
        result[name] = Interval(float(observed[name].mean()), float(low), float(high), level, draws)
    return result


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
