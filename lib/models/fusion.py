"""Fusion of speech, text and skeletal movement: SMERN, SMERN-GA and their competitors.

Each fusion takes outputs of the encoders trained in the first phase and returns class scores,
(batch, classes). `needs` names its inputs in the order of its `forward`:

- ``audio``, ``text``, ``skeleton``: vectors of ARE, TRE and SMACN, (batch, size);
- ``prosody``: (batch, values);
- ``speech_states``, ``text_states``: states of the recurrent encoders, (batch, steps, hidden);
- ``speech_lengths``, ``text_lengths``: steps of each sequence, (batch,).

Constructor arguments of the same names are the vectors' lengths (200, 200 and 256 in shi2021
section III.C), `hidden` is that of a state. Dropout comes before the output layer.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from lib.models.attention import GraphAttention
from lib.models.sequences import longest, sequence_mask

Masked = tuple[Tensor, Tensor]
"""States, (batch, steps, hidden), and True for the steps of each sequence, (batch, steps)."""


class _Fusion(nn.Module):
    """What fusions share."""

    modalities = ("skeleton", "audio", "text")
    needs: tuple[str, ...] = ("audio", "text", "skeleton")
    output: nn.Linear

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)


class SMERN(_Fusion):
    """Each vector is halved by a fully connected layer; the halves are joined and classified.

    `joint` is the length of a further layer on the joined vectors, in shi2020 section III.C but not
    in shi2021.

    Source: shi2020 section III.C, Fig. 2; shi2021 section III.C, Fig. 2.
    """

    def __init__(
        self,
        audio: int = 200,
        text: int = 200,
        skeleton: int = 256,
        joint: int | None = None,
        dropout: float = 0.5,
        classes: int = 4,
    ) -> None:
        super().__init__(dropout)
        sizes = (audio, text, skeleton)
        self.halve = nn.ModuleList(nn.Linear(size, size // 2) for size in sizes)
        length = sum(size // 2 for size in sizes)
        layers = [] if joint is None else [nn.Linear(length, joint), nn.ReLU()]
        self.joint = nn.Sequential(*layers)
        self.output = nn.Linear(joint or length, classes)

    def forward(self, audio: Tensor, text: Tensor, skeleton: Tensor) -> Tensor:
        """Class scores."""
        halves = _each(self.halve, audio, text, skeleton)
        return self.output(self.dropout(self.joint(torch.cat(halves, dim=1))))


class SMERNGA(_Fusion):
    """SMERN with graph attention: the three modalities are the nodes of a graph.

    `nodes` and `features` are lengths of a node before and after attention; see `GraphAttention`.

    Source: shi2021 section III.D, Fig. 3.
    """

    def __init__(
        self,
        audio: int = 200,
        text: int = 200,
        skeleton: int = 256,
        nodes: int = 128,
        features: int = 64,
        heads: int = 4,
        negative_slope: float = 0.2,
        dropout: float = 0.5,
        classes: int = 4,
    ) -> None:
        super().__init__(dropout)
        sizes = (audio, text, skeleton)
        self.project = nn.ModuleList(nn.Linear(size, nodes) for size in sizes)
        self.attention = GraphAttention(nodes, features, heads, negative_slope)
        self.output = nn.Linear(3 * features, classes)

    def attend(self, audio: Tensor, text: Tensor, skeleton: Tensor) -> tuple[Tensor, Tensor]:
        """Nodes after attention, (batch, 3, features), and weights, (batch, heads, 3, 3).

        Nodes are in the order audio, text, skeleton; see `GraphAttention.forward`.
        """
        nodes = _each(self.project, audio, text, skeleton)
        return self.attention(torch.stack(nodes, dim=1))

    def explain(self, audio: Tensor, text: Tensor, skeleton: Tensor) -> Tensor:
        """Weights of `attend`."""
        return self.attend(audio, text, skeleton)[1]

    def forward(self, audio: Tensor, text: Tensor, skeleton: Tensor) -> Tensor:
        """Class scores."""
        nodes, _ = self.attend(audio, text, skeleton)
        return self.output(self.dropout(nodes.flatten(1)))


class _SequenceFusion(_Fusion, ABC):
    """Pooled states of speech and text, joined with prosody and the skeleton's vector."""

    needs = tuple("prosody skeleton speech_states speech_lengths text_states text_lengths".split())

    @abstractmethod
    def pool(self, speech: Masked, text: Masked) -> list[Tensor]:
        """Vectors, (batch, size), of both sequences."""

    def forward(self, prosody: Tensor, skeleton: Tensor, *sequences: Tensor) -> Tensor:
        """Class scores."""
        pooled = self.pool(_cut(*sequences[:2]), _cut(*sequences[2:]))
        return self.output(self.dropout(torch.cat([*pooled, prosody, skeleton], dim=1)))


