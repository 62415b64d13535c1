import numpy as np
import pandas as pd
import pytest

from lib.evaluation import metrics
from lib.evaluation.predictions import PredictionsError
from lib.evaluation.values import recording_scores, scores_of, sums, value_differences, value_scores
from lib.papers.valence.postprocessing import ChainSettings
from lib.papers.valence.predictions import PROCESSED, gather_values, post_process

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
    found = scores_of(np.sum(single, axis=0))
    truth, predicted = table["truth"].to_numpy(), table["prediction"].to_numpy()
    assert found["CCC"] == pytest.approx(metrics.concordance_correlation(truth, predicted))
    assert found["CC"] == pytest.approx(metrics.pearson_correlation(truth, predicted))
    assert found["RMSE"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted))
    constant = scores_of(sums(truth, np.zeros(len(truth))))
    assert constant["CC"] == 0 and constant["CCC"] == 0


def test_scores_hold_both_conventions_and_their_intervals():
    processed, chains = post_process(predictions({"a": 0.2}, repeats=2), CHAIN)
    assert list(chains["processing"].unique()) == list(PROCESSED)
    table = value_scores(processed, 300, 1).set_index(["processing", "metric"])
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
    table = value_scores(processed, 50, 1).set_index(["processing", "metric"])["score"]
    assert table[("fitted on the reported recordings", "CCC")] >= table[("raw", "CCC")]


def test_differences_are_paired_by_recording():
    processed, _ = post_process(predictions({"good": 0.1, "bad": 0.6}), CHAIN)
    table = value_differences(processed, "good", "bad", 500, 1)
    row = table.set_index(["processing", "metric"]).loc[("raw", "CCC")]
    assert row["low"] > 0.1 and row["p bootstrap"] < 0.01
    same = value_differences(processed, "good", "good", 50, 1)
    assert (same["difference"] == 0).all() and (same["p bootstrap"] == 1).all()
    short = processed[(processed["experiment"] == "good") | (processed["recording"] != "test0")]
    with pytest.raises(PredictionsError, match="not tested on the same recordings"):
        value_differences(short, "good", "bad", 50, 1)


def test_predictions_that_are_wrong_are_refused(tmp_path):
    table = predictions({"a": 0.1})
    for name, broken, message in (
        ("nan", table.assign(prediction=np.nan), "not finite"),
        ("twice", pd.concat([table, table.head(1)]), "predicted twice"),
        ("short", table.drop(columns="truth"), r"columns \['truth'\] are missing"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        broken.to_parquet(folder / "predictions.parquet")
        with pytest.raises(PredictionsError, match=message):
            gather_values([folder], tmp_path / "all.parquet")
