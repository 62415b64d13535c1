import pytest
import torch

from lib.training.score import training_score


def test_each_task_has_its_headline_metric():
    scores = torch.tensor([[2.0, 1, 0], [0, 1, 0], [0, 1, 2], [0, 3, 1]])
    assert training_score("classification", scores, torch.tensor([0, 1, 2, 2])) == pytest.approx(2.5 / 3)
    sets = torch.tensor([[1, 0], [0, 1], [1, 1]])
    assert training_score("multilabel", torch.tensor([[3.0, 0], [1, 2], [2, 1]]), sets) == 1
    assert training_score("multilabel", torch.tensor([[1.0, 0], [3, 2], [2, 1]]), sets) < 0.9
    values = torch.tensor([0.1, 0.5, -0.2])
    assert training_score("regression", values, values) == pytest.approx(1)
    assert training_score("regression", torch.zeros(3), values) == pytest.approx(0)
