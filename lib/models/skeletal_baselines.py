"""The networks that the papers compare SMACN with: LSTM with attention, CNN, 3DCNN."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from lib.models.skeletal import flatten_joints, sequence_mask


class SkeletalLSTM(nn.Module):
    """LSTM over the joints' coordinates, with the last state of each sequence classified.

    Two layers of 512 states on 30 values a frame have the published 3,217,412 parameters.

    References
    ----------
    shi2020 Table II; shi2021 Table 2 and section IV.D.
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
        """Class scores; see `lib.models.skeletal.SMACN.forward`.

        With `mask_padding` the state after each sequence's last frame is classified, otherwise
        the state after the padding.
        """
        states, _ = self.lstm(flatten_joints(skeletons))  # (B, T, hidden)
        last = states[:, -1]
        if self.mask_padding:
            if lengths is None:
                raise ValueError("mask_padding needs the sequences' lengths")
            last = states[torch.arange(len(states)), lengths - 1]
        return self.output(self.dropout(last))


class SkeletalLSTMAttention(SkeletalLSTM):
    """LSTM whose states are weighed by five heads of linear scores.

    One layer of 512 states on 30 values a frame with five heads has 1,126,921 parameters, the
    published 1126.9K; an attention of one vector has 1,116,677.

    References
    ----------
    shi2020 Table II; shi2021 Table 2 and section IV.D.
    """

    def __init__(
        self,
        joints: int = 10,
        coordinates: int = 3,
        hidden: int = 512,
        layers: int = 1,
        classes: int = 4,
        dropout: float = 0.5,
        mask_padding: bool = True,
        heads: int = 5,
    ) -> None:
        self.heads = heads
        super().__init__(joints, coordinates, hidden, layers, classes, dropout, mask_padding)
        self.score = nn.Linear(hidden, heads)

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores; see `lib.models.skeletal.SMACN.forward`."""
        states, _ = self.lstm(flatten_joints(skeletons))  # (B, T, hidden)
        scores = self.score(states)  # (B, T, heads)
        if self.mask_padding:
            if lengths is None:
                raise ValueError("mask_padding needs the sequences' lengths")
            outside = ~sequence_mask(lengths, states.shape[1])
            scores = scores.masked_fill(outside[:, :, None], float("-inf"))
        pooled = scores.softmax(dim=1).transpose(1, 2) @ states  # (B, heads, hidden)
        return self.output(self.dropout(pooled.flatten(1)))


class SkeletalCNN(nn.Module):
    """Convolutions with max-pooling over frames and joints, then a linear layer.

    Kernels and the length that is flattened are not stated. With the published channels no usual
    kernel reproduces the published 940.8K parameters.

    References
    ----------
    shi2020 Table II; shi2021 Table 2 and section IV.D.
    """

    modalities = ("skeleton",)
    dimensions = 2

    def __init__(
        self,
        joints: int = 10,
        coordinates: int = 3,
        channels: Sequence[int] = (64, 128, 256, 512),
        kernel: Sequence[int] = (3, 3),
        pools: Sequence[Sequence[int]] = ((2, 1), (2, 1), (2, 2), (2, 2)),
        flattened: int = 8,
        classes: int = 4,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        three = self.dimensions == 3
        sizes = [1 if three else coordinates, *channels]
        convolution: Any = nn.Conv3d if three else nn.Conv2d
        pooling: Any = nn.MaxPool3d if three else nn.MaxPool2d
        layers: list[nn.Module] = []
        for (before, after), pool in zip(pairwise(sizes), pools, strict=True):
            layers += [
                convolution(before, after, tuple(kernel), padding="same"),
                nn.ReLU(),
                pooling(tuple(pool)),
            ]
        self.features = nn.Sequential(*layers)
        self.flattened = flattened
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(sizes[-1] * flattened, classes)

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores; padding is part of the input, so `lengths` are not used."""
        if self.dimensions == 3:
            skeletons = skeletons.permute(0, 2, 3, 1)[:, None]  # (B, 1, T, V, 3)
        maps = self.features(skeletons).flatten(2)  # (B, C, positions)
        pooled = nn.functional.adaptive_avg_pool1d(maps, self.flattened)
        return self.output(self.dropout(torch.flatten(pooled, 1)))


class Skeletal3DCNN(SkeletalCNN):
    """Convolutions over frames, joints and coordinates.

    References
    ----------
    shi2021 Table 2 and section IV.D: four layers of 256 channels.
    """

    dimensions = 3

    def __init__(
        self,
        joints: int = 10,
        coordinates: int = 3,
        channels: Sequence[int] = (256, 256, 256, 256),
        kernel: Sequence[int] = (5, 1, 1),
        pools: Sequence[Sequence[int]] = ((2, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 1)),
        flattened: int = 8,
        classes: int = 4,
        dropout: float = 0.5,
    ) -> None:
        super().__init__(joints, coordinates, channels, kernel, pools, flattened, classes, dropout)
