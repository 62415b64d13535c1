import math
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
import torch
from torch import nn

from lib import params
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


def test_conv_lstm_equals_a_loop_over_indexed_steps_bit_by_bit():
    torch.manual_seed(0)
    layer, maps = ConvLSTM(2, 3, 3, "printed", size=(6, 5)), torch.randn(2, 4, 2, 6, 5)

    def indexed():
        inputs = layer.from_input(maps.flatten(0, 1)).unflatten(0, (2, 4))
        h = c = torch.zeros(2, 3, 6, 5)
        states = []
        for t in range(4):
            h, c = layer._step(inputs[:, t], h, c)
            states.append(h)
        return torch.stack(states, dim=1)

    found = []
    for states in (layer(maps), indexed()):
        gradients = torch.autograd.grad(states.square().sum(), list(layer.parameters()))
        found.append([states, *gradients])
    assert all(map(torch.equal, *found))


def test_conv_lstm_refuses_what_changes_sizes():
    with pytest.raises(ValueError, match="kernel of 2"):
        ConvLSTM(1, 1, 2)
    with pytest.raises(ValueError, match="need the size"):
        ConvLSTM(1, 1, 3, "printed")


SMALL = {"encoder": (4, 6), "decoder": (4, 3), "size": (16, 24)}


@torch.no_grad()
@pytest.mark.parametrize("places", ["shared", "own"])
@pytest.mark.parametrize("state", ["same", "previous"])
def test_the_attention_of_a_place_equals_equation_two(state, places):
    torch.manual_seed(0)
    layer = SpatiotemporalAttention((2,), (3,), (2, 4), state=state, places=places)
    seen = []
    layer.enlarge[-1].register_forward_hook(lambda module, inputs, output: seen.append(output))
    found = layer(torch.randn(1, 3, 3, 2, 4))[0]  # (T, H, W)
    weights = layer.score.expand(3, 2, 4).tolist()  # of one place where they are shared
    for t in range(3):
        state_of = seen[0][t - 1 if state == "previous" else t].tolist()
        scores = {
            (y, x): sum(weights[c][y][x] * state_of[c][y][x] for c in range(3))
            for y in range(2) for x in range(4)
        }  # fmt: skip
        if state == "previous" and t == 0:
            scores = dict.fromkeys(scores, 0.0)
        total = sum(math.exp(score) for score in scores.values())
        for (y, x), score in scores.items():
            assert found[t, y, x].item() == pytest.approx(math.exp(score) / total, rel=1e-4)


@torch.no_grad()
def test_weights_of_each_place_that_are_alike_are_the_shared_ones():
    torch.manual_seed(0)
    shared = SpatiotemporalAttention(**SMALL)
    own = SpatiotemporalAttention(**SMALL, places="own")
    assert shared.score.shape == (3, 1, 1) and own.score.shape == (3, 16, 24)
    own.load_state_dict(shared.state_dict() | {"score": shared.score.expand(3, 16, 24)})
    clips = torch.randn(1, 3, 4, 16, 24)
    torch.testing.assert_close(own(clips), shared(clips))
    own.score[:, 5, 7] = 0  # a place without weights has the score 0, and no other place another one
    seen = []
    own.enlarge[-1].register_forward_hook(lambda module, inputs, output: seen.append(output))
    found = own(clips)[0]
    scores = (seen[0] * shared.score).sum(dim=1)
    scores[:, 5, 7] = 0
    torch.testing.assert_close(found, scores.flatten(1).softmax(dim=1).view(4, 16, 24))


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
    weighed.attention.score.zero_()
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


OPTIONS = {
    name: get_args(kind)
    for name, kind in get_type_hints(SpatiotemporalAttention.__init__).items()
    if get_origin(kind) is Literal
}


@pytest.mark.parametrize(
    ("option", "value"), [(name, value) for name, values in OPTIONS.items() for value in values]
)
def test_every_weight_learns(option, value):
    torch.manual_seed(0)
    attention = SpatiotemporalAttention(**SMALL, **{option: value})
    model = ValenceCNN3D(attention, (4, 4, 4, 4), 8, 8, (16, 24)).eval()
    model(torch.randn(2, 3, 8, 16, 24)).square().sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0, name


def test_every_option_of_the_attention_is_a_model_that_changes_it_alone():
    training = params.Parameters(*params.load()).values["valence"]["training"]
    models, defaults = training["models"], training["attention_arguments"]
    changed = {
        name: model["attention_arguments"] for name, model in models.items() if "attention_arguments" in model
    }
    wanted = [
        {name: value} for name, values in OPTIONS.items() for value in values if value != defaults[name]
    ]
    assert sorted(map(str, changed.values())) == sorted(map(str, wanted)) and len(wanted) == 4
    for name, arguments in changed.items():
        assert models[name] == models["3D-CNN + STA"] | {"attention_arguments": arguments}


@pytest.mark.parametrize("recurrent", [None, 6])
def test_weights_are_xaviers_and_biases_zero(recurrent):
    torch.manual_seed(0)
    sizes = ((16, 16, 16, 16), 64, (16, 16))
    if recurrent is None:
        attention = SpatiotemporalAttention((16, 16), (16, 16), (16, 16), places="own")
        model = ValenceCNN3D(attention, *sizes[:2], 8, sizes[2])
    else:
        model = ValenceCNN2D(4, recurrent, *sizes)
    for name, weight in model.named_parameters():
        if ".bias" in name or name.startswith("bias"):
            assert weight.abs().max() == 0, name
            continue
        if name == "attention.score":
            fans = weight.shape[0] + 1  # a place's channels give one score
        else:
            fans = sum(nn.init._calculate_fan_in_and_fan_out(weight))
        bound = math.sqrt(6 / fans)
        assert weight.abs().max() <= bound, name
        if weight.numel() > 100:
            assert weight.abs().max() > 0.9 * bound, name
            assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.15), name
