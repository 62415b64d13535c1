"""SMACN: emotion from sequences of 3D skeletons."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from lib.models.attention import MultiHeadSpatialAttention
from lib.models.sequences import sequence_mask

Pair = tuple[int, int]
"""Frames and joints."""


class SMACN(nn.Module):
    """Spatial multi-head attention-based convolutional network.

    One convolution, four units of convolution and max-pooling, multi-head spatial attention,
    dropout and a linear output layer. shi2021 states the channels (128; 4 x 256). Kernel sizes,
    pooling, F and H are not stated; the defaults give the published number of parameters and keep
    a joint axis up to the last layer.

    Source: shi2020 section III.B, Fig. 1; shi2021 section III.B, Fig. 1.

    Parameters
    ----------
    in_channels, joints : int
        Coordinates of a joint; joints of the skeleton, V.
    first_channels, channels : int
        C in the first convolution and in the units.
    first_kernel, kernel, pools : pairs of (frames, joints)
        Kernels of the first convolution and of the units, odd numbers; max-pooling of each unit.
    attention_features, heads : int
        F and H of `MultiHeadSpatialAttention`.
    dropout : float
        Probability before the output layer.
    mask_padding : bool
        False is the papers' method: zero padding is part of the input. True keeps padding out of
        convolutions and attention, so that appended zeros change nothing.
    """

    modalities = ("skeleton",)

    def __init__(
        self,
        in_channels: int = 3,
        joints: int = 10,
        classes: int = 4,
        first_channels: int = 128,
        channels: int = 256,
        first_kernel: Pair = (5, 3),
        kernel: Pair = (5, 1),
        pools: Sequence[Pair] = ((2, 1), (2, 1), (2, 2), (2, 2)),
        attention_features: int = 128,
        heads: int = 8,
        dropout: float = 0.5,
        mask_padding: bool = False,
    ) -> None:
        super().__init__()
        width = joints
        for _, pool in pools:
            width //= pool
        if width < 1:
            raise ValueError(f"pools {list(pools)} leave none of {joints} joints: pool joints less often")
        self.mask_padding, self.pools = mask_padding, pools
        sizes = [first_channels] + [channels] * len(pools)
        self.first = nn.Conv2d(in_channels, first_channels, first_kernel, padding="same")
        self.units = nn.ModuleList(
            nn.Conv2d(before, after, kernel, padding="same") for before, after in pairwise(sizes)
        )
        self.attention = MultiHeadSpatialAttention(sizes[-1], attention_features, heads)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(sizes[-1] * heads, classes)

    def represent(self, skeletons: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Emotional vector G, (batch, heads * channels), and attention maps; see `explain`."""
        if not self.mask_padding:
            lengths = None
        elif lengths is None:
            raise ValueError("mask_padding needs the sequences' lengths")
        maps = _hide(torch.relu(self.first(skeletons)), lengths)  # (B, C, T, V)
        for unit, pool in zip(self.units, self.pools, strict=True):
            maps = nn.functional.max_pool2d(torch.relu(unit(maps)), pool)
            if lengths is not None:
                lengths = (lengths // pool[0]).clamp(min=1)
            maps = _hide(maps, lengths)
        mask = None if lengths is None else sequence_mask(lengths, maps.shape[2])
        return self.attention(maps, mask)

    def explain(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Attention maps, (batch, heads, time', joints'); each head's sum to one."""
        return self.represent(skeletons, lengths)[1]

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (logits), (batch, classes).

        Parameters
        ----------
        skeletons : Tensor, (batch, coordinates, frames, joints)
            Padded with zeros after the last frame.
        lengths : Tensor of int, (batch,), optional
            Frames of each sequence; required with `mask_padding`.
        """
        return self.output(self.dropout(self.represent(skeletons, lengths)[0]))


def _hide(maps: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return maps
    return maps * sequence_mask(lengths, maps.shape[2])[:, None, :, None]
