import zipfile
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from lib.evaluation import metrics

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(pairs)
def test_scores_equal_scikit_learn(samples):
    truth, predicted = np.array(samples).T
    scores = metrics.class_scores(truth, predicted)
    assert scores["WAR"] == pytest.approx(reference.accuracy_score(truth, predicted))
    report = reference.classification_report(
        truth, predicted, labels=np.unique(truth), output_dict=True, zero_division=0
    )
    assert scores["UAR"] == pytest.approx(report["macro avg"]["recall"])
    precision = reference.precision_score(truth, predicted, average="weighted", zero_division=0)
    assert scores["WAP"] == pytest.approx(precision)


@given(st.lists(pairs, min_size=1, max_size=5))
def test_many_counts_at_once_give_the_same(groups):
    counts = np.stack([metrics.confusion_matrix(*np.array(own).T, 4) for own in groups])
    for name in metrics.names_of("classes"):
        together = metrics.METRICS[name].function(counts)
        single = [metrics.class_scores(*np.array(own).T)[name] for own in groups]
        np.testing.assert_allclose(together, single)


@given(pairs)
def test_confusion_counts_equal_scikit_learn(samples):
    truth, predicted = np.array(samples).T
    expected = reference.confusion_matrix(truth, predicted, labels=np.arange(4))
    np.testing.assert_array_equal(metrics.confusion_matrix(truth, predicted, 4), expected)


def test_hand_worked_example():
    truth = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
    predicted = np.array([0, 0, 0, 1, 1, 0, 2, 2, 1, 1])
    # recalls 3/4, 1/2, 2/4; precisions 3/4, 1/4, 2/2; shares .4, .2, .4
    counts = metrics.confusion_matrix(truth, predicted, 3)
    np.testing.assert_array_equal(counts, [[3, 1, 0], [1, 1, 0], [0, 2, 2]])
    assert metrics.unweighted_average_recall(counts) == pytest.approx(1.75 / 3)
    assert metrics.weighted_average_recall(counts) == pytest.approx(0.6)
    assert metrics.weighted_average_precision(counts) == pytest.approx(0.3 + 0.05 + 0.4)


@pytest.mark.parametrize("predicted", [np.array([0]), np.array([[0, 1]])])
def test_unpaired_labels_are_refused(predicted):
    with pytest.raises(ValueError, match="do not pair up"):
        metrics.class_scores(np.array([0, 1]), predicted)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="no samples"):
        metrics.class_scores(np.array([], int), np.array([], int))


def series(seed=0, number=50):
    generator = np.random.default_rng(seed)
    truth = np.cumsum(generator.normal(size=number))
    return truth, truth + generator.normal(size=number)


def test_concordance_by_hand():
    # means 2 and 3, variances 2/3 and 8/3, covariance 4/3: (8/3) / (10/3 + 1)
    assert metrics.concordance_correlation([1, 2, 3], [1, 3, 5]) == pytest.approx(8 / 13)


def test_concordance_is_correlation_punished_for_scale_and_shift():
    truth, predicted = series()
    ccc = metrics.concordance_correlation
    assert ccc(truth, truth) == pytest.approx(1) and ccc(truth, -truth + 2 * truth.mean()) < 0
    r, sx, sy = np.corrcoef(truth, predicted)[0, 1], truth.std(), predicted.std()
    shift = truth.mean() - predicted.mean()
    assert ccc(truth, predicted) == pytest.approx(2 * r * sx * sy / (sx**2 + sy**2 + shift**2))
    assert abs(ccc(truth, predicted + 9)) < abs(ccc(truth, predicted))
    assert ccc(truth, predicted) == pytest.approx(ccc(5 * truth - 2, 5 * predicted - 2))
    assert ccc(truth, np.zeros(50)) == 0
    assert ccc([2, 2], [2, 2]) == 1 and ccc([2, 2], [3, 3]) == 0
    with pytest.raises(ValueError, match="do not pair up"):
        ccc(truth, predicted[:-1])


def test_concordance_on_real_traces(shared_data):
    """Neighbouring traces of continuous valence, against numpy's own moments."""
    path = shared_data("news_valence") / "Video_Continuous_Valence_Data.xlsx"
    sheet = ElementTree.fromstring(zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    traces = [
        np.array([float(cell.find(f"{name}v").text) for cell in row.iter(f"{name}c")
                  if cell.get("t") != "s" and cell.find(f"{name}v") is not None][1:])
        for row in sheet.iter(f"{name}row")
    ]  # fmt: skip
    traces = [trace for trace in traces if len(trace) > 20]
    assert len(traces) > 100
    for one, two in pairwise(traces):
        number = min(len(one), len(two))
        a, b = one[:number], two[:number]
        moments = np.cov(a, b, ddof=0)
        expected = 2 * moments[0, 1] / (moments.trace() + (a.mean() - b.mean()) ** 2)
        assert metrics.concordance_correlation(a, b) == pytest.approx(expected)


def test_average_precision_with_ties_by_hand():
    truth = np.array([[1, 0], [0, 0], [1, 0], [0, 0]])
    scores = np.array([[0.9, 1], [0.5, 1], [0.5, 1], [0.1, 1]])
    (found,) = metrics.average_precisions(truth, scores)
    # first positive at rank 1; the second shares its threshold with a negative: 2 of 3
    assert found[0] == pytest.approx((1 + 2 / 3) / 2) and np.isnan(found[1])
    assert metrics.mean_average_precision(found) == pytest.approx(found[0])
    monotone = metrics.average_precisions(truth, np.exp(5 * scores))
    assert monotone[0, 0] == pytest.approx(found[0])
    with pytest.raises(ValueError, match="labels of shape"):
        metrics.average_precisions(truth, scores[:2])


def test_random_scores_are_at_chance():
    generator = np.random.default_rng(0)
    truth = (generator.random((4000, 5)) < [0.05, 0.1, 0.2, 0.3, 0.5]).astype(int)
    (found,) = metrics.average_precisions(truth, generator.random((4000, 5)))
    np.testing.assert_allclose(found, truth.mean(axis=0), atol=0.03)
    chance = metrics.METRICS["mAP"].chance(truth.mean(axis=0))
    assert metrics.mean_average_precision(found) == pytest.approx(chance, abs=0.02)
    shares = np.array([0.5, 0.3, 0.1, 0.1])
    scores = metrics.class_scores(generator.choice(4, 40000, p=shares), generator.integers(0, 4, 40000))
    for name, score in scores.items():
        assert score == pytest.approx(metrics.METRICS[name].chance(shares), abs=0.02)
    moments = metrics.Moments(*np.array([0.2, 0.3, 1.0, 2.0, 0.0]))
    for name in ("CC", "CCC"):
        assert metrics.METRICS[name].function(moments) == metrics.METRICS[name].chance(shares)


def test_the_registry_knows_every_metric():
    assert metrics.names_of("classes") == ["WAP", "UAR", "WAR"]
    assert metrics.names_of("values") == ["RMSE", "CC", "CCC"]
    for kind, name in metrics.HEADLINE.items():
        assert metrics.METRICS[name].kind == kind
    assert all(known.meaning for known in metrics.METRICS.values())
    assert not metrics.METRICS["RMSE"].higher_is_better
