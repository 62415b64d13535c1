"""A lifter of other keypoints or other times is found by what it does to a standing person."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch

from lib.features.lifter_check import check
from lib.features.motion import projected_sequences
from lib.models.lifting import TemporalLifter, normalise
from lib.models.weights import CheckpointError

# position of each COCO keypoint in Human3.6M's order; eyes and ears have none and share the head's
H36M_ORDER = torch.tensor([9, 10, 10, 10, 10, 11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3])


class Linear(torch.nn.Module):
    """The joints that least squares give from the keypoints of the frame in the middle."""

    receptive_field = 9

    def __init__(self):
        super().__init__()
        keypoints, joints = projected_sequences(1, 1500, 3)
        inputs = normalise(keypoints, 720, 480).reshape(-1, 34)
        inputs = np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1)
        found = np.linalg.lstsq(inputs, joints.reshape(-1, 51), rcond=None)[0]
        self.weight = torch.nn.Parameter(torch.from_numpy(found).float(), requires_grad=False)

    def forward(self, keypoints):
        middle = keypoints[:, 4:-4].flatten(2)  # (B, T, 34)
        return (middle @ self.weight[:34] + self.weight[34]).unflatten(2, (17, 3))


@pytest.fixture(scope="module")
def lifter():
    return Linear().eval()


class Causal(Linear):
    """Its output belongs to the last frame that it sees, as that of causal convolutions."""

    def forward(self, keypoints):
        return super().forward(torch.roll(keypoints, -(self.receptive_field // 2), dims=1))


def with_h36m_order(model):
    rows = torch.stack([2 * H36M_ORDER, 2 * H36M_ORDER + 1], dim=1).flatten()
    moved = torch.zeros_like(model.weight).index_add(0, rows, model.weight[:34])
    moved[34] = model.weight[34]
    model.weight.data = moved
    return model


def upside_down(model):
    model.weight.data *= -1
    return model


def causal(model):
    model.__class__ = Causal
    return model


def test_a_lifter_of_coco_keypoints_passes(lifter):
    check(lifter, Path("own.bin"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (with_h36m_order, "left arm does not rise"),
        (upside_down, "not upright and left and right are exchanged"),
        (causal, "4 frames late"),
        (lambda _: TemporalLifter((3, 3), 16).eval(), "of a standing person"),
    ],
)
def test_other_lifters_are_refused(lifter, changed, message):
    with pytest.raises(CheckpointError, match=rf"other\.bin: .*{message}"):
        check(changed(deepcopy(lifter)), Path("other.bin"))
