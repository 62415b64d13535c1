import pytest
import torch
from torch import nn

from lib.models.grad_cam import grad_cam, last_convolution
from lib.models.image_backbones import SmallBackbone


def tiny():
    """Two fixed maps, pooled and summed with weights 2 and -1."""
    network = nn.Sequential(
        nn.Conv2d(1, 2, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 1)
    )
    network[0].weight.data = torch.tensor([[[[1.0]]], [[[3.0]]]])
    network[3].weight.data = torch.tensor([[2.0, -1.0]])
    return network


def test_by_hand():
    network, picture = tiny(), torch.zeros(1, 1, 4, 4)
    picture[0, 0, 1, 2], picture[0, 0, 3, 3] = -4.0, -2.0
    heat = grad_cam(last_convolution(network, 4, 4), lambda x: network(x)[:, 0], picture, (4, 4))
    # gradient of a map's place: weight / 16; heat: (2 * x - 1 * 3 x) / 16 = -x / 16, above zero
    expected = (-picture[0, 0]).clamp(min=0)
    torch.testing.assert_close(heat[0], expected / expected.max())


def test_nothing_speaks_for_the_output():
    network = tiny()
    heat = grad_cam(network[0], lambda x: network(x)[:, 0], torch.ones(2, 1, 4, 4), (8, 8))
    assert heat.shape == (2, 8, 8) and (heat == 0).all()


def test_frozen_networks_can_be_looked_at():
    network = tiny().requires_grad_(False)
    heat = grad_cam(network[0], lambda x: network(x)[:, 0], -torch.ones(1, 1, 4, 4), (4, 4))
    torch.testing.assert_close(heat, torch.ones(1, 4, 4))
    with pytest.raises(ValueError, match="no convolution"):
        last_convolution(nn.Linear(2, 2), 8)


def test_the_layer_has_maps_of_the_size_asked_for():
    network = SmallBackbone(2)  # maps of 24, 12, 6 and 3 places a side
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    assert last_convolution(network, 48) is convolutions[1]
    assert last_convolution(network, 48, least=1) is convolutions[3]
    maps = [network.layers[: 3 * number + 1](torch.rand(1, 3, 48, 48)).shape[-1] for number in range(4)]
    assert maps == [24, 12, 6, 3]
    with pytest.raises(ValueError, match="no convolution with maps of 25 x 25"):
        last_convolution(network, 48, least=25)
