from itertools import product

import numpy as np
import pytest

from lib.evaluation import coverage
from lib.evaluation.coverage import CoverageSettings, label_coverage, simulated_shares

OURS, PERCENTILE = "jackknife, clusters and trainings", "percentile, clusters"


def test_truth_is_the_mean_over_clusters_and_trainings():
    settings = CoverageSettings(share=0.8, cluster_spread=1.0, training_spread=0.5)
    generator = np.random.default_rng(0)
    shares = simulated_shares(generator, 40_000, 2, 3, 50, settings)
    assert shares.shape == (40_000, 2, 3)
    assert shares.mean() == pytest.approx(settings.truth, abs=0.003)
    assert settings.truth < 0.78  # the mean of shares, not the share of the mean logit


def test_clusters_and_trainings_have_something_in_common():
    own = CoverageSettings(cluster_spread=0.0, training_spread=1.0, pair_spread=0.0)
    shares = simulated_shares(np.random.default_rng(0), 200, 4, 5, 1000, own)
    assert shares.std(axis=1).mean() > 5 * shares.std(axis=2).mean()


def test_sign_flips_are_the_values_that_the_exact_test_keeps():
    generator = np.random.default_rng(2)
    values = generator.normal(0.5, 1, (1, 1, 9))
    low, high = coverage.METHODS["sign flips of clusters"](values, generator)[0]
    signs = np.array(list(product([-1, 1], repeat=9)))

    def p(mean):
        shifted = values[0, 0] - mean
        return (np.abs(signs @ shifted) >= abs(shifted.sum()) - 1e-12).mean()

    inside, outside = np.linspace(low + 0.01, high - 0.01, 20), (low - 0.05, high + 0.05)
    assert min(map(p, inside)) > 0.04 and max(map(p, outside)) < 0.06


def test_few_clusters_need_more_than_percentiles():
    table = coverage.coverage(8, 60, 3, simulations=400, seed=1).set_index("method")
    assert list(table.index) == list(coverage.METHODS) and table.index[0] == OURS
    assert table.loc[OURS, "high"] > 0.95 and table.loc[OURS, "covered"] > 0.92
    assert table.loc[PERCENTILE, "high"] < 0.95
    assert (table["low"] <= table["covered"]).all() and (table["covered"] <= table["high"]).all()
    few = [coverage.coverage(8, 60, 3, simulations=20, seed=seed) for seed in (1, 1, 2)]
    assert few[0].equals(few[1]) and not few[0].equals(few[2])


def test_trainings_that_vary_need_to_be_resampled():
    apart = CoverageSettings(cluster_spread=0.1, training_spread=0.4, pair_spread=0.0)
    table = coverage.coverage(40, 30, 3, 200, 1, apart).set_index("method")["covered"]
    assert table[PERCENTILE] < 0.6 < 0.88 < table[OURS]


def test_the_precision_of_few_people_is_too_large():
    table = label_coverage(150, 8, 2, simulations=25, seed=1)
    corrected, plain = table.to_dict("records")
    assert plain["bias"] > 3 * plain["error"]
    assert abs(corrected["bias"]) < plain["bias"] / 2
    assert corrected["width"] == plain["width"]
