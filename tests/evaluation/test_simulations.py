import numpy as np
import pytest

from lib.evaluation.simulations import (
    CROSSED,
    MCNEMAR,
    NullSettings,
    null_rejection_rates,
    simulated_predictions,
)

NAIVE = ["t over repetitions, unpaired", "t over repetitions, paired", "t over folds, paired"]


def test_simulated_cross_validation_equals_a_plain_loop():
    settings = NullSettings(clusters=12, cluster_size=3, features=2, folds=3)
    truth, clusters, fold, predicted = simulated_predictions(np.random.default_rng(1), 2, settings)
    assert predicted.shape == (2, 2, 36) and sorted(np.bincount(truth)) == [18, 18]
    for repeat in range(2):
        for cluster in range(12):
            assert len(set(fold[repeat][clusters == cluster])) == 1
        np.testing.assert_array_equal(np.bincount(fold[repeat]), [12, 12, 12])
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(generator.permutation(np.arange(36) % 2), truth)
    for repeat in range(2):
        np.testing.assert_array_equal(generator.permutation(np.arange(12) % 3)[clusters], fold[repeat])
    common = generator.normal(0, 0.5, (2, 12, 2))
    noise = generator.normal(size=(2, 36, 2))
    for model in range(2):
        features = np.array(
            [common[model, clusters[i]] + noise[model, i] + 1.5 / 2**0.5 * (truth[i] - 0.5)
             for i in range(36)]
        )  # fmt: skip
        for repeat in range(2):
            for sample in range(36):
                seen = fold[repeat] != fold[repeat, sample]
                distance = [
                    np.linalg.norm(features[sample] - features[seen & (truth == label)].mean(axis=0))
                    for label in (0, 1)
                ]
                assert predicted[model, repeat, sample] == np.argmin(distance)


def test_naive_tests_reject_too_often_and_valid_ones_do_not():
    table = null_rejection_rates((10,), simulations=150).set_index("method")
    assert (table.loc[NAIVE, "low"] > 0.3).all()
    for method in ("corrected resampled t", MCNEMAR, CROSSED):
        assert table.loc[method, "low"] <= 0.05
    assert (table["rejections"] == table["rate"] * 150).all()
    assert ((table["low"] <= table["rate"]) & (table["rate"] <= table["high"])).all()


@pytest.mark.filterwarnings("ignore:Precision loss")  # one of two models scores twice the same
def test_rates_repeat_and_do_not_depend_on_the_other_repetitions():
    both = null_rejection_rates((1, 2), simulations=6, seed=3)
    assert both.equals(null_rejection_rates((1, 2), simulations=6, seed=3))
    assert set(both.loc[both["repeats"] == 1, "method"]).isdisjoint(NAIVE[:2])
    assert set(both.loc[both["repeats"] == 2, "method"]) >= set(NAIVE)
    with pytest.raises(ValueError, match="at least one repetition"):
        null_rejection_rates((0,), simulations=1)


@pytest.mark.slow
def test_levels_over_many_simulations():
    table = null_rejection_rates((1, 10), simulations=1000).set_index(["method", "repeats"])
    rate = table["rate"]
    for repeats in (1, 10):
        assert rate["corrected resampled t", repeats] <= 0.065
        assert 0.025 <= rate[CROSSED, repeats] <= 0.075
    for method in NAIVE:
        assert rate[method, 10] > 0.4
    assert rate["t over folds, paired", 1] < 0.1


@pytest.mark.slow
def test_fixed_models_leave_out_that_training_samples_vary():
    settings = NullSettings(features=30)
    table = null_rejection_rates((10,), simulations=1000, settings=settings).set_index("method")
    assert table.loc["corrected resampled t", "rate"] <= 0.065
    assert table.loc[MCNEMAR, "low"] > 0.05
