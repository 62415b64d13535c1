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
    scores = metrics.classification_scores(truth, predicted)
    assert scores["WAR"] == pytest.approx(reference.accuracy_score(truth, predicted))
    report = reference.classification_report(
        truth, predicted, labels=np.unique(truth), output_dict=True, zero_division=0
    )
    assert scores["UAR"] == pytest.approx(report["macro avg"]["recall"])
    precision = reference.precision_score(truth, predicted, average="weighted", zero_division=0)
    assert scores["WAP"] == pytest.approx(precision)


@given(pairs)
def test_scores_from_counts_are_the_same(samples):
    truth, predicted = np.array(samples).T
    counts = metrics.confusion_matrix(truth, predicted, 4)
    fast = metrics.confusion_scores(counts)
    for name, value in metrics.classification_scores(truth, predicted).items():
        assert fast[name] == pytest.approx(value)


def test_hand_worked_example():
    truth = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
    predicted = np.array([0, 0, 0, 1, 1, 0, 2, 2, 1, 1])
    # recalls 3/4, 1/2, 2/4; precisions 3/4, 1/4, 2/2; shares .4, .2, .4
    assert metrics.unweighted_average_recall(truth, predicted) == pytest.approx(1.75 / 3)
    assert metrics.weighted_average_recall(truth, predicted) == pytest.approx(0.6)
    assert metrics.weighted_average_precision(truth, predicted) == pytest.approx(0.3 + 0.05 + 0.4)
    np.testing.assert_array_equal(
        metrics.confusion_matrix(truth, predicted, 3), [[3, 1, 0], [1, 1, 0], [0, 2, 2]]
    )


@pytest.mark.parametrize("predicted", [np.array([0]), np.array([[0, 1]])])
def test_unpaired_labels_are_refused(predicted):
    with pytest.raises(ValueError, match="do not pair up"):
        metrics.weighted_average_recall(np.array([0, 1]), predicted)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="no samples"):
        metrics.weighted_average_recall(np.array([], int), np.array([], int))


def series(seed=0, number=50):
    generator = np.random.default_rng(seed)
    truth = np.cumsum(generator.normal(size=number))
    return truth, truth + generator.normal(size=number)


def test_concordance_by_hand():
    # means 2 and 3, variances 2/3 and 8/3, covariance 4/3: (8/3) / (10/3 + 1)
    assert metrics.concordance_correlation([1, 2, 3], [1, 3, 5]) == pytest.approx(8 / 13)


def test_concordance_is_correlation_punished_for_scale_and_shift():
    truth, predicted = series()
    ccc, cc = metrics.concordance_correlation, metrics.pearson_correlation
    assert ccc(truth, truth) == pytest.approx(1) and ccc(truth, -truth + 2 * truth.mean()) < 0
    assert cc(truth, 3 * predicted + 5) == pytest.approx(np.corrcoef(truth, predicted)[0, 1])
    r, sx, sy = cc(truth, predicted), truth.std(), predicted.std()
    shift = truth.mean() - predicted.mean()
    assert ccc(truth, predicted) == pytest.approx(2 * r * sx * sy / (sx**2 + sy**2 + shift**2))
    assert abs(ccc(truth, predicted + 9)) < abs(ccc(truth, predicted))
    assert ccc(truth, predicted) == pytest.approx(ccc(5 * truth - 2, 5 * predicted - 2))
    assert ccc(truth, np.zeros(50)) == 0 and cc(truth, np.zeros(50)) == 0
    assert ccc([2, 2], [2, 2]) == 1 and ccc([2, 2], [3, 3]) == 0
    assert metrics.root_mean_squared_error([0, 0], [3, -3]) == 3
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
    found = metrics.average_precisions(truth, scores)
    # first positive at rank 1; the second shares its threshold with a negative: 2 of 3
    assert found[0] == pytest.approx((1 + 2 / 3) / 2) and np.isnan(found[1])
    assert metrics.mean_average_precision(truth, scores) == (pytest.approx(found[0]), 1)
    monotone = metrics.average_precisions(truth, np.exp(5 * scores))
    assert monotone[0] == pytest.approx(found[0])
    with pytest.raises(ValueError, match="no label has a positive"):
        metrics.mean_average_precision(truth[:, 1:], scores[:, 1:])
    with pytest.raises(ValueError, match="labels of shape"):
        metrics.average_precisions(truth, scores[:2])


def test_random_scores_are_at_prevalence():
    generator = np.random.default_rng(0)
    truth = (generator.random((4000, 5)) < [0.05, 0.1, 0.2, 0.3, 0.5]).astype(int)
    found = metrics.average_precisions(truth, generator.random((4000, 5)))
    np.testing.assert_allclose(found, truth.mean(axis=0), atol=0.03)
