"""Zero padding of sequences that is computed once where all its feature maps are equal."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

GROUP = 8
"""Sequences of similar length that are computed together."""
LEAST = 0.25
"""Share of all frames below which it does not pay to leave frames out."""


def field(kernels: Iterable[int], pools: Iterable[int]) -> tuple[int, int]:
    """Frames on either side of a cell that reach it, and frames of a cell.

    The cell is one of the last map of convolutions with padding "same", each followed by a pool.
    """
    radius, size = 0, 1
    for kernel, pool in zip(kernels, pools, strict=True):
        radius += kernel // 2 * size
        size *= pool
    return radius, size


def shortened(network: Callable[[Tensor], Tensor], inputs: Tensor, radius: int, size: int) -> Tensor:
    """Maps of a convolutional network, computed without the middle of each sequence's padding.

    A cell whose field lies in the zeros after the last frame, and does not reach the end of the
    inputs, is equal to its neighbour: one of them is computed and repeated. Maps and gradients are
    those of ``network(inputs)``, but for the last digits; where less than `LEAST` of all frames could
    be left out, they are exactly those.

    Parameters
    ----------
    network : callable
        Inputs (batch, channels, frames, ...) to maps (batch, channels', cells, ...), in which no
        sample and no frame outside a cell's field changes the cell.
    radius, size : int
        See `field`.
    """
    frames = inputs.shape[2]
    used = inputs.detach().transpose(1, 2).flatten(2).ne(0).any(dim=2)  # (B, T)
    lengths = (used * torch.arange(1, frames + 1, device=used.device)).amax(dim=1)
    order = lengths.argsort(stable=True)
    groups = order.split(GROUP)
    firsts = [-(-(int(lengths[rows[-1]]) + radius) // size) for rows in groups]
    """In each group, the first cell whose whole field is padding."""
    repeats = [max((frames - radius) // size - 1 - first, 0) for first in firsts]
    omitted = size * sum(number * len(rows) for number, rows in zip(repeats, groups, strict=True))
    if omitted < LEAST * len(inputs) * frames:
        return network(inputs)
    found = []
    for rows, first, number in zip(groups, firsts, repeats, strict=True):
        maps = network(inputs[rows][:, :, : frames - number * size])
        cells = torch.arange(maps.shape[2], device=maps.device)
        counts = torch.where(cells == first, 1 + number, 1)
        found.append(maps.index_select(2, cells.repeat_interleave(counts)))
    return torch.cat(found)[order.argsort()]
