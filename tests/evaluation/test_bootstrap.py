import numpy as np
import pytest

from lib.evaluation.bootstrap import bootstrap_classification, bootstrap_mean
from lib.evaluation.metrics import classification_scores


def simulated(generator, clusters=40, size=6, skill=0.5):
    truth = generator.integers(0, 4, clusters * size)
    know = np.repeat(generator.random(clusters) < skill, size)
    predicted = np.where(know, truth, generator.integers(0, 4, clusters * size))
    return truth, predicted, np.repeat([f"d{i}" for i in range(clusters)], size)


def test_bootstrap_equals_a_plain_loop():
    generator = np.random.default_rng(0)
    truth, predicted, clusters = simulated(generator)
    intervals = bootstrap_classification(truth, predicted, clusters, 4, seed=1, draws=4000)
    names = np.unique(clusters)
    members = {name: np.flatnonzero(clusters == name) for name in names}
    drawn = []
    for _ in range(1500):
        rows = np.concatenate([members[name] for name in generator.choice(names, len(names))])
        drawn.append(classification_scores(truth[rows], predicted[rows]))
    for metric, estimate in classification_scores(truth, predicted).items():
        values = [row[metric] for row in drawn]
        interval = intervals[metric]
        assert interval.estimate == pytest.approx(estimate)
        assert interval.low == pytest.approx(np.quantile(values, 0.025), abs=0.015)
        assert interval.high == pytest.approx(np.quantile(values, 0.975), abs=0.015)


def test_clusters_widen_the_interval():
    truth, predicted, clusters = simulated(np.random.default_rng(2))
    width = {}
    for name, groups in (("cluster", clusters), ("sample", np.arange(len(truth)).astype(str))):
        interval = bootstrap_classification(truth, predicted, groups, 4, seed=0)["WAR"]
        width[name] = interval.high - interval.low
    assert width["cluster"] > 1.5 * width["sample"]


def test_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(3)
    true_accuracy, hits, rounds = 0.5 + 0.5 / 4, 0, 300
    for number in range(rounds):
        sample = simulated(generator, clusters=60)
        interval = bootstrap_classification(*sample, 4, seed=number, draws=400)["WAR"]
        hits += interval.low <= true_accuracy <= interval.high
    assert 0.90 <= hits / rounds <= 0.98


def test_repetitions_are_averaged_not_pooled():
    truth = np.array([0, 1, 0, 1])
    predicted = np.array([0, 1, 1, 1])
    clusters = np.array(["a", "b", "a", "b"])
    interval = bootstrap_classification(
        truth, predicted, clusters, 2, seed=0, repeats=np.array([0, 0, 1, 1])
    )["WAP"]
    first = classification_scores(truth[:2], predicted[:2])["WAP"]
    second = classification_scores(truth[2:], predicted[2:])["WAP"]
    assert interval.estimate == pytest.approx((first + second) / 2)


def test_one_cluster_is_refused():
    with pytest.raises(ValueError, match="two clusters"):
        bootstrap_classification(np.zeros(3, int), np.zeros(3, int), np.array(["a"] * 3), 2, seed=0)


def test_bootstrap_of_a_mean():
    values = np.random.default_rng(4).normal(2, 1, 400)
    interval = bootstrap_mean(values, seed=0)
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
