import pytest
import torch
from torch import nn

from lib.models.conv_lstm import ConvLSTM
from lib.models.valence import SpatiotemporalAttention, ValenceCNN2D, ValenceCNN3D


def convolve(x, weight):
    return nn.functional.conv2d(x, weight, padding=weight.shape[-1] // 2)


@torch.no_grad()
@pytest.mark.parametrize("peepholes", ["none", "elementwise", "printed"])
def test_conv_lstm_equals_equation_one(peepholes):
    torch.manual_seed(0)
    layer = ConvLSTM(2, 3, 3, peepholes, size=(5, 4))
    for name in ("cell_weights", "output_weights"):
        if hasattr(layer, name):
            nn.init.normal_(getattr(layer, name))
    maps = torch.randn(2, 4, 2, 5, 4)
    w_x, w_h = layer.from_input.weight.chunk(4), layer.from_state.weight.chunk(4)
    b = [bias[:, None, None] for bias in layer.from_input.bias.chunk(4)]
    h = c = torch.zeros(2, 3, 5, 4)
    expected = []
    for t in range(4):
        gates = [convolve(maps[:, t], w_x[k]) + convolve(h, w_h[k]) + b[k] for k in range(4)]
        if peepholes == "printed":
            w_ci, w_cf = layer.from_cell.weight.chunk(2)
            gates[0], gates[1] = gates[0] + convolve(c, w_ci), gates[1] + convolve(c, w_cf)
        if peepholes == "elementwise":
            gates[0] = gates[0] + layer.cell_weights[0] * c
            gates[1] = gates[1] + layer.cell_weights[1] * c
        i, f = torch.sigmoid(gates[0]), torch.sigmoid(gates[1])
        c = f * c + i * torch.tanh(gates[3])
        seen = 0 if peepholes == "none" else layer.output_weights * c
        h = torch.sigmoid(gates[2] + seen) * torch.tanh(c)
        expected.append(h)
    torch.testing.assert_close(layer(maps), torch.stack(expected, dim=1))


@torch.no_grad()
def test_without_peepholes_and_space_it_is_torchs_lstm():
    torch.manual_seed(0)
    layer, lstm = ConvLSTM(5, 4, 1), nn.LSTM(5, 4, batch_first=True)
    order = [0, 1, 3, 2]  # torch: input, forget, candidate, output
    ours = layer.from_input.weight, layer.from_state.weight
    for own, theirs in zip(ours, (lstm.weight_ih_l0, lstm.weight_hh_l0), strict=True):
        theirs.copy_(torch.cat([own.chunk(4)[k] for k in order])[:, :, 0, 0])
    lstm.bias_ih_l0.copy_(torch.cat([layer.from_input.bias.chunk(4)[k] for k in order]))
    lstm.bias_hh_l0.zero_()
    values = torch.randn(3, 7, 5)
    torch.testing.assert_close(layer(values[..., None, None])[..., 0, 0], lstm(values)[0])


def test_conv_lstm_refuses_what_changes_sizes():
    with pytest.raises(ValueError, match="kernel of 2"):
        ConvLSTM(1, 1, 2)
    with pytest.raises(ValueError, match="need the size"):
        ConvLSTM(1, 1, 3, "printed")


SMALL = {"encoder": (4, 6), "decoder": (4, 3), "size": (16, 24)}


@pytest.mark.parametrize("state", ["same", "previous"])
def test_attention_sums_to_one_over_the_places_of_a_frame(state):
    torch.manual_seed(0)
    attention = SpatiotemporalAttention(**SMALL, state=state)
    weights = attention(torch.randn(2, 3, 5, 16, 24))
    assert weights.shape == (2, 5, 16, 24)
    torch.testing.assert_close(weights.sum(dim=(2, 3)), torch.ones(2, 5))
    even = torch.full((2, 16, 24), 1 / (16 * 24))
    assert torch.allclose(weights[:, 0], even) == (state == "previous")


@torch.no_grad()
def test_the_previous_state_is_the_same_one_a_frame_later():
    torch.manual_seed(0)
    same = SpatiotemporalAttention(**SMALL)
    previous = SpatiotemporalAttention(**SMALL, state="previous")
    previous.load_state_dict(same.state_dict())
    clips = torch.randn(1, 3, 4, 16, 24)
    torch.testing.assert_close(previous(clips)[:, 1:], same(clips)[:, :-1])


@torch.no_grad()
def test_even_attention_changes_nothing_and_a_spot_lets_the_spot_through():
    torch.manual_seed(0)
    plain = ValenceCNN3D(None, (4, 4, 4, 4), 8, 8, (16, 24)).eval()
    weighed = ValenceCNN3D(SpatiotemporalAttention(**SMALL), (4, 4, 4, 4), 8, 8, (16, 24)).eval()
    weighed.load_state_dict(plain.state_dict(), strict=False)
    weighed.attention.score.weight.zero_()
    clips = torch.randn(2, 3, 8, 16, 24)
    torch.testing.assert_close(weighed(clips), plain(clips), atol=1e-5, rtol=1e-4)
    assert weighed.explain(clips).shape == (2, 8, 16, 24)
    with pytest.raises(ValueError, match="no attention"):
        plain.explain(clips)


def test_sizes_that_do_not_halve_are_refused():
    with pytest.raises(ValueError, match="divisible by 4"):
        SpatiotemporalAttention((4, 4), (4, 4), (18, 24))


@pytest.mark.parametrize("recurrent", [None, 6])
def test_two_dimensional_networks(recurrent):
    torch.manual_seed(0)
    model = ValenceCNN2D(4, recurrent, (4, 4, 4, 4), 8, (16, 16)).eval()
    clips = torch.randn(3, 3, 4, 16, 16)
    found = model(clips)
    assert found.shape == (3,)
    torch.testing.assert_close(found[1:2], model(clips[1:2]))
    assert (model(clips.flip(2)) - found).abs().max() > 1e-6


def test_every_weight_learns():
    torch.manual_seed(0)
    model = ValenceCNN3D(SpatiotemporalAttention(**SMALL), (4, 4, 4, 4), 8, 8, (16, 24)).eval()
    model(torch.randn(2, 3, 8, 16, 24)).square().sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0, name
