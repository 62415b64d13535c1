"""Valence from clips of faces: 2D-CNN, 3D-CNN, spatiotemporal attention, CNN and RNN (lee2018).

Clips are (batch, 3, time, height, width). `frames` and `size`, (height, width), are those of the
clips that a network takes; `channels` are those of its 3 x 3 or 3 x 3 x 3 convolutions, and
`hidden` is the size of the first of its two fully connected layers.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from lib.models.conv_lstm import ConvLSTM, Peepholes


class SpatiotemporalAttention(nn.Module):
    """Attention over the positions of every frame: spatial encoder, ConvLSTM decoder, softmax.

    Source: lee2018 section 2.2, equations 1 and 2, Fig. 2.

    Parameters
    ----------
    encoder : sequence of int
        Channels of the convolutions, each followed by ReLU and 2 x 2 max-pooling.
    decoder : sequence of int
        Channels of the ConvLSTM stages, each followed by tanh and a deconvolution by 2; same
        number as in the encoder.
    size : (height, width)
        Divisible by 2 to the power of the number of stages.
    peepholes : {"none", "elementwise", "printed"}
        See `ConvLSTM`.
    state : {"same", "previous"}
        Decoder state that gives the map of frame t: that of t, or that of t - 1 as printed in
        equation 2; the first frame then has uniform weights.
    places : {"shared", "own"}
        Weights of a state's channels that give the score of a place: the same at all places (a
        1 x 1 convolution), or those of each place, W_i as printed in equation 2.
    """

    def __init__(
        self,
        encoder: Sequence[int] = (32, 64, 128),
        decoder: Sequence[int] = (64, 32, 16),
        size: tuple[int, int] = (96, 96),
        peepholes: Peepholes = "none",
        state: Literal["same", "previous"] = "same",
        places: Literal["shared", "own"] = "shared",
    ) -> None:
        super().__init__()
        stages = len(encoder)
        if len(decoder) != stages or any(side % 2**stages for side in size):
            raise ValueError(
                f"{stages} stages need as many in the decoder and sides divisible by {2**stages}, "
                f"not {len(decoder)} and {size}"
            )
        self.state = state
        self.encoder = _convolutions([3, *encoder], pooled=stages)
        self.recurrent, self.enlarge = nn.ModuleList(), nn.ModuleList()
        height, width = (side // 2**stages for side in size)
        for stage, (before, after) in enumerate(pairwise([encoder[-1], *decoder])):
            maps = (height * 2**stage, width * 2**stage)
            self.recurrent.append(ConvLSTM(before, after, 3, peepholes, maps))
            self.enlarge.append(nn.ConvTranspose2d(after, after, 4, 2, padding=1))
        channels, bound = decoder[-1], (6 / (decoder[-1] + 1)) ** 0.5  # Xavier: to one score
        self.score = nn.Parameter(torch.empty(channels, *(size if places == "own" else (1, 1))))
        nn.init.uniform_(self.score, -bound, bound)

    def forward(self, clips: Tensor) -> Tensor:
        """Attention, (batch, time, height, width); sums to one over the positions of a frame."""
        batch, _, time, height, width = clips.shape
        maps = self.encoder(clips.transpose(1, 2).flatten(0, 1))  # (B * T, C, H', W')
        for recurrent, enlarge in zip(self.recurrent, self.enlarge, strict=True):
            states = recurrent(maps.unflatten(0, (batch, time))).flatten(0, 1)
            maps = enlarge(states.tanh())
        scores = (maps * self.score).sum(dim=1).view(batch, time, -1)  # (B, T, H * W)
        if self.state == "previous":
            scores = torch.cat([torch.zeros_like(scores[:, :1]), scores[:, :-1]], dim=1)
        return scores.softmax(dim=2).view(batch, time, height, width)


class ValenceCNN3D(nn.Module):
    """3D-CNN on clips, with or without spatiotemporal attention.

    The maps of the first convolution are multiplied by the attention, before pooling; it is scaled
    by the number of positions to a mean of one.

    Source: lee2018 section 2.3, equation 3; Table 1.
    """

    def __init__(
        self,
        attention: SpatiotemporalAttention | None = None,
        channels: Sequence[int] = (32, 64, 128, 256),
        hidden: int = 256,
        frames: int = 16,
        size: tuple[int, int] = (96, 96),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.convolutions = nn.ModuleList(
            nn.Conv3d(before, after, 3, padding=1) for before, after in pairwise([3, *channels])
        )
        self.pools = nn.ModuleList(map(nn.MaxPool3d, ((1, 2, 2), (2, 2, 2), (2, 2, 2))))
        places = (frames // 4) * (size[0] // 8) * (size[1] // 8)
        self.hidden = nn.Linear(channels[-1] * places, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, 1)
        self.apply(_xavier)

    def explain(self, clips: Tensor) -> Tensor:
        """Attention, (batch, time, height, width); ValueError if the network has none."""
        if self.attention is None:
            raise ValueError("this network has no attention")
        return self.attention(clips)

    def forward(self, clips: Tensor) -> Tensor:
        """Valence of each clip, (batch,)."""
        maps = self.convolutions[0](clips).relu()  # (B, C, T, H, W)
        if self.attention is not None:
            weights = self.attention(clips)[:, None]  # (B, 1, T, H, W)
            maps = maps * weights * weights.shape[-1] * weights.shape[-2]
        for pool, convolution in zip(self.pools, self.convolutions[1:], strict=True):
            maps = convolution(pool(maps)).relu()
        vector = self.hidden(maps.flatten(1)).relu()
        return self.output(self.dropout(vector))[:, 0]


class ValenceCNN2D(nn.Module):
    """2D-CNN on a clip's frames as channels, or on each frame, followed by an LSTM.

    `recurrent` are the states of the LSTM over frames (CNN + RNN of Table 2), None for all frames
    as channels.

    Source: lee2018 section 2.3 and Tables 1 and 2 (2D-CNN, CNN, CNN + RNN).
    """

    def __init__(
        self,
        frames: int = 16,
        recurrent: int | None = None,
        channels: Sequence[int] = (32, 64, 128, 256),
        hidden: int = 256,
        size: tuple[int, int] = (96, 96),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = _convolutions([3 if recurrent else 3 * frames, *channels], pooled=3)
        self.hidden = nn.Linear(channels[-1] * (size[0] // 8) * (size[1] // 8), hidden)
        self.lstm = nn.LSTM(hidden, recurrent, batch_first=True) if recurrent else None
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(recurrent or hidden, 1)
        self.apply(_xavier)

    def forward(self, clips: Tensor) -> Tensor:
        """Valence of each clip, (batch,)."""
        frames = clips.transpose(1, 2)  # (B, T, 3, H, W)
        pictures = frames.flatten(1, 2) if self.lstm is None else frames.flatten(0, 1)
        vector = self.hidden(self.features(pictures).flatten(1)).relu()
        if self.lstm is not None:
            vector = self.lstm(vector.unflatten(0, frames.shape[:2]))[0][:, -1]
        return self.output(self.dropout(vector))[:, 0]


def _convolutions(channels: Sequence[int], pooled: int) -> nn.Sequential:
    """Convolutions with ReLU; the first `pooled` are followed by 2 x 2 max-pooling."""
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(channels)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if number < pooled else []
    return nn.Sequential(*layers)


def _xavier(module: nn.Module) -> None:
    """Xavier's uniform distribution for weights, an LSTM's gates as one matrix; zero for biases."""
    if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.Linear, nn.LSTM)):
        for name, weight in module.named_parameters(recurse=False):
            (nn.init.zeros_ if name.startswith("bias") else nn.init.xavier_uniform_)(weight)
