import tracemalloc
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score
from statsmodels.stats.multitest import multipletests

from lib.evaluation import metrics
from lib.evaluation.metrics import average_precisions
from lib.evaluation.multilabel import f1_at_thresholds, precisions, statistic
from lib.evaluation.predictions import PredictionsError, prediction_table
from lib.evaluation.scores import differences, score_table
from lib.evaluation.tests import table_of_tests


def random_predictions(seed, samples=60, labels=3):
    generator = np.random.default_rng(seed)
    truth = generator.random((samples, labels)) < 0.3
    scores = np.round(truth + generator.normal(0, 1, truth.shape), 1)  # with ties
    return truth, scores


def as_table(name, truth, scores, repeat=0):
    split = SimpleNamespace(repeat=repeat, fold=0)
    run = SimpleNamespace(experiment=name, corpus="c", split=split, seed=1)
    clusters = pd.Series({f"s{i}": f"p{i // 3}" for i in range(len(truth))})
    return prediction_table(run, "test", clusters, truth, scores, ["a", "b", "c"])


def test_weighted_precision_equals_scikit_learn():
    truth, scores = random_predictions(0)
    weights = np.repeat(np.random.default_rng(5).multinomial(20, [1 / 20] * 20, size=20), 3, axis=1)
    assert (weights.sum(axis=1) == len(truth)).all()
    found = average_precisions(truth, scores, weights)
    for draw in range(20):
        for label in range(3):
            expected = average_precision_score(truth[:, label], scores[:, label], sample_weight=weights[draw])
            assert found[draw, label] == pytest.approx(expected)


@pytest.mark.parametrize("draws", [1, 2, 3, 64, 201])
@pytest.mark.parametrize("block", [1, 50, 4000])
def test_blocks_of_draws_change_no_bit(monkeypatch, draws, block):
    truth, scores = random_predictions(8, samples=90)
    clusters = np.arange(90) // 3
    weights = np.random.default_rng(9).multinomial(30, [1 / 30] * 30, size=draws)
    monkeypatch.setattr(metrics, "BLOCK", weights.size * 90)
    whole = average_precisions(truth, scores, weights[:, clusters])
    monkeypatch.setattr(metrics, "BLOCK", block)
    np.testing.assert_array_equal(average_precisions(truth, scores, weights, clusters), whole)


