import numpy as np
import pytest

from lib.evaluation.training_score import training_score


def test_each_task_has_its_headline_metric():
    scores = np.array([[2.0, 1, 0], [0, 1, 0], [0, 1, 2], [0, 3, 1]])
    assert training_score("classification", scores, np.array([0, 1, 2, 2])) == pytest.approx(2.5 / 3)
    sets = np.array([[1, 0], [0, 1], [1, 1]])
    assert training_score("multilabel", np.array([[3.0, 0], [1, 2], [2, 1]]), sets) == 1
    assert training_score("multilabel", np.array([[1.0, 0], [3, 2], [2, 1]]), sets) < 0.9
    values = np.array([0.1, 0.5, -0.2])
    assert training_score("regression", values, values) == pytest.approx(1)
    assert training_score("regression", np.zeros(3), values) == pytest.approx(0)
