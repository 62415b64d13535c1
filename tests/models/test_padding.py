"""The middle of zero padding is computed once, and nothing else changes."""

import pytest
import torch

from lib.models import padding, skeletal, skeletal_baselines
from lib.models.padding import field, shortened

NETWORKS = {
    "SMACN": lambda: skeletal.SMACN(first_channels=4, channels=6, attention_features=4, heads=2),
    "SMACN, wide kernels": lambda: skeletal.SMACN(
        first_channels=4, channels=6, first_kernel=(7, 3), kernel=(3, 3), pools=((3, 1), (2, 2))
    ),
    "CNN": lambda: skeletal_baselines.SkeletalCNN(channels=(4, 4, 6, 6)),
    "3DCNN": lambda: skeletal_baselines.Skeletal3DCNN(channels=(4, 4, 6, 6)),
}


def sequences(lengths, frames):
    torch.manual_seed(1)
    inputs = torch.randn(len(lengths), 3, frames, 10, dtype=torch.float64)
    for own, length in zip(inputs, lengths, strict=True):
        own[:, length:] = 0
    return inputs.requires_grad_()


@pytest.fixture
def shares(monkeypatch):
    """Share of the frames of each call that the network saw."""
    found = []

    def counted(network, inputs, radius, size):
        seen = []

        def watched(own):
            seen.append(len(own) * own.shape[2])
            return network(own)

        maps = shortened(watched, inputs, radius, size)
        found.append(sum(seen) / (len(inputs) * inputs.shape[2]))
        return maps

    for module in (skeletal, skeletal_baselines):
        monkeypatch.setattr(module, "shortened", counted)
    return found


def results(make, inputs):
    """Class scores, and the gradients of a function of them: of what is not padding, and of weights."""
    torch.manual_seed(0)
    network = make().double().eval()
    scores = network(inputs)
    loss = (scores * torch.arange(1, 5)).tanh().sum()
    slopes, *found = torch.autograd.grad(loss, [inputs, *network.parameters()])
    return [scores.detach(), slopes * inputs.ne(0), *found]


@pytest.mark.parametrize("frames", [400, 403])
@pytest.mark.parametrize("name", NETWORKS)
def test_scores_and_gradients_are_those_of_all_frames(name, frames, shares, monkeypatch):
    inputs = sequences([0, 1, 17, 40, 33, 8, 0, 64, 90, 16, 300, frames], frames)
    short = results(NETWORKS[name], inputs)
    for module in (skeletal, skeletal_baselines):
        monkeypatch.setattr(module, "shortened", lambda network, own, radius, size: network(own))
    for one, two in zip(short, results(NETWORKS[name], inputs), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-12)
    assert 0.2 < shares[0] < 0.75


def test_zeros_inside_a_sequence_belong_to_it(shares):
    inputs = sequences([120] * 3, 400)
    with torch.no_grad():
        inputs[:, :, 10:110] = 0
    network = NETWORKS["SMACN"]().double().eval()
    assert torch.equal(network(inputs), network(inputs.flip(0)).flip(0))
    assert shares[0] > 120 / 400
    torch.testing.assert_close(network.maps(inputs), shortened(network.maps, inputs, *network.field))


@pytest.mark.parametrize("lengths", [[66, 60, 50], [400] * 20, [350, 390]])
def test_where_little_padding_could_be_left_out_nothing_changes(lengths):
    frames = 66 if max(lengths) == 66 else 400
    calls = []
    inputs = sequences(lengths, frames)
    result = shortened(lambda own: calls.append(own) or own, inputs, 32, 16)
    assert [id(own) for own in calls] == [id(inputs)]
    assert result is inputs


def test_long_sequences_do_not_lengthen_short_ones(shares):
    results(NETWORKS["CNN"], sequences([400] * padding.GROUP + [10] * 3 * padding.GROUP, 400))
    assert shares[0] < 0.5


def test_masked_padding_is_not_shortened(shares):
    network = skeletal.SMACN(first_channels=4, channels=6, attention_features=4, heads=2, mask_padding=True)
    network(sequences([10], 200).float(), torch.tensor([10]))
    assert shares == []


@pytest.mark.parametrize(
    ("kernels", "pools", "expected"),
    [((5, 5, 5, 5, 5), (1, 2, 2, 2, 2), (32, 16)), ((3, 3), (2, 3), (3, 6)), ((1,), (1,), (0, 1))],
)
def test_the_field_is_what_a_cell_depends_on(kernels, pools, expected):
    radius, size = field(kernels, pools)
    assert (radius, size) == expected
    layers = [
        layer
        for kernel, pool in zip(kernels, pools, strict=True)
        for layer in (torch.nn.Conv1d(1, 1, kernel, padding="same"), torch.nn.AvgPool1d(pool))
    ]
    inputs = torch.zeros(1, 1, 10 * size + 4 * radius, requires_grad=True)
    cell = (2 * radius) // size + 1
    torch.nn.Sequential(*layers)(inputs)[0, 0, cell].backward()
    reached = inputs.grad[0, 0].nonzero().flatten()
    assert reached.min() == cell * size - radius
    assert reached.max() == (cell + 1) * size - 1 + radius
