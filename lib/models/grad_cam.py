"""Grad-CAM: which places of the last feature maps speak for one output."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def last_convolution(network: nn.Module) -> nn.Module:
    """The module whose maps are weighed: `layer4` of a ResNet, else the last convolution.

    Raises
    ------
    ValueError
        If there is no convolution.
    """
    if hasattr(network, "layer4"):
        return network.layer4  # type: ignore[return-value]
    found = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    if not found:
        raise ValueError(f"{type(network).__name__} has no convolution to look at")
    return found[-1]


def grad_cam(layer: nn.Module, forward: Callable[[], Tensor], size: tuple[int, int]) -> Tensor:
    """Heat maps of a batch.

    Each channel of the layer's maps is weighed by the mean gradient of the output over positions;
    the sum's positive part is brought to the picture's size and to a maximum of 1.

    Parameters
    ----------
    layer : Module
        Gives (batch, channels, height, width).
    forward : callable
        Runs the network and returns one score a sample, (batch,).
    size : (height, width)

    Returns
    -------
    Tensor, (batch, height, width)
        Zeros where nothing speaks for the output.

    References
    ----------
    vo2022 section 4.3.2, Fig. 1.
    """
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], maps: Tensor) -> Tensor:
        maps = maps if maps.requires_grad else maps.detach().requires_grad_(True)
        kept.append(maps)
        return maps

    handle = layer.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            scores = forward()
    finally:
        handle.remove()
    (gradient,) = torch.autograd.grad(scores.sum(), kept[-1])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat = (weights * kept[-1]).sum(dim=1, keepdim=True).relu()  # (B, 1, H', W')
    wide = nn.functional.interpolate(heat, size, mode="bilinear", align_corners=False)[:, 0]
    top = wide.amax(dim=(1, 2), keepdim=True)
    return (wide / top.clamp(min=1e-12)).detach()
