import math

import pytest
import torch
from torch import nn

from lib.models.context import (
    AttentionFusion,
    ContextLoss,
    ContextNetwork,
    batch_weights,
    class_weights,
)
from lib.models.image_backbones import SmallBackbone, freeze


@torch.no_grad()
def test_attention_equals_the_equations():
    torch.manual_seed(0)
    fusion = AttentionFusion(3, 5, hidden=7)
    vectors = torch.randn(4, 3, 5)
    fused, weights = fusion(vectors)
    first, _, last = fusion.weigh
    for sample in range(4):
        joined = torch.cat([vectors[sample, stream] for stream in range(3)])
        rows = zip(first.weight, first.bias, strict=True)
        hidden = torch.tensor([max(0.0, float(row @ joined + bias)) for row, bias in rows])
        rows = zip(last.weight, last.bias, strict=True)
        scores = [float(row @ hidden + bias) for row, bias in rows]
        total = sum(math.exp(score) for score in scores)
        expected = sum(
            math.exp(score) / total * vectors[sample, stream] for stream, score in enumerate(scores)
        )
        torch.testing.assert_close(fused[sample], expected)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4))


def network(fusion="attention", streams=("body", "place", "gist"), stored=()):
    torch.manual_seed(1)
    backbones = {name: SmallBackbone(2) for name in streams}
    for name in ("place", "gist"):
        if name in backbones:
            freeze(backbones[name])
    made = ContextNetwork(backbones, features=8, labels=6, fusion=fusion, hidden=4)
    return made, backbones


def test_stored_features_of_frozen_streams_give_the_same():
    whole, backbones = network()
    whole.eval()
    pictures = [torch.randn(3, 3, 32, 32) for _ in range(3)]
    stored = ContextNetwork(
        {"body": backbones["body"], "place": nn.Identity(), "gist": nn.Identity()}, 8, 6, hidden=4
    ).eval()
    missing, unexpected = stored.load_state_dict(whole.state_dict(), strict=False)
    assert not missing and all(key.startswith("backbones") for key in unexpected)
    with torch.no_grad():
        place, gist = (backbones[n](x) for n, x in zip(("place", "gist"), pictures[1:], strict=True))
        one, two = whole(*pictures), stored(pictures[0], place, gist)
    assert torch.equal(one.fused, two.fused) and torch.equal(one.weights, two.weights)
    assert all(torch.equal(one.streams[name], two.streams[name]) for name in one.streams)


@pytest.mark.parametrize("streams", [("body", "place"), ("body", "gist"), ("body", "place", "gist")])
def test_concatenation_of_any_streams(streams):
    made, _ = network("concatenation", streams)
    output = made(*[torch.randn(2, 3, 32, 32) for _ in streams])
    assert made.output.in_features == 8 * len(streams)
    assert output.fused.shape == (2, 6) and output.weights is None
    assert list(output.streams) == list(streams)
    with pytest.raises(ValueError, match="unknown fusion 'sum'"):
        network("sum")


def test_gradients_reach_what_is_trained_and_nothing_else():
    made, _ = network()
    loss = ContextLoss(torch.full((6,), 0.3))
    loss(made(*[torch.randn(4, 3, 32, 32) for _ in range(3)]), torch.ones(4, 6)).backward()
    for name, weight in made.named_parameters():
        frozen = name.startswith(("backbones.place", "backbones.gist"))
        assert (weight.grad is None) == frozen, name


def test_class_weights_have_the_published_range():
    weights = class_weights(torch.tensor([0.5, 0.0, 0.25]))
    assert weights.tolist() == pytest.approx([1 / math.log(1.7), 1 / math.log(1.2), 1 / math.log(1.45)])
    assert weights[0] == pytest.approx(1.88, abs=0.01)
    assert weights[1] == pytest.approx(5.48, abs=0.01)
    counted = batch_weights(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    assert counted.tolist() == pytest.approx([1 / math.log(3.2), 1e-4])


@pytest.mark.parametrize("per_batch", [False, True])
def test_loss_equals_the_equations(per_batch):
    made, _ = network()
    output = made(*[torch.randn(4, 3, 32, 32) for _ in range(3)])
    targets = torch.randint(0, 2, (4, 6)).float()
    probabilities = torch.linspace(0, 0.5, 6)
    factors = {"body": 0.5, "place": 2.0, "gist": 1.5, "fused": 3.0}
    found = ContextLoss(probabilities, 1.2, factors, per_batch)(output, targets)
    weights = batch_weights(targets) if per_batch else class_weights(probabilities)
    expected = 0.0
    for name, scores in {**output.streams, "fused": output.fused}.items():
        for sample in range(4):
            for label in range(6):
                error = float(scores[sample, label].detach() - targets[sample, label]) ** 2
                expected += factors[name] * float(weights[label]) * error / 4
    assert float(found.detach()) == pytest.approx(expected, rel=1e-5)
