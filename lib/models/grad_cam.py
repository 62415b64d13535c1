"""Grad-CAM: the places in a network's last feature maps that contribute to one output."""

import warnings
from collections.abc import Callable

from torch import Tensor, nn


def last_convolution(network: nn.Module, size: int, least: int = 7) -> nn.Module:
    """`layer4` of a ResNet, otherwise the last convolution whose maps have `least` places a side or more.

    A ResNet's have 7 of a picture of 224 pixels. `size` is that of the picture, which convolutions shrink by
    their strides, one after another. ValueError if there is none.
    """
    if hasattr(network, "layer4"):
        return network.layer4  # type: ignore[return-value]
    found = None
    for module in network.modules():
        size //= module.stride[0] if isinstance(module, nn.Conv2d) else 1
        found = module if isinstance(module, nn.Conv2d) and size >= least else found
    if found is None:
        raise ValueError(f"{type(network).__name__} has no convolution with maps of {least} x {least}")
    return found


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
