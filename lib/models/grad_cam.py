"""Grad-CAM: the places in a network's last feature maps that contribute to one output."""

import warnings
from collections.abc import Callable

from torch import Tensor, nn


def last_convolution(network: nn.Module) -> nn.Module:
    """`layer4` of a ResNet, otherwise the last convolution; ValueError if there is none."""
    if hasattr(network, "layer4"):
        return network.layer4  # type: ignore[return-value]
    found = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    if not found:
        raise ValueError(f"{type(network).__name__} has no convolution to look at")
    return found[-1]


def grad_cam(
    layer: nn.Module, forward: Callable[[Tensor], Tensor], pictures: Tensor, size: tuple[int, int]
) -> Tensor:
    """Heat maps, (batch, height, width), by captum's `LayerGradCam`, scaled to a maximum of 1.

    Each channel of the layer's maps, (batch, channels, height, width), is weighted by the mean
    gradient over positions of the score that `forward` gives each picture; the positive part of the
    sum is resized to `size`, (height, width). All zero where nothing contributes to the output.

    Source: vo2022 section 4.3.2, Fig. 1.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # captum's progress bar is unused
        from captum.attr import LayerAttribution, LayerGradCam

    shown = pictures.detach().requires_grad_()  # frozen layers have no gradient of their own
    heat = LayerGradCam(forward, layer).attribute(shown, relu_attributions=True)
    wide = LayerAttribution.interpolate(heat, size, "bilinear")[:, 0]
    top = wide.amax(dim=(1, 2), keepdim=True)
    return (wide / top.clamp(min=1e-12)).detach()
