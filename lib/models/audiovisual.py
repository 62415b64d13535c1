"""Audio and video networks on images, and their fusion by attention (priyasad2020).

Networks return class scores, (batch, classes). They are trained separately in the first phase
(section 3.4), the fusion in the second (section 5).
"""

from typing import Literal

import torch
from torch import Tensor, nn

Over = Literal["modalities", "positions", "gate"]
DROPOUT = 0.5
"""Before the last layer; the paper states none."""


class AudioNetwork(nn.Module):
    """Backbone on log-mel images, with a linear layer to train it alone (section 3.2).

    `features` is the length of the backbone's vector; the LSTM of `hidden` states is the video's.
    """

    def __init__(
        self,
        backbone: nn.Module,
        features: int,
        hidden: int | None = None,
        classes: int = 6,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.lstm = None if hidden is None else nn.LSTM(features, hidden, batch_first=True)
        self.size = features if hidden is None else hidden
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(self.size, classes)

    def encode(self, pictures: Tensor) -> tuple[Tensor]:
        """The backbone's vectors, (batch, [frames,] features)."""
        return (self.backbone(pictures),)

    def represent(self, pictures: Tensor) -> Tensor:
        """(batch, 3, height, width) to (batch, size)."""
        return self.encode(pictures)[0]

    def forward(self, pictures: Tensor) -> Tensor:
        """Class scores from the input of `represent`."""
        return self.output(self.dropout(self.represent(pictures)))


class VideoNetwork(AudioNetwork):
    """Backbone on each face of a segment, an LSTM over them, a linear layer (section 3.3).

    The LSTM has `hidden` states (4096 in the paper, 134 million parameters); None takes the mean of
    the faces' vectors instead (ablation without LSTM).
    """

    def encode(self, pictures: Tensor) -> tuple[Tensor]:
        return (self.backbone(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]),)

    def represent(self, pictures: Tensor) -> Tensor:
        """Faces, (batch, frames, 3, height, width), to the last state, (batch, size)."""
        (vectors,) = self.encode(pictures)  # (B, T, F)
        return vectors.mean(dim=1) if self.lstm is None else self.lstm(vectors)[0][:, -1]


class AudioVisualAttention(nn.Module):
    """Attention over merged vectors, equations 5 to 7 of section 3.4, which are ambiguous.

    The paper sums over t but merges the two modalities into one vector, which leaves one t. Its |h|
    is taken as the absolute value.

    Parameters
    ----------
    size : int
        Length of each modality's vector.
    over : {"modalities", "positions", "gate"}
        Meaning of t: the two modalities' vectors, which halves the length; the
        positions of the merged vector, whose weighted sum is one number; or the positions, each
        multiplied by its weight.
    """

    def __init__(self, size: int, over: Over = "modalities") -> None:
        super().__init__()
        sizes = {"modalities": size, "positions": 1, "gate": 2 * size}
        if over not in sizes:
            raise ValueError(f"attention over {over!r} is not one of {', '.join(sizes)}")
        self.over, self.size = over, sizes[over]
        width = size if over == "modalities" else 1
        self.hidden = nn.Linear(width, width)  # W_h, b_h
        self.context = nn.Parameter(torch.randn(width) / width**0.5)  # h-hat

    def forward(self, audio: Tensor, video: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse two vectors of the same length.

        Returns
        -------
        fused : Tensor, (batch, self.size)
        weights : Tensor, (batch, 2) for modalities, else (batch, 2 * size)
            beta of equation 6; rows sum to one.
        """
        if self.over == "modalities":
            merged = torch.stack([audio, video], dim=1)  # (B, 2, size)
        else:
            merged = torch.cat([audio, video], dim=1)[:, :, None]  # (B, 2 * size, 1)
        scores = torch.tanh(self.hidden(merged)).abs() @ self.context  # (B, T)
        weights = scores.softmax(dim=1)
        weighted = weights[:, :, None] * merged
        return (weighted[:, :, 0] if self.over == "gate" else weighted.sum(dim=1)), weights


class AudioVisualFusion(nn.Module):
    """Classes from both networks' vectors, by attention or by concatenation (section 3.4, Fig. 2).

    `audio` and `video` are the lengths of the vectors; for `over` see `AudioVisualAttention`. ValueError if
    the fusion is attention and the two vectors differ in length.
    """

    def __init__(
        self,
        audio: int,
        video: int,
        fusion: Literal["attention", "concatenation"] = "attention",
        over: Over = "modalities",
        classes: int = 6,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        self.attention: AudioVisualAttention | None = None
        size = audio + video
        if fusion == "attention":
            if audio != video:
                raise ValueError(
                    f"vectors of {audio} and {video} values cannot be weighted by attention: "
                    "give the LSTM as many states as the audio network has features"
                )
            self.attention = AudioVisualAttention(audio, over)
            size = self.attention.size
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(size, classes)

    def forward(self, audio: Tensor, video: Tensor) -> Tensor:
        """Class scores from (batch, audio) and (batch, video)."""
        if self.attention is None:
            fused = torch.cat([audio, video], dim=1)
        else:
            fused, _ = self.attention(audio, video)
        return self.output(self.dropout(fused))

    def explain(self, audio: Tensor, video: Tensor) -> Tensor:
        """Weights of `AudioVisualAttention.forward`; ValueError for a concatenation."""
        if self.attention is None:
            raise ValueError("a fusion by concatenation has no attention weights")
        return self.attention(audio, video)[1]


class AudioVisualNetwork(nn.Module):
    """Both networks and a fusion (section 3.4, Fig. 2)."""

    def __init__(self, audio: AudioNetwork, video: VideoNetwork, fusion: AudioVisualFusion) -> None:
        super().__init__()
        self.audio, self.video, self.fusion = audio, video, fusion

    def encode(self, images: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Both vectors of a batch."""
        return self.audio.represent(images), self.video.represent(faces)

    def forward(self, images: Tensor, faces: Tensor) -> Tensor:
        """Class scores from log-mel images and faces."""
        return self.fusion(*self.encode(images, faces))