def test_memory_does_not_grow_with_the_draws():
    truth, scores = random_predictions(10, samples=2000)
    scored = precisions([(truth, scores, np.arange(2000))])
    weights = np.ones((4000, 2000), np.uint8)
    tracemalloc.start()
    scored(weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * weights.size  # each of several arrays of all draws would have eight times the size


def test_a_label_without_positives_is_left_out_of_the_mean():
    truth, scores = random_predictions(1)
    truth[:, 1] = False
    table = score_table(as_table("x", truth, scores)).set_index("row")
    assert np.isnan(table.loc["b", ["score", "low", "high"]].to_numpy(float)).all()
    assert table.loc["mAP", "score"] == pytest.approx(table.loc[["a", "c"], "score"].mean())
    assert table["positives"].to_list() == [*truth.sum(axis=0), truth.any(axis=1).sum()]


def test_repetitions_are_averaged():
    found = [random_predictions(seed) for seed in (6, 7)]
    tables = [as_table("x", *own, repeat) for repeat, own in enumerate(found)]
    both = score_table(pd.concat(tables)).set_index("row").loc["mAP"]
    single = [average_precision_score(*own, average="macro") for own in found]
    assert both["score"] == pytest.approx(np.mean(single)) and both["runs"] == 2
    assert both["spread"] == pytest.approx(np.std(single, ddof=1))


def test_differences_are_paired():
    truth, scores = random_predictions(2)
    worse = scores + np.random.default_rng(3).normal(0, 3, scores.shape)
    both = pd.concat([as_table("good", truth, scores), as_table("bad", truth, worse)])
    table = differences(both, [("good", "bad")]).set_index("row")
    assert table.loc["mAP", "low"] > 0 and table.loc["mAP", "p crossed"] < 0.05
    same = pd.concat([as_table("good", truth, scores), as_table("same", truth, scores)])
    equal = differences(same, [("good", "same")])
    assert (equal[["difference", "low", "high"]] == 0).all(axis=None)
    assert (equal["p crossed"] == 1).all()
    shorter = pd.concat([as_table("good", truth, scores), as_table("bad", truth[1:], worse[1:])])
    with pytest.raises(PredictionsError, match="not tested on the same"):
        differences(shorter, [("good", "bad")])


def test_all_comparisons_of_a_table_are_corrected_together():
    truth, scores = random_predictions(2)
    worse = scores + np.random.default_rng(3).normal(0, 3, scores.shape)
    both = pd.concat([as_table("good", truth, scores), as_table("bad", truth, worse)])
    table = table_of_tests(both, [("good", "bad"), ("bad", "good")])
    assert len(table) == 8
    expected = multipletests(table["p crossed"], method="holm")[1]
    np.testing.assert_allclose(table["Holm crossed"], expected)


def test_the_bias_of_a_mean_precision_of_few_samples_is_found():
    generator = np.random.default_rng(0)
    plain, corrected = [], []
    for _ in range(40):
        truth = generator.random((60, 3)) < 0.2
        row = score_table(as_table("x", truth, generator.normal(size=truth.shape)))
        row = row.set_index("row").loc["mAP"]
        plain.append(row["score"] - 0.2)
        corrected.append(row["score"] - row["bias"] - 0.2)
    assert np.mean(plain) > 0.03 and abs(np.mean(corrected)) < np.mean(plain) / 2


def test_a_label_that_a_draw_loses_keeps_its_precision_in_the_mean():
    truth, scores = random_predictions(1)
    truth[:, 1] = False
    truth[4, 1] = True
    found = statistic(as_table("x", truth, scores))
    weights = np.ones((1, 20))
    weights[0, sorted(f"p{i}" for i in range(20)).index("p1")] = 0
    (drawn,), (whole,) = found.scores(weights)[0], found.observed()
    assert np.isnan(drawn[1]) and drawn[3] == pytest.approx(np.mean([drawn[0], whole[1], drawn[2]]))


def test_thresholds_come_from_the_development_part_alone():
    """By hand: on dev, precision and recall of label a are both 2/3 at 0.6, of b both 1 at 0.8."""
    dev = {"label_a": [1, 1, 0, 1, 0], "score_a": [0.9, 0.6, 0.7, 0.2, 0.1],
           "label_b": [1, 0, 0, 0, 0], "score_b": [0.8, 0.7, 0.1, 0.2, 0.3]}  # fmt: skip
    test = {"label_a": [1, 0, 1, 0, 0], "score_a": [0.65, 0.61, 0.5, 0.4, 0.1],
            "label_b": [1, 1, 0, 0, 0], "score_b": [0.9, 0.79, 0.1, 0.2, 0.3]}  # fmt: skip
    parts = [pd.DataFrame(rows).assign(part=part) for part, rows in (("dev", dev), ("test", test))]
    table = pd.concat(parts, ignore_index=True)
    table = table.astype({"label_a": bool, "label_b": bool}).assign(experiment="x", repeat=0)
    f1 = f1_at_thresholds(table)["x"]
    assert f1["a"] == pytest.approx(0.5) and f1["b"] == pytest.approx(2 / 3)
    assert f1["mean"] == pytest.approx((0.5 + 2 / 3) / 2)
    other = table.assign(label_b=table["label_b"] & (table["part"] == "dev"))
    assert np.isnan(f1_at_thresholds(other)["x"]["b"]) and f1_at_thresholds(other)["x"]["mean"] == 0.5
