import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from lib import metrics

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
