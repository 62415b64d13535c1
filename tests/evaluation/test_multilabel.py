from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score
from statsmodels.stats.multitest import multipletests

from lib.evaluation.metrics import average_precisions
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
            expected = average_precision_score(
                truth[:, label], scores[:, label], sample_weight=weights[draw]
            )
            assert found[draw, label] == pytest.approx(expected)


def test_the_bootstrap_equals_a_plain_loop():
    truth, scores = random_predictions(5)
    found = score_table(as_table("x", truth, scores), 100, 4).set_index("row")
    weights = np.random.default_rng(4).multinomial(20, np.full(20, 1 / 20), size=100)
    clusters = np.unique([f"p{i}" for i in range(20)], return_inverse=True)[1].repeat(3)
    drawn = []
    for draw in weights:
        rows = np.repeat(np.arange(60), draw[clusters])
        drawn.append(average_precision_score(truth[rows], scores[rows], average="macro"))
    expected = np.quantile(drawn, [0.025, 0.975])
    np.testing.assert_allclose(found.loc["mAP", ["low", "high"]].to_numpy(float), expected)


def test_a_label_without_positives_is_left_out_of_the_mean():
    truth, scores = random_predictions(1)
    truth[:, 1] = False
    table = score_table(as_table("x", truth, scores), 100, 1).set_index("row")
    assert np.isnan(table.loc["b", ["score", "low", "high"]].to_numpy(float)).all()
    assert table.loc["mAP", "score"] == pytest.approx(table.loc[["a", "c"], "score"].mean())
    assert table["positives"].to_list() == [*truth.sum(axis=0), truth.any(axis=1).sum()]


def test_repetitions_are_averaged():
    found = [random_predictions(seed) for seed in (6, 7)]
    tables = [as_table("x", *own, repeat) for repeat, own in enumerate(found)]
    both = score_table(pd.concat(tables), 50, 1).set_index("row").loc["mAP"]
    single = [average_precision_score(*own, average="macro") for own in found]
    assert both["score"] == pytest.approx(np.mean(single)) and both["runs"] == 2
    assert both["spread"] == pytest.approx(np.std(single, ddof=1))


def test_differences_are_paired():
    truth, scores = random_predictions(2)
    worse = scores + np.random.default_rng(3).normal(0, 3, scores.shape)
    both = pd.concat([as_table("good", truth, scores), as_table("bad", truth, worse)])
    table = differences(both, [("good", "bad")], 500, 1).set_index("row")
    assert table.loc["mAP", "low"] > 0 and table.loc["mAP", "p bootstrap"] < 0.05
    same = pd.concat([as_table("good", truth, scores), as_table("same", truth, scores)])
    equal = differences(same, [("good", "same")], 100, 1)
    assert (equal[["difference", "low", "high"]] == 0).all(axis=None)
    assert (equal["p bootstrap"] == 1).all()
    shorter = pd.concat([as_table("good", truth, scores), as_table("bad", truth[1:], worse[1:])])
    with pytest.raises(PredictionsError, match="not tested on the same"):
        differences(shorter, [("good", "bad")], 10, 1)


def test_labels_are_corrected_together_and_their_mean_by_itself():
    truth, scores = random_predictions(2)
    worse = scores + np.random.default_rng(3).normal(0, 3, scores.shape)
    both = pd.concat([as_table("good", truth, scores), as_table("bad", truth, worse)])
    table = table_of_tests(both, [("good", "bad"), ("bad", "good")], 200, 1)
    for _, pair in table.groupby(["first", "second"]):
        p, corrected = pair["p bootstrap"].to_numpy(), pair["Holm bootstrap"].to_numpy()
        np.testing.assert_allclose(corrected[:3], multipletests(p[:3], method="holm")[1])
        assert pair["row"].iloc[3] == "mAP" and corrected[3] == p[3]
