"""Networks that the papers compare with SMACN: LSTM, LSTM with attention, CNN, 3DCNN.

Inputs are those of `lib.models.skeletal.SMACN.forward`. All are described in shi2021 section IV.D
and counted in shi2020 Table II and shi2021 Table 2 (3DCNN only there).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from lib.models.attention import weighted_sums
from lib.models.padding import field, shortened
from lib.models.sequences import hide, last_states, pooled_lengths, sequence_mask


class SkeletalLSTM(nn.Module):
    """LSTM over the joints' coordinates; the last state of each sequence is classified.

    Two layers of 512 states on 30 values per frame have the published 3,217,412 parameters. With
    `mask_padding` it is the state after the sequence's last frame, otherwise after the padding.
    """

    modalities = ("skeleton",)
    heads = 1

    def __init__(
        self,
        joints: int = 10,
        coordinates: int = 3,
        hidden: int = 512,
        layers: int = 2,
        classes: int = 4,
        dropout: float = 0.5,
        mask_padding: bool = True,
    ) -> None:
        super().__init__()
        self.mask_padding = mask_padding
        self.lstm = nn.LSTM(joints * coordinates, hidden, layers, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden * self.heads, classes)

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores, (batch, classes); `mask_padding` needs `lengths`."""
        if self.mask_padding and lengths is None:
            raise ValueError("mask_padding needs the sequences' lengths")
        states, _ = self.lstm(skeletons.permute(0, 2, 3, 1).flatten(2))  # (B, T, hidden)
        return self.output(self.dropout(self.pool(states, lengths if self.mask_padding else None)))

    def pool(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """One vector, (batch, hidden * heads), from states, (batch, frames, hidden)."""
        return states[:, -1] if lengths is None else last_states(states, lengths)


class SkeletalLSTMAttention(SkeletalLSTM):
    """`SkeletalLSTM` whose states are weighted by heads of linear scores, instead of the last one.

    With one layer of 512 states on 30 values per frame, five heads give 1,126,921 parameters, the
    published 1126.9K; one head gives 1,116,677.
    """

    def __init__(
        self, joints: int = 10, classes: int = 4, layers: int = 1, heads: int = 5, **options: Any
    ) -> None:
        self.heads = heads
        super().__init__(joints, classes=classes, layers=layers, **options)
        self.score = nn.Linear(self.lstm.hidden_size, heads)

    def pool(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Weighted sum of each head, joined; frames after `lengths` get no weight."""
        inside = None if lengths is None else sequence_mask(lengths, states.shape[1])
        return weighted_sums(self.score(states), states, inside)[0]


class SkeletalCNN(nn.Module):
    """Convolutions with max-pooling over frames and joints, then a linear layer.

    Kernels and `flattened`, the number of positions that the maps are averaged to, are not stated.
    With the published channels no usual kernel gives the published 940.8K parameters. The last
    window of a pool may be smaller, so that no joint is lost. With `mask_padding`, appended zeros
    change nothing.
    """

    modalities = ("skeleton",)
    in_channels = 3
    convolution: Any = nn.Conv2d
    pooling: Any = nn.MaxPool2d

    def __init__(
        self,
        channels: Sequence[int] = (64, 128, 256, 512),
        kernel: Sequence[int] = (3, 3),
        pools: Sequence[Sequence[int]] = ((2, 1), (2, 1), (2, 2), (2, 2)),
        flattened: int = 8,
        classes: int = 4,
        dropout: float = 0.5,
        mask_padding: bool = False,
    ) -> None:
        super().__init__()
        self.mask_padding, self.frames = mask_padding, [pool[0] for pool in pools]
        pairs = pairwise([self.in_channels, *channels])
        self.field = field([kernel[0]] * len(pools), self.frames)
        self.convolutions = nn.ModuleList(
            self.convolution(before, after, tuple(kernel), padding="same") for before, after in pairs
        )
        self.pools = nn.ModuleList(self.pooling(tuple(pool), ceil_mode=True) for pool in pools)
        self.spread = nn.AdaptiveAvgPool1d(flattened)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(channels[-1] * flattened, classes)

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores, (batch, classes); without `mask_padding`, padding is part of the input."""
        if not self.mask_padding:
            pooled = self.spread(shortened(self.maps, skeletons, *self.field).flatten(2))  # (B, C, flattened)
        elif lengths is None:
            raise ValueError("mask_padding needs the sequences' lengths")
        else:
            cells = (-(-lengths // self.field[1])).clamp(min=1)
            ends = zip(self.maps(skeletons, lengths), cells, strict=True)
            pooled = torch.stack([self.spread(own[:, :end].flatten(1)) for own, end in ends])
        return self.output(self.dropout(pooled.flatten(1)))

    def maps(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Maps, (batch, channels, time', joints', ...); padding is kept out if lengths are given."""
        maps = skeletons
        for convolution, pool, frames in zip(self.convolutions, self.pools, self.frames, strict=True):
            maps = pool(hide(torch.relu(convolution(maps)), lengths))
            lengths = pooled_lengths(lengths, frames)
        return maps


class Skeletal3DCNN(SkeletalCNN):
    """Convolutions over frames, joints and coordinates: four layers of 256 channels."""

    in_channels, convolution, pooling = 1, nn.Conv3d, nn.MaxPool3d

    def __init__(
        self,
        channels: Sequence[int] = (256, 256, 256, 256),
        kernel: Sequence[int] = (5, 1, 1),
        pools: Sequence[Sequence[int]] = ((2, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 1)),
        classes: int = 4,
        **options: Any,
    ) -> None:
        super().__init__(channels, kernel, pools, classes=classes, **options)

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores; see `SkeletalCNN.forward`."""
        return super().forward(skeletons.permute(0, 2, 3, 1)[:, None], lengths)  # (B, 1, T, V, 3)
