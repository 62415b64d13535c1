"""Recurrent encoders of speech and text, and the models made of them.

Inputs are padded: `mfcc`, (batch, frames, coefficients), with the utterances' lengths `frames`,
(batch,); `prosody`, (batch, values), of each utterance; `tokens`, (batch, tokens), 0 for padding
and 1 for unknown words, with the transcripts' lengths `words`. What lies behind the lengths has no
influence; an utterance of no frames or words has a state of zero. Models return class scores,
(batch, classes).

Source: shi2020 Table I and section III.C; shi2021 Table 1 and section III.C (ARE and TRE are
the parts of MDRE); sizes and dropout from MDRE's public code.
"""

import torch
from torch import Tensor, nn

from lib.models.sequences import last_states, longest, masked_softmax, sequence_mask


class _Encoder(nn.Module):
    """GRU with dropout on its inputs and outputs; the last state is not dropped."""

    gru: nn.GRU
    dropout: nn.Dropout

    def _recur(self, values: int, hidden: int, dropout: float) -> None:
        """Make the layers; the recurrent weights of each gate are orthogonal."""
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(values, hidden, batch_first=True)
        for gate in self.gru.get_parameter("weight_hh_l0").data.chunk(3):
            nn.init.orthogonal_(gate)

    def _encode(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        states = self.gru(self.dropout(vectors))[0]  # (B, T, hidden)
        return self.dropout(states), last_states(states, lengths)


class SpeechEncoder(_Encoder):
    """GRU over MFCC frames; its last state joined with the prosodic features."""

    def __init__(
        self, coefficients: int = 39, prosody: int = 35, hidden: int = 200, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.size = hidden + prosody
        self._recur(coefficients, hidden, dropout)

    def forward(self, mfcc: Tensor, frames: Tensor, prosody: Tensor) -> tuple[Tensor, Tensor]:
        """States, (batch, longest utterance, hidden), and vector, (batch, hidden + prosody)."""
        states, last = self._encode(mfcc[:, : longest(frames)], frames)
        return states, torch.cat([last, prosody], dim=1)


class TextEncoder(_Encoder):
    """GRU over word embeddings; `vocabulary` counts the tokens, padding and unknown included."""

    def __init__(
        self, vocabulary: int, embedding: int = 300, hidden: int = 200, dropout: float = 0.7
    ) -> None:
        super().__init__()
        self.size = hidden
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        with torch.no_grad():
            self.embedding.weight[0] = 0
        self._recur(embedding, hidden, dropout)

    def forward(self, tokens: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """States, (batch, longest transcript, hidden), and the last one, (batch, hidden)."""
        return self._encode(self.embedding(tokens[:, : longest(words)]), words)


class _Classifier(nn.Module):
    """An encoder, a fully connected representation of its vector, and an output layer.

    `representation` is the length of the vectors A and T of shi2021 section III.C; with None the
    encoder's vector is classified directly, as in MDRE's public code.
    """

    def __init__(
        self, encoder: SpeechEncoder | TextEncoder, representation: int | None, classes: int
    ) -> None:
        super().__init__()
        self.encoder, self.size = encoder, representation or encoder.size
        same = representation is None
        self.represented = nn.Identity() if same else nn.Linear(encoder.size, self.size)
        self.output = nn.Linear(self.size, classes)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Class scores from the encoder's inputs."""
        return self.output(self.represented(self.encoder(*inputs)[1]))


class ARE(_Classifier):
    """Audio recurrent encoder, on `SpeechEncoder`."""

    modalities = ("audio",)

    def __init__(
        self,
        classes: int = 4,
        coefficients: int = 39,
        prosody: int = 35,
        hidden: int = 200,
        dropout: float = 0.3,
        representation: int | None = 200,
    ) -> None:
        encoder = SpeechEncoder(coefficients, prosody, hidden, dropout)
        super().__init__(encoder, representation, classes)


class TRE(_Classifier):
    """Text recurrent encoder, on `TextEncoder`."""

    modalities = ("text",)

    def __init__(
        self,
        vocabulary: int,
        classes: int = 4,
        embedding: int = 300,
        hidden: int = 200,
        dropout: float = 0.7,
        representation: int | None = 200,
    ) -> None:
        encoder = TextEncoder(vocabulary, embedding, hidden, dropout)
        super().__init__(encoder, representation, classes)


class MDRE(nn.Module):
    """Multimodal dual recurrent encoder: both encoders' vectors, halved and joined."""

    modalities = ("audio", "text")

    def __init__(
        self,
        vocabulary: int,
        classes: int = 4,
        coefficients: int = 39,
        prosody: int = 35,
        embedding: int = 300,
        hidden: int = 200,
        audio_dropout: float = 0.3,
        text_dropout: float = 0.7,
    ) -> None:
        super().__init__()
        self.audio = SpeechEncoder(coefficients, prosody, hidden, audio_dropout)
        self.text = TextEncoder(vocabulary, embedding, hidden, text_dropout)
        self._join(classes)

    def _join(self, classes: int) -> None:
        """Make the layers after the encoders."""
        self.halve_audio = nn.Linear(self.audio.size, self.audio.size // 2)
        self.halve_text = nn.Linear(self.text.size, self.text.size // 2)
        self.output = nn.Linear(self.audio.size // 2 + self.text.size // 2, classes)

    def forward(self, mfcc: Tensor, frames: Tensor, prosody: Tensor, tokens: Tensor, words: Tensor) -> Tensor:
        """Class scores."""
        audio = self.halve_audio(self.audio(mfcc, frames, prosody)[1])
        text = self.halve_text(self.text(tokens, words)[1])
        return self.output(torch.cat([audio, text], dim=1))


class MDREA(MDRE):
    """MDRE with attention: the audio vector weighs the text's states by dot products (shi2020)."""

    def _join(self, classes: int) -> None:
        self.project = nn.Linear(self.audio.size, self.text.size)
        self.output = nn.Linear(2 * self.text.size, classes)

    def forward(self, mfcc: Tensor, frames: Tensor, prosody: Tensor, tokens: Tensor, words: Tensor) -> Tensor:
        """Class scores."""
        audio = self.project(self.audio(mfcc, frames, prosody)[1])  # (B, hidden)
        states, _ = self.text(tokens, words)  # (B, T, hidden)
        scores = (states @ audio[:, :, None])[:, :, 0]  # (B, T)
        weights = masked_softmax(scores, sequence_mask(words, states.shape[1]))
        attended = (weights[:, None] @ states)[:, 0]  # (B, hidden)
        return self.output(torch.cat([attended, audio], dim=1))
