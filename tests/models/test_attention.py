import math

import torch

from lib.models.attention import MultiHeadSpatialAttention


@torch.no_grad()
def by_equations(layer, maps):
    """Equations 1-6 of shi2020, position by position."""
    weight, bias = layer.projection.weight, layer.projection.bias
    score = layer.score.weight
    pooled = []
    for sample in maps:
        positions = [sample[:, t, v] for t in range(sample.shape[1]) for v in range(sample.shape[2])]
        energies = [score @ torch.tanh(weight @ a + bias) for a in positions]
        heads = []
        for head in range(len(score)):
            total = sum(math.exp(energy[head]) for energy in energies)
            heads.append(sum(math.exp(e[head]) / total * a for e, a in zip(energies, positions, strict=True)))
        pooled.append(torch.cat(heads))
    return torch.stack(pooled)


def test_equals_the_equations():
    torch.manual_seed(0)
    layer = MultiHeadSpatialAttention(channels=6, features=5, heads=3)
    maps = torch.randn(2, 6, 4, 3)
    pooled, weights = layer(maps)
    assert pooled.shape == (2, 18)
    torch.testing.assert_close(pooled, by_equations(layer, maps), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(weights.sum(dim=(2, 3)), torch.ones(2, 3))


def test_weights_belong_to_their_positions():
    torch.manual_seed(1)
    layer = MultiHeadSpatialAttention(channels=4, features=8, heads=2)
    maps = torch.randn(1, 4, 5, 3)
    pooled, weights = layer(maps)
    expected = torch.einsum("bhtv,bctv->bhc", weights, maps).flatten(1)
    torch.testing.assert_close(pooled, expected)


def test_masked_time_steps_get_nothing():
    torch.manual_seed(2)
    layer = MultiHeadSpatialAttention(channels=4, features=8, heads=2)
    maps = torch.randn(2, 4, 6, 3)
    mask = torch.arange(6) < torch.tensor([[6], [4]])
    pooled, weights = layer(maps, mask)
    assert weights[1, :, 4:].abs().max() == 0
    torch.testing.assert_close(pooled[1], layer(maps[1:, :, :4])[0][0])
    torch.testing.assert_close(pooled[0], layer(maps[:1])[0][0])
