"""How a sample passes through a network, and a picture of the sample."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

COLUMNS = ["step", "layer", "input", "output", "parameters"]


@torch.no_grad()
def walk(model: nn.Module, *inputs: Any, depth: int = 2) -> pd.DataFrame:
    """Shapes inside a network, in the order of computation; the batch comes first.

    `inputs` are those of its ``forward``. Modules within fewer than `depth` others are listed, each
    at its first call: ``step``, ``layer``, ``input``, ``output`` and ``parameters``.
    """
    rows: list[tuple[Any, ...]] = []

    def note(name: str, layer: nn.Module, given: Any, found: Any) -> None:
        number = sum(weight.numel() for weight in layer.parameters())
        rows.append((name or "whole network", type(layer).__name__, _shapes(given), _shapes(found), number))

    chosen = [pair for pair in model.named_modules() if pair[0].count(".") < depth]
    hooks = [module.register_forward_hook(partial(note, name)) for name, module in chosen]
    try:
        model.eval()(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return pd.DataFrame(rows, columns=COLUMNS).drop_duplicates("step", ignore_index=True)


def _shapes(values: Any) -> str:
    if isinstance(values, Tensor):
        return " × ".join(map(str, values.shape))
    values = values.values() if isinstance(values, Mapping) else values
    return "; ".join(filter(None, map(_shapes, values))) if hasattr(values, "__iter__") else ""


def input_figure(pictures: Mapping[str, NDArray[Any]]) -> Figure:
    """Inputs of a sample by title: pictures, (height, width, 3), or values, (rows, columns)."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(1.9 * len(pictures), 2.2), squeeze=False)
    for axis, (title, values) in zip(axes[0], pictures.items(), strict=True):
        shown = (values - values.min()) / max(np.ptp(values), 1e-8)
        axis.imshow(shown, cmap="cividis", aspect="equal" if values.ndim == 3 else "auto")
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    return figure
