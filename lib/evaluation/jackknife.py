"""Intervals and p-values of any statistic, from its clusters and its trainings, crossed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]
Weights = NDArray[np.integer] | Floats

GROUPS = 200
"""Most groups of clusters that are left out one after the other."""
TINY = 1e-12
"""Relative difference that is taken as none."""


class Interval(NamedTuple):
    """An estimate with its interval.

    `p` is a two-sided p-value against zero, for differences, never below 2 / 2 ** clusters, the
    smallest that an exact test by flipping the clusters' signs can give. `spread` is the standard
    deviation over trainings and `flips` the probability that one new training gives the other sign;
    both are NaN for a single training. `bias` is the estimate's own, by the jackknife; the interval
    lies around the estimate minus it.
    """

    estimate: float
    low: float
    high: float
    p: float = float("nan")
    spread: float = float("nan")
    flips: float = float("nan")
    bias: float = float("nan")


@dataclass(frozen=True)
class Statistic:
    """Numbers that depend on how often each cluster of test samples counts.

    A cluster is a dialogue, a subject, a picture or a recording; its samples are not independent.

    Attributes
    ----------
    about : dict
        What describes each number in a table, by name (``{"metric": "UAR"}``).
    clusters : int
    scores : callable
        Takes weights (draws, clusters) and returns (trainings, draws, numbers), where a training is
        a repetition: another seed and, in a cross-validation, other folds.
    bounds : dict
        Lowest and highest possible value by name, which no interval exceeds; others have none.
    """

    about: dict[str, dict[str, Any]]
    clusters: int
    scores: Callable[[Weights], Floats]
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)

    def observed(self) -> Floats:
        """Numbers where every cluster counts once, (trainings, numbers)."""
        return self.scores(np.ones((1, self.clusters)))[:, 0]

    def estimates(self) -> dict[str, float]:
        """Observed numbers by name, means over trainings."""
        return dict(zip(self.about, self.observed().mean(axis=0).tolist(), strict=True))

    def __sub__(self, other: "Statistic") -> "Statistic":
        """Difference of two statistics of the same clusters and trainings."""
        bounds = {
            name: (low - other.bounds[name][1], high - other.bounds[name][0])
            for name, (low, high) in self.bounds.items()
        }
        return Statistic(
            self.about, self.clusters, lambda weights: self.scores(weights) - other.scores(weights), bounds
        )


def mean_statistic(values: Floats) -> Statistic:
    """Mean over clusters, named ``mean``, of values (trainings, clusters)."""
    clusters = values.shape[1]

    def scores(weights: Weights) -> Floats:
        return (values @ weights.T / weights.sum(axis=1))[..., None]  # (trainings, draws, 1)

    return Statistic({"mean": {}}, clusters, scores)


def intervals(statistic: Statistic, level: float = 0.95) -> dict[str, Interval]:
    """Intervals of a statistic's numbers, by name, that cover with probability `level`.

    Clusters and trainings are both samples of what could have been. The variance between clusters
    comes from the delete-one jackknife of the mean over trainings, that between trainings from
    their spread, without the part that it shares with the clusters. Both are estimated from few
    values, so that each gets the limits of Student's t with its own degrees of freedom, and the
    limits are combined by Zou and Donner (2008), "Construction of confidence limits about effect
    measures". Of more than `GROUPS` clusters, groups are left out together. With a single training
    the interval covers the choice of test samples alone.

    Limits beyond what the number can be (`Statistic.bounds`) become the bound.

    Where a number is not defined (NaN) without a cluster, it does without this cluster. ValueError if there
    are fewer than two clusters.
    """
    if statistic.clusters < 2:
        raise ValueError("an interval over clusters needs at least two clusters")
    groups = min(statistic.clusters, GROUPS)
    left_out = np.arange(statistic.clusters) % groups
    without = statistic.scores((left_out != np.arange(groups)[:, None]).astype(float))
    floor = max(2.0 ** (1 - statistic.clusters), TINY)
    numbers = zip(statistic.about, statistic.observed().T, without.transpose(2, 0, 1), strict=True)
    found = {name: _interval(own, part, level, floor) for name, own, part in numbers}
    for name, (lowest, highest) in statistic.bounds.items():
        low, high = np.clip([found[name].low, found[name].high], lowest, highest).tolist()
        found[name] = found[name]._replace(low=low, high=high)
    return found


def _interval(observed: Floats, without: Floats, level: float, floor: float) -> Interval:
    """Interval of one number, from (trainings,) and (trainings, groups)."""
    trainings, estimate = len(observed), float(observed.mean())
    spread = float(observed.std(ddof=1)) if trainings > 1 else np.nan
    without = without[:, ~np.isnan(without).any(axis=0)]
    groups = without.shape[1]
    if groups < 2 or np.isnan(estimate):
        return Interval(estimate, np.nan, np.nan, spread=spread)
    pseudo = groups * observed[:, None] - (groups - 1) * without
    middle = float(pseudo.mean())
    parts = [(float(pseudo.mean(axis=0).var(ddof=1)) / groups, groups - 1)]
    if trainings > 1:
        alone = pseudo - pseudo.mean(axis=0) - pseudo.mean(axis=1, keepdims=True) + middle
        shared = float((alone**2).sum()) / ((groups - 1) * (trainings - 1) * groups)
        parts.append((max(spread**2 - shared, 0.0) / trainings, trainings - 1))

    def reach(tails: float) -> float:
        """Half the width of the interval that misses with a probability."""
        limits = [variance * stats.t.isf(tails / 2, degrees) ** 2 for variance, degrees in parts]
        return float(np.sqrt(sum(limits)))

    distance, scale = abs(middle), max(abs(estimate), 1.0)
    if distance <= TINY * scale:
        p = 1.0
    elif reach(floor) <= distance:
        p = floor
    else:
        p = float(optimize.brentq(lambda tails: reach(tails) - distance, floor, 1.0))
    half = reach(1 - level)
    flips = _flips(estimate, spread, trainings)
    bias = estimate - middle
    return Interval(estimate, middle - half, middle + half, p, spread, flips, bias)


def _flips(estimate: float, spread: float, trainings: int) -> float:
    """Probability that the next training has another sign than the mean of those seen.

    Student's predictive distribution, which knows nothing of the mean beforehand.
    """
    if trainings < 2:
        return np.nan
    distance = abs(estimate) / (max(spread, TINY) * np.sqrt(1 + 1 / trainings))
    return float(stats.t.sf(distance, trainings - 1))
