import numpy as np
import pytest
from scipy import stats

from lib.evaluation.classification import counts_statistic
from lib.evaluation.jackknife import GROUPS, Statistic, intervals, mean_statistic
from lib.evaluation.metrics import class_scores


def simulated(generator, clusters=40, size=6, skill=0.5):
    truth = generator.integers(0, 4, clusters * size)
    know = np.repeat(generator.random(clusters) < skill, size)
    predicted = np.where(know, truth, generator.integers(0, 4, clusters * size))
    return truth, predicted, np.repeat([f"d{i}" for i in range(clusters)], size)


def test_the_interval_of_a_mean_of_one_training_is_students_t():
    values = np.random.default_rng(0).normal(0.3, 1, 9)
    found = intervals(mean_statistic(values[None]))["mean"]
    expected = stats.ttest_1samp(values, 0)
    assert found[:3] == pytest.approx((values.mean(), *expected.confidence_interval(0.95)))
    assert found.p == pytest.approx(expected.pvalue) and abs(found.bias) < 1e-12
    assert np.isnan([found.spread, found.flips]).all()


def test_the_jackknife_equals_a_plain_loop():
    truth, predicted, clusters = simulated(np.random.default_rng(1), clusters=12)
    found = intervals(counts_statistic(truth, predicted, clusters, 4))
    for metric, whole in class_scores(truth, predicted).items():
        kept = [clusters != name for name in np.unique(clusters)]
        pseudo = [12 * whole - 11 * class_scores(truth[k], predicted[k])[metric] for k in kept]
        half = stats.t.isf(0.025, 11) * stats.sem(pseudo)
        expected = (whole, np.mean(pseudo) - half, np.mean(pseudo) + half)
        assert found[metric][:3] == pytest.approx(expected)


def test_no_interval_leaves_what_the_number_can_be():
    truth = np.tile([0, 1], 6)
    predicted = truth.copy()
    predicted[0] = 1
    clusters = np.repeat(list("abcd"), 3)
    right = counts_statistic(truth, predicted, clusters, 2)
    without = Statistic(right.about, right.clusters, right.scores)
    assert intervals(without)["UAR"].high > 1
    assert intervals(right)["UAR"].high == 1.0
    wrong = counts_statistic(truth, 1 - predicted, clusters, 2)
    assert intervals(wrong)["UAR"].low == 0.0
    gain = intervals(right - wrong)["UAR"]
    assert (right - wrong).bounds["UAR"] == (-1.0, 1.0) and gain.estimate <= gain.high == 1.0


def test_trainings_widen_the_interval_by_their_own_limits():
    generator = np.random.default_rng(2)
    trainings, clusters = generator.normal(0, 0.4, (3, 1)), generator.normal(0, 1, (1, 20))
    found = intervals(mean_statistic(1 + trainings + clusters))["mean"]  # no interaction
    parts = [trainings.var(ddof=1) / 3 * stats.t.isf(0.025, 2) ** 2]
    parts.append(clusters.var(ddof=1) / 20 * stats.t.isf(0.025, 19) ** 2)
    assert found.high - found.estimate == pytest.approx(np.sqrt(sum(parts)))
    assert found.spread == pytest.approx(trainings.std(ddof=1))
    single = intervals(mean_statistic(1 + clusters))["mean"]
    same = intervals(mean_statistic(1 + np.repeat(clusters, 3, axis=0)))["mean"]
    assert same[1:3] == pytest.approx(single[1:3]) and same.flips == pytest.approx(0)


def test_p_is_the_level_at_which_the_interval_touches_zero():
    values = np.random.default_rng(3).normal(0.4, 1, (3, 15)) + np.array([[0.1], [0.0], [-0.1]])
    p = intervals(mean_statistic(values))["mean"].p
    touching = intervals(mean_statistic(values), level=1 - p)["mean"]
    assert 0.001 < p < 0.9 and touching.low == pytest.approx(0, abs=1e-6)


