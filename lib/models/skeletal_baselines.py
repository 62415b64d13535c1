"""Networks that the papers compare with SMACN: LSTM, LSTM with attention, CNN, 3DCNN."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from lib.models.sequences import flatten_joints, last_states, sequence_mask


class SkeletalLSTM(nn.Module):
    """LSTM over the joints' coordinates; the last state of each sequence is classified.

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
        if self.mask_padding and lengths is None:
            raise ValueError("mask_padding needs the sequences' lengths")
        states, _ = self.lstm(flatten_joints(skeletons))  # (B, T, hidden)
        return self.output(self.dropout(self.pool(states, lengths if self.mask_padding else None)))

    def pool(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """One vector, (batch, hidden * heads), from states, (batch, frames, hidden)."""
        return states[:, -1] if lengths is None else last_states(states, lengths)


class SkeletalLSTMAttention(SkeletalLSTM):
    """LSTM whose states are weighted by five heads of linear scores.

    With one layer of 512 states on 30 values a frame, five heads give 1,126,921 parameters, the
    published 1126.9K; one head gives 1,116,677.

    References
    ----------
    shi2020 Table II; shi2021 Table 2 and section IV.D.
    """

    modalities = ("skeleton",)

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

    def pool(self, states: Tensor, lengths: Tensor | None) -> Tensor:
        """Weighted sum of each head, joined; frames after `lengths` get no weight."""
        scores = self.score(states)  # (B, T, heads)
        if lengths is not None:
            outside = ~sequence_mask(lengths, states.shape[1])
            scores = scores.masked_fill(outside[:, :, None], float("-inf"))
        return (scores.softmax(dim=1).transpose(1, 2) @ states).flatten(1)  # (B, heads * hidden)


class SkeletalCNN(nn.Module):
    """Convolutions with max-pooling over frames and joints, then a linear layer.

    Kernels and the flattened length are not stated. With the published channels no usual kernel
    gives the published 940.8K parameters.

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
            layers += [convolution(before, after, tuple(kernel), padding="same"), nn.ReLU()]
            layers += [pooling(tuple(pool))]
        self.features = nn.Sequential(*layers)
        self.flattened = flattened
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(sizes[-1] * flattened, classes)

    def forward(self, skeletons: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores; `lengths` are ignored, because padding is part of the input."""
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

    modalities = ("skeleton",)
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
