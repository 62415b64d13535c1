"""How often intervals contain the true score, simulated with a study's clusters and trainings."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from lib.evaluation.jackknife import Floats, Statistic, intervals, mean_statistic
from lib.evaluation.metrics import average_precisions, mean_average_precision
from lib.evaluation.multilabel import precisions
from lib.settings import Settings

LEVEL = 0.95
SUBSETS = 4000
"""Most subsets of clusters whose means make the interval by sign flips."""


class CoverageSettings(Settings):
    """Shares of right answers that vary between clusters and between trainings.

    The expected share is `share`. On the logit scale it deviates normally from cluster to cluster,
    from training to training and for each pair of both, with these standard deviations.
    """

    share: float = 0.7
    cluster_spread: float = 0.5
    training_spread: float = 0.15
    pair_spread: float = 0.15

    @property
    def truth(self) -> float:
        """Expected share of right answers over clusters and trainings that could have been."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        spread = np.hypot.reduce([self.cluster_spread, self.training_spread, self.pair_spread])
        shares = special.expit(special.logit(self.share) + spread * nodes)
        return float(shares @ weights / weights.sum())


def simulated_shares(
    generator: np.random.Generator,
    simulations: int,
    trainings: int,
    clusters: int,
    size: int,
    settings: CoverageSettings,
) -> Floats:
    """Shares of right answers, (simulations, trainings, clusters), with `size` samples in each."""
    logits = np.full((simulations, trainings, clusters), special.logit(settings.share))
    logits += generator.normal(0, settings.cluster_spread, (simulations, 1, clusters))
    logits += generator.normal(0, settings.training_spread, (simulations, trainings, 1))
    logits += generator.normal(0, settings.pair_spread, logits.shape)
    return generator.binomial(size, special.expit(logits)) / size


def _jackknife(values: Floats, _: np.random.Generator) -> Floats:
    return np.array([intervals(mean_statistic(own), LEVEL)["mean"][1:3] for own in values])


def _crossed(values: Floats, generator: np.random.Generator) -> Floats:
    _, trainings, clusters = values.shape
    drawn = values @ _resampled(generator, clusters)  # (simulations, trainings, draws)
    return _limits((drawn * _resampled(generator, trainings)).sum(axis=1))


def _resampled(generator: np.random.Generator, number: int, draws: int = 1000) -> Floats:
    return generator.multinomial(number, np.full(number, 1 / number), draws).T / number


def _limits(drawn: Floats) -> Floats:
    return np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=-1).T


def _accelerated(values: Floats, generator: np.random.Generator) -> Floats:
    found = stats.bootstrap(
        (values.mean(axis=1),), np.mean, axis=-1, n_resamples=1000, batch=50, rng=generator
    ).confidence_interval
    return np.stack([found.low, found.high], axis=-1)


def _sign_flips(values: Floats, generator: np.random.Generator) -> Floats:
    """The interval of values that an exact test by flipping signs does not reject.

    Its limits are quantiles of the means of subsets of the clusters (Hartigan 1969).
    """
    clusters = values.shape[2]
    if 2**clusters <= SUBSETS:
        chosen = (np.arange(1, 2**clusters)[:, None] >> np.arange(clusters)) & 1
    else:
        chosen = generator.integers(0, 2, (SUBSETS, clusters))
        chosen = chosen[chosen.any(axis=1)]
    return _limits(values.mean(axis=1) @ (chosen / chosen.sum(axis=1, keepdims=True)).T)


def _students_t(values: Floats, _: np.random.Generator) -> Floats:
    means = values.mean(axis=1)
    half = stats.t.isf((1 - LEVEL) / 2, means.shape[1] - 1) * stats.sem(means, axis=1)
    return means.mean(axis=1)[:, None] + half[:, None] * [-1, 1]


METHODS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "jackknife, clusters and trainings": _jackknife,
    "percentile, clusters": lambda values, generator: _limits(
        values.mean(axis=1) @ _resampled(generator, values.shape[2])
    ),
    "percentile, clusters and trainings": _crossed,
    "BCa, clusters": _accelerated,
    "sign flips of clusters": _sign_flips,
    "Student's t, clusters": _students_t,
}
"""Intervals of shares (simulations, trainings, clusters): (simulations, 2). The first is ours."""


def coverage(
    clusters: int,
    size: int,
    trainings: int,
    simulations: int,
    seed: int,
    settings: CoverageSettings | None = None,
) -> pd.DataFrame:
    """Share of simulations in which a 95 % interval contains the expected share of right answers.

    Parameters
    ----------
    clusters, size, trainings : int
        Clusters, samples of each, and trainings that are all tested on them.

    Returns
    -------
    DataFrame
        ``method``, ``covered`` with its exact 95 % binomial interval ``low`` and ``high``, and the
        mean ``width``.
    """
    settings = settings or CoverageSettings()
    generator = np.random.default_rng([seed, clusters, size, trainings])
    values = simulated_shares(generator, simulations, trainings, clusters, size, settings)
    rows = []
    for method, make in METHODS.items():
        low, high = make(values, generator).T
        held = (low <= settings.truth) & (settings.truth <= high)
        rows.append({"method": method, **_rate(held), "width": float((high - low).mean())})
    return pd.DataFrame(rows)


def label_coverage(people: int, labels: int, trainings: int, simulations: int, seed: int) -> pd.DataFrame:
    """The same for the mAP of label sets, where few samples bias the estimate itself.

    Prevalences of labels go from .01 to .5, their separation from .2 to 1.2 standard deviations.
    People are independent and trainings share most of their noise. The truth is the mAP of 100,000
    people.

    Returns
    -------
    DataFrame
        ``method``: the interval around the estimate minus its bias, as everywhere, or around the
        estimate; ``covered``, ``low``, ``high``, ``width`` as above; ``bias`` of its middle and
        ``error``, the standard error of this.
    """
    generator = np.random.default_rng([seed, people, labels, trainings])
    prevalence = np.geomspace(0.01, 0.5, labels)
    apart = generator.permutation(np.linspace(0.2, 1.2, labels))

    def draw(number: int, repeats: int) -> tuple[NDArray[np.bool_], list[Floats]]:
        truth = generator.random((number, labels)) < prevalence
        shared = apart * truth + 0.8 * generator.normal(size=truth.shape)
        return truth, [shared + 0.6 * generator.normal(size=truth.shape) for _ in range(repeats)]

    truth, scores = draw(100_000, 1)
    expected = float(mean_average_precision(average_precisions(truth, scores[0]))[0])
    about: dict[str, dict[str, Any]] = {name: {} for name in [*map(str, range(labels)), "mAP"]}
    found = []
    for _ in range(simulations):
        truth, scores = draw(people, trainings)
        made = precisions([(truth, own, np.arange(people)) for own in scores])
        interval = intervals(Statistic(about, people, made), LEVEL)["mAP"]
        found.append([interval.low, interval.high, interval.bias])
    low, high, bias = np.array(found).T
    rows = []
    for method, shift in (("around the estimate minus its bias", 0.0), ("around it", bias)):
        held = (low + shift <= expected) & (expected <= high + shift)
        middle = (low + high) / 2 + shift - expected
        away = {"bias": float(middle.mean()), "error": float(stats.sem(middle))}
        rows.append({"method": method, **_rate(held), "width": float((high - low).mean()), **away})
    return pd.DataFrame(rows)


def _rate(held: NDArray[np.bool_]) -> dict[str, float]:
    low, high = stats.binomtest(int(held.sum()), len(held)).proportion_ci()
    return {"covered": float(held.mean()), "low": float(low), "high": float(high)}
