import numpy as np
import pytest

from lib.evaluation.bootstrap import Statistic, bootstrap, bootstrap_mean
from lib.evaluation.classification import counts_statistic
from lib.evaluation.metrics import class_scores


def simulated(generator, clusters=40, size=6, skill=0.5):
    truth = generator.integers(0, 4, clusters * size)
    know = np.repeat(generator.random(clusters) < skill, size)
    predicted = np.where(know, truth, generator.integers(0, 4, clusters * size))
    return truth, predicted, np.repeat([f"d{i}" for i in range(clusters)], size)


def test_bootstrap_equals_a_plain_loop():
    generator = np.random.default_rng(0)
    truth, predicted, clusters = simulated(generator)
    intervals = bootstrap(counts_statistic(truth, predicted, clusters, 4), draws=4000, seed=1)
    names = np.unique(clusters)
    members = {name: np.flatnonzero(clusters == name) for name in names}
    drawn = []
    for _ in range(1500):
        rows = np.concatenate([members[name] for name in generator.choice(names, len(names))])
        drawn.append(class_scores(truth[rows], predicted[rows]))
    for metric, estimate in class_scores(truth, predicted).items():
        values = [row[metric] for row in drawn]
        interval = intervals[metric]
        assert interval.estimate == pytest.approx(estimate)
        assert interval.low == pytest.approx(np.quantile(values, 0.025), abs=0.015)
        assert interval.high == pytest.approx(np.quantile(values, 0.975), abs=0.015)


def test_clusters_widen_the_interval():
    truth, predicted, clusters = simulated(np.random.default_rng(2))
    width = {}
    for name, groups in (("cluster", clusters), ("sample", np.arange(len(truth)).astype(str))):
        statistic = counts_statistic(truth, predicted, groups, 4)
        interval = bootstrap(statistic, draws=2000, seed=0)["WAR"]
        width[name] = interval.high - interval.low
    assert width["cluster"] > 1.5 * width["sample"]


def test_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(3)
    true_accuracy, hits, rounds = 0.5 + 0.5 / 4, 0, 300
    for number in range(rounds):
        sample = simulated(generator, clusters=60)
        interval = bootstrap(counts_statistic(*sample, 4), draws=400, seed=number)["WAR"]
        hits += interval.low <= true_accuracy <= interval.high
    assert 0.90 <= hits / rounds <= 0.98


def test_repetitions_are_averaged_not_pooled():
    truth = np.array([0, 1, 0, 1])
    predicted = np.array([0, 1, 1, 1])
    clusters = np.array(["a", "b", "a", "b"])
    statistic = counts_statistic(truth, predicted, clusters, 2, repeats=[0, 0, 1, 1])
    interval = bootstrap(statistic, draws=100, seed=0)["WAP"]
    first = class_scores(truth[:2], predicted[:2])["WAP"]
    second = class_scores(truth[2:], predicted[2:])["WAP"]
    assert interval.estimate == pytest.approx((first + second) / 2)
    assert interval.spread == pytest.approx(np.std([first, second], ddof=1))


def test_one_cluster_is_refused():
    with pytest.raises(ValueError, match="two clusters"):
        bootstrap(counts_statistic(np.zeros(3, int), np.zeros(3, int), ["a"] * 3, 2), 9, seed=0)


def test_any_statistic_has_an_interval():
    values = np.random.default_rng(5).normal(1, 2, (2, 30))  # (trainings, clusters)
    one = Statistic({"mean": {}}, 30, lambda w: (values @ w.T / w.sum(axis=1))[..., None])
    weights = np.random.default_rng(7).multinomial(30, np.full(30, 1 / 30), size=500)
    means = [np.average(values.mean(axis=0), weights=draw) for draw in weights]
    found = bootstrap(one, draws=500, seed=7, level=0.9)["mean"]
    assert one.estimates() == {"mean": pytest.approx(values.mean())}
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(means, [0.05, 0.95])))
    below = min(np.sum(np.array(means) <= 0), np.sum(np.array(means) >= 0))
    assert found.p == pytest.approx(2 * (below + 1) / 501)
    nothing = bootstrap(one - one, draws=50, seed=7)["mean"]
    assert (nothing.estimate, nothing.low, nothing.high, nothing.p) == (0, 0, 0, 1)


def test_draws_in_which_a_number_is_not_defined_are_left_out():
    def scores(weights):
        some = np.where(weights[:, 0] > 0, weights[:, 1], np.nan)
        return np.stack([some, some * np.nan], axis=-1)[None]

    statistic = Statistic({"share": {}, "none": {}}, 3, scores)
    found = bootstrap(statistic, draws=200, seed=0)
    assert np.isfinite([found["share"].low, found["share"].high]).all()
    assert np.isnan([found["none"].estimate, found["none"].low, found["none"].p]).all()


def test_bootstrap_of_a_mean():
    values = np.random.default_rng(4).normal(2, 1, 400)
    interval = bootstrap_mean(values, seed=0)
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
