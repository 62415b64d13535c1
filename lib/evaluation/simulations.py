"""How often tests between two equally good models reject: the level that they really have."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation import tests
from lib.evaluation.bootstrap import bootstrap
from lib.evaluation.classification import counts_statistic
from lib.settings import Settings

MCNEMAR = "McNemar, one repetition"
BOOTSTRAP = "cluster bootstrap"


class NullSettings(Settings):
    """A small classification problem on which two models are equally good by construction.

    Two classes; each model has features of its own, drawn from one distribution. `signal` is the
    distance of the classes and `cluster_spread` the deviation between clusters, both in standard
    deviations of a feature's noise. With the default signal training is stable; with 0.6 it is not,
    and the bootstrap rejects too often.
    """

    clusters: int = 60
    cluster_size: int = 4
    features: int = 4
    signal: float = 1.5
    cluster_spread: float = 0.5
    folds: int = 5


def null_rejection_rates(
    repeats: Sequence[int] = (1, 5, 10),
    simulations: int = 400,
    seed: int = 0,
    settings: NullSettings | None = None,
    alpha: float = 0.05,
    draws: int = 500,
) -> pd.DataFrame:
    """Share of simulations in which each test finds a difference where there is none.

    Each simulation draws a data set, runs repeated k-fold cross-validation with whole clusters in
    one fold, trains two nearest-centroid classifiers on every training part, and compares their
    accuracies. Which model gets which half of the features is arbitrary, so that their expected
    accuracies are equal, whereas scores of folds are correlated through shared training and test
    samples as in any repeated cross-validation.

    The bootstrap and McNemar's test hold the trained models fixed, whereas the null hypothesis here
    is about learning algorithms. They keep the level where training is stable, as with the default
    settings, and exceed it where models vary with the training sample (more features, less signal).

    Parameters
    ----------
    repeats : sequence of int
        Numbers of repetitions of the cross-validation; all are taken from the same simulations.
    alpha : float
        Nominal level.
    draws : int
        Draws of a bootstrap.

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
    rejected: Counter[tuple[str, int]] = Counter()
    for number, sequence in enumerate(np.random.SeedSequence(seed).spawn(simulations)):
        data = simulated_predictions(np.random.default_rng(sequence), max(repeats), settings)
        for repetitions in repeats:
            for method, p in _p_values(*data, repetitions, settings, number, draws):
                rejected[method, repetitions] += p <= alpha
    table = pd.DataFrame(
        [(*key, simulations, count, count / simulations) for key, count in rejected.items()],
        columns=["method", "repeats", "simulations", "rejections", "rate"],
    )
    low, high = proportion_confint(table["rejections"], table["simulations"], method="beta")
    return table.assign(low=low, high=high)


def simulated_predictions(
    generator: np.random.Generator, repeats: int, settings: NullSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """One data set, cross-validated.

    Returns
    -------
    truth, clusters : array of int, (samples,)
    fold : array of int, (repeats, samples)
    predicted : array of int, (2, repeats, samples)
        Of both models, each sample by the classifier that did not see its fold.
    """
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
    return truth, clusters, fold, predicted.astype(int)


def _p_values(
    truth: NDArray[np.int64],
    clusters: NDArray[np.int64],
    fold: NDArray[np.int64],
    predicted: NDArray[np.int64],
    repeats: int,
    settings: NullSettings,
    seed: int,
    draws: int,
) -> Iterator[tuple[str, float]]:
    fold, predicted = fold[:repeats], predicted[:, :repeats]
    right = predicted == truth  # (2, R, samples)
    test = fold[:, None] == np.arange(settings.folds)[:, None]  # (R, k, samples)
    sizes = test.sum(axis=-1)
    by_fold = ((right[:, :, None] & test).sum(axis=-1) / sizes).reshape(2, -1)  # (2, R * k)
    if repeats > 1:
        by_repeat = right.mean(axis=-1)  # (2, R)
        for name, paired in (("unpaired", False), ("paired", True)):
            yield (
                f"t over repetitions, {name}",
                tests.students_t(by_repeat[0], by_repeat[1], paired).p,
            )
    yield "t over folds, paired", tests.students_t(by_fold[0], by_fold[1], True).p
    corrected = tests.corrected_resampled_t(by_fold[0] - by_fold[1], 1 / (settings.folds - 1))
    yield "corrected resampled t", corrected.p
    yield MCNEMAR, tests.mcnemar(truth, predicted[0, 0], predicted[1, 0]).p
    same = np.tile(clusters, repeats), 2, np.repeat(np.arange(repeats), len(truth))
    one, two = (
        counts_statistic(np.tile(truth, repeats), model.ravel(), *same) for model in predicted
    )
    yield BOOTSTRAP, bootstrap(one - two, draws, seed)["WAR"].p
