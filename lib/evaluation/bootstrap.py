"""Bootstrap over clusters of any statistic: intervals and p-values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Weights = NDArray[np.integer] | Floats


class Interval(NamedTuple):
    """An estimate with its percentile interval.

    `p` is a two-sided p-value against zero, for differences: twice the share of draws on the other
    side of zero, at least 2 / (draws + 1). `spread` is the standard deviation over trainings, NaN
    for one.
    """

    estimate: float
    low: float
    high: float
    p: float = float("nan")
    spread: float = float("nan")


@dataclass(frozen=True)
class Statistic:
    """Numbers that depend on how often each cluster of test samples is drawn.

    A cluster is a dialogue, a subject, a picture or a recording; its samples are not independent.

    Attributes
    ----------
    about : dict
        What describes each number in a table, by name (``{"metric": "UAR"}``).
    clusters : int
    scores : callable
        Takes weights (draws, clusters) and returns (trainings, draws, numbers), where a training is
        a repetition: a bootstrap that also draws trainings reweights the first axis.
    """

    about: dict[str, dict[str, Any]]
    clusters: int
    scores: Callable[[Weights], Floats]

    def observed(self) -> Floats:
        """Numbers where every cluster counts once, (trainings, numbers)."""
        return self.scores(np.ones((1, self.clusters)))[:, 0]

    def estimates(self) -> dict[str, float]:
        """Observed numbers by name, means over trainings."""
        return dict(zip(self.about, self.observed().mean(axis=0).tolist(), strict=True))

    def __sub__(self, other: "Statistic") -> "Statistic":
        """Difference of two statistics of the same clusters, drawn together."""
        return Statistic(
            self.about, self.clusters, lambda weights: self.scores(weights) - other.scores(weights)
        )


def bootstrap(
    statistic: Statistic, draws: int, seed: int, level: float = 0.95
) -> dict[str, Interval]:
    """Percentile intervals of a statistic's numbers, by name, that cover with probability `level`.

    Whole clusters are drawn with replacement, the same ones in every training. Trained models are
    held fixed: the intervals cover the choice of test samples, not that of training runs. The
    estimate is the mean over trainings, and draws in which a number is not defined (NaN) are left
    out.

    Raises
    ------
    ValueError
        If there are fewer than two clusters.
    """
    if statistic.clusters < 2:
        raise ValueError("a cluster bootstrap needs at least two clusters")
    share = np.full(statistic.clusters, 1 / statistic.clusters)
    weights = np.random.default_rng(seed).multinomial(statistic.clusters, share, size=draws)
    drawn = statistic.scores(weights).mean(axis=0).T  # (numbers, draws)
    observed = statistic.observed().T  # (numbers, trainings)
    return {
        name: _interval(own, values, level)
        for name, own, values in zip(statistic.about, observed, drawn, strict=True)
    }


def _interval(observed: Floats, drawn: Floats, level: float) -> Interval:
    spread = float(observed.std(ddof=1)) if len(observed) > 1 else np.nan
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Interval(float(observed.mean()), np.nan, np.nan, spread=spread)
    low, high = np.quantile(known, [(1 - level) / 2, 1 - (1 - level) / 2])
    beyond = 1 + min(int((known <= 0).sum()), int((known >= 0).sum()))
    p = min(1.0, 2 * beyond / (len(known) + 1))
    return Interval(float(observed.mean()), float(low), float(high), p, spread)


def bootstrap_mean(values: Floats, seed: int, draws: int = 2000) -> Interval:
    """95 % percentile interval of the mean of independent values, (number,)."""
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=draws, method="percentile", rng=np.random.default_rng(seed)
    ).confidence_interval
    return Interval(float(np.mean(values)), float(found.low), float(found.high))
