import pytest
import torch
from torch import nn

from lib import params
from lib.models.registry import model_class
from lib.models.skeletal import SMACN
from lib.models.skeletal_baselines import Skeletal3DCNN, SkeletalCNN, SkeletalLSTM
from lib.models.weights import count_parameters

SMALL = {"first_channels": 8, "channels": 12, "attention_features": 6, "heads": 2}


def skeletons(lengths, frames, joints=10):
    torch.manual_seed(0)
    batch = torch.randn(len(lengths), 3, frames, joints)
    for row, length in enumerate(lengths):
        batch[row, :, length:] = 0
    return batch


def test_lstm_has_the_published_parameters():
    assert count_parameters(SkeletalLSTM()) == 3_217_412


def test_smacn_is_the_composition_of_its_equations():
    torch.manual_seed(0)
    model = SMACN(**SMALL).eval()
    batch = skeletons([64, 40], 64)
    maps = torch.relu(nn.functional.conv2d(batch, model.first.weight, model.first.bias, padding=(2, 1)))
    for unit, pool in zip(model.units, [(2, 1), (2, 1), (2, 2), (2, 2)], strict=True):
        maps = torch.relu(nn.functional.conv2d(maps, unit.weight, unit.bias, padding=(2, 0)))
        maps = nn.functional.max_pool2d(maps, pool, ceil_mode=True)
    assert maps.shape == (2, 12, 4, 3)
    vector, weights = model.attention(maps)
    torch.testing.assert_close(model(batch), model.output(vector))
    assert weights.shape == (2, 2, 4, 3)
    torch.testing.assert_close(model.represent(batch)[1], weights)


@pytest.mark.parametrize(
    "model",
    [
        SMACN(**SMALL, mask_padding=True),
        SkeletalLSTM(hidden=16, mask_padding=True),
        SkeletalCNN(channels=(4, 4, 6, 6), mask_padding=True),
        Skeletal3DCNN(channels=(4, 4, 6, 6), mask_padding=True),
    ],
)
def test_appended_padding_changes_nothing(model):
    model.eval()
    lengths = torch.tensor([47, 35])
    short, long = skeletons(lengths, 47), torch.zeros(2, 3, 96, 10)
    long[:, :, :47] = short
    torch.testing.assert_close(model(short, lengths), model(long, lengths))
    with pytest.raises(ValueError, match="lengths"):
        model(short)


def test_without_the_mask_padding_is_part_of_the_input():
    model = SMACN(**SMALL).eval()
    lengths = torch.tensor([48])
    short = skeletons(lengths, 48)
    long = nn.functional.pad(short, (0, 0, 0, 48))
    assert (model(short) - model(long)).abs().max() > 1e-6


def sizes():
    """Models of shi2021 Table 2, with frames, joints and arguments, at the papers' and sample's size."""
    for profile, corpus in (("paper", "iemocap"), ("sample", "iemocap"), ("paper", "egait")):
        known = params.load()
        values = known.values | {"corpus_profiles": {corpus: profile}}
        block = params.Parameters(values, known.profiles).resolve("skeletal.training", corpus).content
        for name in ("LSTM", "LSTM+Att", "CNN", "3DCNN", "SMACN"):
            model = block["models"][name]
            joints = 16 if corpus == "egait" else 10
            yield name, model, block["inputs"]["skeleton"]["frames"], joints


@pytest.mark.parametrize(("name", "model", "frames", "joints"), list(sizes()))
def test_every_joint_and_every_frame_has_a_path_to_the_output(name, model, frames, joints):
    torch.manual_seed(0)
    kind = model_class(model["model"])
    known = {"joints": joints} if "LSTM" in name else {}
    network = kind(**known, **model["arguments"]).eval()
    batch = torch.randn(2, 3, frames, joints, requires_grad=True)
    network(batch, torch.tensor([frames, frames])).square().sum().backward()
    reached = batch.grad.abs().sum(dim=(0, 1)) > 0
    if name == "LSTM":  # the gradient of the first of hundreds of frames is below the smallest number
        reached = reached[-20:]
    assert reached.all()


def test_the_vector_of_the_first_phase_has_a_layer_of_its_own():
    model = SMACN(**SMALL, representation=5)
    vector, weights = model.represent(skeletons([32], 32))
    assert vector.shape == (1, 5) and (vector >= 0).all() and weights.shape == (1, 2, 2, 3)
    assert count_parameters(model) - count_parameters(SMACN(**SMALL)) == 25 * 5 + 6 * 4 - 25 * 4


@pytest.mark.parametrize("joints", [10, 16])
def test_learns_a_planted_difference(joints):
    torch.manual_seed(0)
    targets = torch.arange(32) % 2
    batch = torch.randn(32, 3, 32, joints) * 0.1 + targets[:, None, None, None]
    model = SMACN(classes=2, **SMALL)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(30):
        loss = nn.functional.cross_entropy(model(batch), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model.eval()(batch).argmax(1) == targets).all()
