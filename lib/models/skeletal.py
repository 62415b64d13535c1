"""SMACN: emotion from sequences of 3D skeletons."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from lib.models.attention import MultiHeadSpatialAttention
from lib.models.padding import field, shortened
from lib.models.sequences import hide, pooled_lengths, sequence_mask

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
    in_channels : int
        Coordinates of a joint.
    first_channels, channels : int
        C in the first convolution and in the units.
    first_kernel, kernel, pools : pairs of (frames, joints)
        Kernels of the first convolution and of the units, odd numbers; max-pooling of each unit,
        whose last window may be smaller, so that no frame and no joint is lost.
    attention_features, heads : int
        F and H of `MultiHeadSpatialAttention`.
    representation : int, optional
        Length of a fully connected layer (ReLU) between G and the output: the vector that fusions
        take from the first phase (256 in shi2021 section III.C). None: the output is on G itself.
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
        classes: int = 4,
        first_channels: int = 128,
        channels: int = 256,
        first_kernel: Pair = (5, 3),
        kernel: Pair = (5, 1),
        pools: Sequence[Pair] = ((2, 1), (2, 1), (2, 2), (2, 2)),
        attention_features: int = 128,
        heads: int = 8,
        representation: int | None = None,
        dropout: float = 0.5,
        mask_padding: bool = False,
    ) -> None:
        super().__init__()
        self.mask_padding, self.pools = mask_padding, pools
        self.field = field([first_kernel[0]] + [kernel[0]] * len(pools), [1, *(pool[0] for pool in pools)])
        sizes = [first_channels] + [channels] * len(pools)
        self.first = nn.Conv2d(in_channels, first_channels, first_kernel, padding="same")
        self.units = nn.ModuleList(
            nn.Conv2d(before, after, kernel, padding="same") for before, after in pairwise(sizes)
        )
        self.attention = MultiHeadSpatialAttention(sizes[-1], attention_features, heads)
        size = sizes[-1] * heads
        layers = [] if representation is None else [nn.Linear(size, representation), nn.ReLU()]
        self.representation = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(representation or size, classes)

    def represent(self, skeletons: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Emotional vector, (batch, heads * channels or `representation`), and maps of `explain`."""
        if not self.mask_padding:
            lengths = None
        elif lengths is None:
            raise ValueError("mask_padding needs the sequences' lengths")
        if lengths is None:
            maps = shortened(self.maps, skeletons, *self.field)
        else:
            maps = self.maps(skeletons, lengths)
        lengths = pooled_lengths(lengths, self.field[1])
        mask = None if lengths is None else sequence_mask(lengths, maps.shape[2])
        vector, weights = self.attention(maps, mask)
        return self.representation(vector), weights

    def maps(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Feature maps, (batch, channels, time', joints'); padding is kept out if lengths are given."""
        maps = hide(torch.relu(self.first(skeletons)), lengths)  # (B, C, T, V)
        for unit, pool in zip(self.units, self.pools, strict=True):
            maps = hide(torch.relu(unit(maps)), lengths)
            maps = nn.functional.max_pool2d(maps, pool, ceil_mode=True)
            lengths = pooled_lengths(lengths, pool[0])
        return maps

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