def test_no_p_is_below_that_of_an_exact_test():
    values = 1 + np.random.default_rng(4).normal(0, 1e-4, (3, 8))
    assert intervals(mean_statistic(values))["mean"].p == 2 / 2**8
    assert intervals(mean_statistic(np.ones((1, 8))))["mean"].p == 2 / 2**8


def test_the_probability_that_a_new_training_turns_the_sign():
    generator, turned, told = np.random.default_rng(5), [], []
    for _ in range(1000):
        trainings = generator.normal(generator.normal(0, 5), 1, 4)
        found = intervals(mean_statistic(np.tile(trainings[:3, None], 2)))["mean"]
        turned.append(np.sign(trainings[3]) != np.sign(found.estimate))
        told.append(found.flips)
    assert np.mean(told) == pytest.approx(np.mean(turned), abs=0.03)


def test_a_constant_prediction_has_no_width():
    truth = np.tile(np.arange(4), 10)
    clusters = np.repeat(np.arange(8), 5)
    found = intervals(counts_statistic(truth, np.zeros(40, int), clusters, 4))["UAR"]
    assert found[:3] == pytest.approx((0.25, 0.25, 0.25))


def test_a_draw_that_loses_a_class_is_left_out():
    truth = np.array([0, 1, 0, 1, 0, 1, 2, 0])
    clusters = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    statistic = counts_statistic(truth, np.array([0, 1, 1, 1, 0, 0, 2, 0]), clusters, 3)
    without = statistic.scores(1 - np.eye(4))[0]
    assert np.isnan(without).all(axis=1).tolist() == [False, False, False, True]
    assert np.isfinite(intervals(statistic)["UAR"][:3]).all()


def test_clusters_widen_the_interval():
    truth, predicted, clusters = simulated(np.random.default_rng(2))
    width = {}
    for name, groups in (("cluster", clusters), ("sample", np.arange(len(truth)).astype(str))):
        interval = intervals(counts_statistic(truth, predicted, groups, 4))["WAR"]
        width[name] = interval.high - interval.low
    assert width["cluster"] > 1.5 * width["sample"]


def test_many_clusters_are_left_out_in_groups():
    values = np.random.default_rng(6).normal(0, 1, (1, 5 * GROUPS))
    calls = []

    def scores(weights):
        calls.append(len(weights))
        return (values @ weights.T / weights.sum(axis=1))[..., None]

    found = intervals(Statistic({"mean": {}}, values.size, scores))["mean"]
    assert max(calls) == GROUPS
    assert found.high - found.low == pytest.approx(2 * 1.96 * stats.sem(values[0]), rel=0.15)


def test_few_clusters_and_trainings_are_covered_about_as_often_as_it_says():
    generator, hits, rounds = np.random.default_rng(3), 0, 600
    for _ in range(rounds):
        own = generator.normal(0, 0.5, (3, 1)) + generator.normal(0, 1, 8)
        found = intervals(mean_statistic(own + generator.normal(0, 0.5, (3, 8))))["mean"]
        hits += found.low <= 0 <= found.high
    assert 0.92 <= hits / rounds <= 0.985


def test_repetitions_are_averaged_not_pooled():
    truth, predicted = np.array([0, 1, 0, 1]), np.array([0, 1, 1, 1])
    clusters = np.array(["a", "b", "a", "b"])
    statistic = counts_statistic(truth, predicted, clusters, 2, repeats=[0, 0, 1, 1])
    first, second = (class_scores(truth[k], predicted[k])["WAP"] for k in ([0, 1], [2, 3]))
    assert statistic.estimates()["WAP"] == pytest.approx((first + second) / 2)


def test_one_cluster_is_refused():
    with pytest.raises(ValueError, match="two clusters"):
        intervals(counts_statistic(np.zeros(3, int), np.zeros(3, int), ["a"] * 3, 2))


def test_a_number_that_is_nowhere_defined_has_no_interval():
    statistic = Statistic({"none": {}}, 3, lambda w: np.full((1, len(w), 1), np.nan))
    assert np.isnan(intervals(statistic)["none"]).all()