class CMA(_SequenceFusion):
    """Cross-modal attention between speech and text, with statistics pooling.

    Speech states query text states and vice versa; mean and standard deviation over the query's
    steps are joined with prosody and the skeleton's vector. Encoder sizes and heads of the
    original are not known.

    Source: shi2021 Table 1 and section IV.D.
    """

    def __init__(
        self,
        hidden: int = 200,
        prosody: int = 35,
        skeleton: int = 256,
        heads: int = 4,
        dropout: float = 0.5,
        classes: int = 4,
    ) -> None:
        super().__init__(dropout)
        self.speech_to_text = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.text_to_speech = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.output = nn.Linear(4 * hidden + prosody + skeleton, classes)

    def pool(self, speech: Masked, text: Masked) -> list[Tensor]:
        """Mean and deviation of speech attending to text, and of text attending to speech."""
        on_text = _attend(self.speech_to_text, speech[0], text)
        on_speech = _attend(self.text_to_speech, text[0], speech)
        return [statistics_pooling(on_text, speech[1]), statistics_pooling(on_speech, text[1])]


class AlignmentFusion(_SequenceFusion):
    """Xu et al.: speech aligned with text by attention, a bidirectional LSTM, max-pooling.

    Source: shi2021 Table 1 (Xu et al.) and section IV.D; sizes from the authors' public code.
    """

    def __init__(
        self,
        hidden: int = 200,
        prosody: int = 35,
        skeleton: int = 256,
        states: int = 100,
        dropout: float = 0.5,
        classes: int = 4,
    ) -> None:
        super().__init__(dropout)
        self.align = nn.MultiheadAttention(hidden, 1, batch_first=True)
        self.lstm = nn.LSTM(2 * hidden, states, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * states + prosody + skeleton, classes)

    def pool(self, speech: Masked, text: Masked) -> list[Tensor]:
        """Maximum over the states of the LSTM on words and the speech aligned with them."""
        words, mask = text
        joined = torch.cat([_attend(self.align, words, speech), words], dim=2)
        lengths = mask.sum(dim=1).clamp(min=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(joined, lengths, True, False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        highest = states.masked_fill(~mask[:, :, None], float("-inf")).amax(dim=1)
        return [highest.masked_fill(~mask.any(dim=1, keepdim=True), 0)]


def _attend(attention: nn.Module, queries: Tensor, keys: Masked) -> Tensor:
    """Queries after attention to the keys; zero where there are none."""
    states, mask = keys
    none = ~mask.any(dim=1, keepdim=True)  # (B, 1)
    hidden = ~(mask | none)
    found, _ = attention(queries, states, states, key_padding_mask=hidden, need_weights=False)
    return found.masked_fill(none[:, :, None], 0)


def statistics_pooling(states: Tensor, mask: Tensor) -> Tensor:
    """Mean and standard deviation over the steps of each sequence, (batch, 2 * hidden)."""
    inside = mask[:, :, None].to(states.dtype)  # (B, T, 1)
    number = inside.sum(dim=1).clamp(min=1)
    mean = (states * inside).sum(dim=1) / number
    variance = ((states - mean[:, None]) ** 2 * inside).sum(dim=1) / number
    return torch.cat([mean, (variance + 1e-8).sqrt()], dim=1)


def _each(layers: nn.ModuleList, *vectors: Tensor) -> list[Tensor]:
    """Each vector after its layer."""
    return [layer(vector) for layer, vector in zip(layers, vectors, strict=True)]


def _cut(states: Tensor, lengths: Tensor) -> Masked:
    steps = longest(lengths)
    return states[:, :steps], sequence_mask(lengths, steps)
