"""Convolutional network on motion capture of head, hands and face."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class MoCapNetwork(nn.Module):
    """Strided 3 x 3 convolutions (of `channels`) with ReLU and dropout, and a dense layer.

    The input has `steps` chunks of an utterance by `values` of the markers.

    Source: shi2020 Table I, shi2021 Table 1 and section IV.D ("five 2D convolutional layers along
    with ReLU activation function followed by a dense layer"); sizes from the baseline's public
    code.
    """

    modalities = ("mocap",)

    def __init__(
        self,
        steps: int = 200,
        values: int = 189,
        channels: Sequence[int] = (32, 64, 64, 128, 128),
        dense: int = 256,
        dropout: float = 0.2,
        classes: int = 4,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise([1, *channels]):
            layers += [nn.Conv2d(before, after, 3, 2, padding=1), nn.ReLU(), nn.Dropout(dropout)]
            steps, values = (steps + 1) // 2, (values + 1) // 2
        self.features = nn.Sequential(*layers)
        self.dense = nn.Linear(channels[-1] * steps * values, dense)
        self.output = nn.Linear(dense, classes)

    def forward(self, markers: Tensor) -> Tensor:
        """Class scores, (batch, classes), from (batch, steps, values)."""
        maps = self.features(markers[:, None])  # (B, C, T', V')
        return self.output(self.dense(maps.flatten(1)).relu())
