"""Smallest differences that the papers' experiments could detect."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from lib.figures.plots import detectable_figure
from lib.published import detectable
from lib.published.detectable import Design, multiplier, sampling_error
from lib.published.tables import claims

TABLE = detectable.detectable().set_index("claim_id")


def test_the_error_is_that_of_paired_clustered_samples():
    """Against simulated differences of two models' right samples, people of equal size."""
    generator = np.random.default_rng(0)
    people, size, first, second, together, within = 20, 30, 0.7, 0.6, 0.5, 0.1
    design = Design(people * size, people, "a test")
    error = sampling_error("UAR", first, second, design, together, within)
    one, two = (np.sqrt(p * (1 - p)) for p in (first, second))
    deviation = np.sqrt(one**2 + two**2 - 2 * together * one * two)
    shared = generator.normal(0, np.sqrt(within) * deviation, (4000, people, 1))
    own = generator.normal(0, np.sqrt(1 - within) * deviation, (4000, people, size))
    means = (shared + own).mean(axis=(1, 2))
    assert error == pytest.approx(means.std(), rel=0.03)


@pytest.mark.parametrize("people", [8, 42])
def test_a_difference_of_this_size_is_found_with_the_stated_power(people):
    generator = np.random.default_rng(0)
    gain = multiplier(people - 1) / np.sqrt(people)
    found = stats.ttest_1samp(generator.normal(gain, 1, (20_000, people)), 0, axis=1).pvalue
    assert (found < detectable.ALPHA).mean() == pytest.approx(detectable.POWER, abs=0.03)


def test_more_people_and_paired_models_detect_less():
    few, many = (Design(1000, number, "") for number in (8, 80))
    assert sampling_error("UAR", 0.7, 0.7, few, 0.5, 0.02) > sampling_error("UAR", 0.7, 0.7, many, 0.5, 0.02)
    assert sampling_error("CC", 0.5, 0.5, few, 0.5, 0) < sampling_error("CC", 0.5, 0.5, few, 0, 0)


def test_every_claim_with_two_printed_numbers_has_a_size():
    with_cells = claims()["cells"].str.count(";") == 1
    assert set(TABLE.index) == set(claims().index[with_cells])
    assert (TABLE["least"] <= TABLE["likely"]).all() and TABLE["source"].ne("").all()


def test_sizes_rest_on_the_papers_numbers():
    assert detectable.training_spread() == pytest.approx(0.0069, abs=1e-4)
    own = TABLE.loc["shi2021-04"]
    assert own["spread printed"] and own["spread"] == pytest.approx(0.006)
    assert own["trainings"] == 10 and own["clusters"] == 10 and own["samples"] == 0.75 * 5492
    assert TABLE.loc["priyasad2020-03", ["samples", "clusters"]].to_list() == [1166, 42]


@pytest.mark.parametrize(
    ("claim", "decidable"),
    [
        ("shi2021-11", "yes"),
        ("shi2021-01", "depends"),
        ("shi2021-04", "no"),
        ("vo2022-01", "no"),
        ("priyasad2020-01", "no"),
        ("priyasad2020-04", "yes"),
        ("lee2018-01", "no"),
    ],
)
def test_which_printed_gains_were_decidable(claim, decidable):
    assert TABLE.loc[claim, "decidable"] == decidable


def test_a_claim_is_a_row_of_the_figure():
    figure = detectable_figure(TABLE.reset_index())
    assert len(figure.axes[0].get_yticklabels()) == len(TABLE)
    plt.close(figure)
