import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from lib.evaluation import metrics
from lib.evaluation.predictions import PredictionsError
from lib.evaluation.scores import differences, score_table
from lib.evaluation.tests import table_of_tests
from lib.evaluation.values import recording_scores, scores_of, sums
from lib.papers.valence.postprocessing import PROCESSED, ChainSettings, post_process

TIMES = np.arange(0, 30, 0.1)
CHAIN = ChainSettings(windows=[0.5, 1.0], shifts=[])


def predictions(noise, seed=0, repeats=1):
    generator = np.random.default_rng(seed)
    tables = []
    for experiment, spread in noise.items():
        for repeat in range(repeats):
            for part, number in (("dev", 3), ("test", 8)):
                for index in range(number):
                    truth = 0.3 * np.sin(TIMES / 3 + index)
                    tables.append(
                        pd.DataFrame(
                            {"experiment": experiment, "corpus": "x", "repeat": repeat, "fold": 0,
                             "seed": 1, "part": part, "recording": f"{part}{index}", "time": TIMES,
                             "truth": truth,
                             "prediction": truth + generator.normal(0, spread, len(TIMES)),
                             "interpolated": False}
                        )
                    )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def test_moments_from_sums_are_the_metrics_of_the_concatenation():
    table = predictions({"a": 0.4}).query("part == 'test'")
    single = [
        sums(rows["truth"].to_numpy(), rows["prediction"].to_numpy())
        for _, rows in table.groupby("recording")
    ]
    found = dict(zip(metrics.names_of("values"), scores_of(np.sum(single, axis=0)), strict=True))
    truth, predicted = table["truth"].to_numpy(), table["prediction"].to_numpy()
    assert found["CCC"] == pytest.approx(metrics.concordance_correlation(truth, predicted))
    assert found["CC"] == pytest.approx(np.corrcoef(truth, predicted)[0, 1])
    assert found["RMSE"] == pytest.approx(np.sqrt(np.mean((truth - predicted) ** 2)))
    np.testing.assert_array_equal(scores_of(sums(truth, np.zeros(len(truth))))[1:], 0)


def test_scores_hold_both_conventions_and_their_intervals():
    processed, chains = post_process(predictions({"a": 0.2}, repeats=2), CHAIN)
    assert list(chains["processing"].unique()) == list(PROCESSED)
    table = score_table(processed).set_index(["processing", "metric"])
    raw = processed[processed["processing"] == "raw"]
    whole = [
        metrics.concordance_correlation(rows["truth"].to_numpy(), rows["prediction"].to_numpy())
        for _, rows in raw.groupby("repeat")
    ]
    single = [
        metrics.concordance_correlation(rows["truth"].to_numpy(), rows["prediction"].to_numpy())
        for _, rows in raw.groupby(["repeat", "recording"])
    ]
    assert table.loc[("raw", "CCC"), "score"] == pytest.approx(np.mean(whole))
    assert table.loc[("raw", "CCC per recording"), "score"] == pytest.approx(np.mean(single))
    assert (table["low"] <= table["score"]).all() and (table["score"] <= table["high"]).all()
    assert (table["runs"] == 2).all() and (table["samples"] == 8).all()
    per = recording_scores(processed).query("processing == 'raw'")
    assert per["CCC"].mean() == pytest.approx(np.mean(single))


def test_fitting_on_what_is_reported_is_never_worse_than_raw():
    processed, _ = post_process(predictions({"a": 0.5}), CHAIN)
    table = score_table(processed).set_index(["processing", "metric"])["score"]
    assert table[("fitted on the reported recordings", "CCC")] >= table[("raw", "CCC")]


def test_differences_are_paired_by_recording():
    processed, _ = post_process(predictions({"good": 0.1, "bad": 0.6}), CHAIN)
    table = differences(processed, [("good", "bad")])
    row = table.set_index(["processing", "metric"]).loc[("raw", "CCC")]
    assert row["low"] > 0.1 and row["p crossed"] < 0.01
    same = differences(processed, [("good", "good")])
    assert (same["difference"] == 0).all() and (same["p crossed"] == 1).all()
    short = processed[(processed["experiment"] == "good") | (processed["recording"] != "test0")]
    with pytest.raises(PredictionsError, match="not tested on the same recordings"):
        differences(short, [("good", "bad")])


def test_the_table_of_tests_has_a_t_test_over_recordings():
    processed, _ = post_process(predictions({"good": 0.1, "bad": 0.6, "fair": 0.3}), CHAIN)
    table = table_of_tests(processed, [("good", "bad"), ("good", "fair")])
    row = table.set_index(["processing", "metric", "second"]).loc[("raw", "CCC per recording", "bad")]
    own = recording_scores(processed).query("processing == 'raw'").set_index("experiment")["CCC"]
    expected = stats.ttest_rel(own["good"].to_numpy(), own["bad"].to_numpy()).pvalue
    assert row["p t-test"] == pytest.approx(expected)
    whole = table[~table["metric"].str.endswith("recording")]
    assert whole["p t-test"].isna().all()
    expected = multipletests(table["p crossed"], method="holm")[1]
    np.testing.assert_allclose(table["Holm crossed"], expected)


@pytest.mark.parametrize("level", [0.1, 0.3, 1000.1])
def test_two_constant_series_have_no_correlation(level):
    truth, predicted = np.full(77, level), np.full(77, -level / 3)
    found = dict(zip(metrics.names_of("values"), scores_of(sums(truth, predicted)), strict=True))
    assert found["CC"] == 0 and found["CCC"] == pytest.approx(0, abs=1e-9)
    varied = np.linspace(0, 1, 77)
    found = dict(zip(metrics.names_of("values"), scores_of(sums(varied, predicted)), strict=True))
    assert found["CC"] == 0


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_missing_values_are_refused(wrong):
    truth, predicted = np.linspace(0, 1, 5), np.array([0, 1, wrong, 1, 0])
    with pytest.raises(ValueError, match="missing or infinite"):
        sums(truth, predicted)
    with pytest.raises(ValueError, match="missing or infinite"):
        metrics.concordance_correlation(truth, predicted)
