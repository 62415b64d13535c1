"""How often tests between two equally good models reject: the level that they really have."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation import tests
from lib.evaluation.classification import counts_statistic
from lib.evaluation.jackknife import intervals
from lib.settings import Settings

MCNEMAR = "McNemar, one repetition"
CROSSED = "clusters and repetitions, crossed"
Labels = NDArray[np.int64]


class NullSettings(Settings):
    """A small classification problem on which two models are equally good by construction.

    Two classes; each model has features of its own, drawn from one distribution. `signal` is the
    distance of the classes and `cluster_spread` the deviation between clusters, both in standard
    deviations of a feature's noise. With the default signal training is stable; with 0.6 it is not,
    and tests that hold the trained models fixed reject too often.
    """

    clusters: int = 60
    cluster_size: int = 4
    features: int = 4
    signal: float = 1.5
    cluster_spread: float = 0.5
    folds: int = 5


class CrossValidated(NamedTuple):
    """A data set, and the predictions of two models that did not see a sample's fold.

    `truth` and `clusters` are (samples,), `fold` (repeats, samples), `predicted` (2, repeats,
    samples).
    """

    truth: Labels
    clusters: Labels
    fold: Labels
    predicted: Labels


def null_rejection_rates(
    repeats: Sequence[int] = (1, 5, 10),
    simulations: int = 400,
    seed: int = 0,
    settings: NullSettings | None = None,
) -> pd.DataFrame:
    """Share of simulations in which each test finds a difference where there is none (p <= 0.05).

    Each simulation draws a data set, runs repeated k-fold cross-validation with whole clusters in
    one fold, trains two nearest-centroid classifiers on every training part, and compares their
    accuracies. Which model gets which half of the features is arbitrary, so that their expected
    accuracies are equal, whereas scores of folds are correlated through shared training and test
    samples as in any repeated cross-validation.

    McNemar's test and, with one repetition, the test over clusters hold the trained models fixed,
    whereas the null hypothesis here is about learning algorithms. They keep the level where
    training is stable, as with the default settings, and exceed it where models vary with the
    training sample (more features, less signal).

    Parameters
    ----------
    repeats : sequence of int
        Numbers of repetitions of the cross-validation; all are taken from the same simulations.

    Returns
    -------
    DataFrame
        ``method``, ``repeats``, ``simulations``, ``rejections``, ``rate``, and ``low`` and
        ``high``, the rate's exact 95 % binomial interval (Clopper-Pearson). Tests over repetitions
        have no row for one repetition.

    Raises
    ------
    ValueError
        If a number of repetitions is less than one.
    """
    from statsmodels.stats.proportion import proportion_confint

    if min(repeats) < 1:
        raise ValueError(f"repeats {tuple(repeats)}: there is at least one repetition")
    settings = settings or NullSettings()
    rows = []
    for sequence in np.random.SeedSequence(seed).spawn(simulations):
        data = simulated_predictions(np.random.default_rng(sequence), max(repeats), settings)
        for count in repeats:
            own = data._replace(fold=data.fold[:count], predicted=data.predicted[:, :count])
            found = _p_values(own, settings.folds)
            rows += [(method, count, p <= 0.05) for method, p in found.items()]
    every = pd.DataFrame(rows, columns=["method", "repeats", "rejected"])
    groups = every.groupby(["method", "repeats"], sort=False)["rejected"]
    table = groups.agg(simulations="size", rejections="sum", rate="mean").reset_index()
    low, high = proportion_confint(table["rejections"], simulations, method="beta")
    return table.assign(low=low, high=high)


def simulated_predictions(
    generator: np.random.Generator, repeats: int, settings: NullSettings
) -> CrossValidated:
    """Draw one data set and cross-validate two models on it."""
    clusters = np.repeat(np.arange(settings.clusters), settings.cluster_size)
    truth = generator.permutation(np.arange(len(clusters)) % 2)
    blocks = np.arange(settings.clusters) % settings.folds
    fold = np.stack([generator.permutation(blocks)[clusters] for _ in range(repeats)])
    shape = (2, settings.clusters, settings.features)
    common = generator.normal(0, settings.cluster_spread, shape)[:, clusters]
    noise = generator.normal(size=common.shape)
    shift = settings.signal / np.sqrt(settings.features) * (truth - 0.5)[:, None]
    features = common + noise + shift  # (2, samples, features)
    train = (fold[:, None] != np.arange(settings.folds)[:, None]).astype(float)  # (R, k, samples)
    means = []
    for label in (0, 1):
        part = train * (truth == label)
        means.append(part @ features[:, None] / part.sum(axis=-1, keepdims=True))  # (2, R, k, F)
    rows = np.arange(repeats)[:, None]
    normal = (means[1] - means[0])[:, rows, fold]  # (2, R, samples, F)
    middle = (means[1] + means[0])[:, rows, fold] / 2
    predicted = ((features[:, None] - middle) * normal).sum(axis=-1) > 0
    return CrossValidated(truth, clusters, fold, predicted.astype(int))


def _p_values(data: CrossValidated, folds: int) -> dict[str, float]:
    truth, clusters, fold, predicted = data
    repeats, right = len(fold), predicted == truth  # (2, R, samples)
    test = fold[:, None] == np.arange(folds)[:, None]  # (R, k, samples)
    by_fold = ((right[:, :, None] & test).sum(axis=-1) / test.sum(axis=-1)).reshape(2, -1)
    found = {}
    if repeats > 1:
        by_repeat = right.mean(axis=-1)  # (2, R)
        found["t over repetitions, unpaired"] = tests.students_t(*by_repeat, paired=False).p
        found["t over repetitions, paired"] = tests.students_t(*by_repeat, paired=True).p
    found["t over folds, paired"] = tests.students_t(*by_fold, paired=True).p
    corrected = tests.corrected_resampled_t(by_fold[0] - by_fold[1], 1 / (folds - 1))
    found["corrected resampled t"] = corrected.p
    found[MCNEMAR] = tests.mcnemar(truth, *predicted[:, 0]).p
    same = np.tile(clusters, repeats), 2, np.repeat(np.arange(repeats), len(truth))
    one, two = (counts_statistic(np.tile(truth, repeats), model.ravel(), *same) for model in predicted)
    return found | {CROSSED: intervals(one - two)["WAR"].p}
