"""Recurrent encoders of speech and text, and the models made of them."""

from typing import Any

import torch
from torch import Tensor, nn

from lib.models.sequences import last_states, sequence_mask


class SpeechEncoder(nn.Module):
    """GRU over MFCC frames; its last state joined with the prosodic features.

    Parameters
    ----------
    coefficients, prosody : int
        Values per frame and per utterance.
    hidden : int
        States of the GRU.
    dropout : float
        Probability on the GRU's inputs and outputs; the last state is not dropped.

    References
    ----------
    shi2020 section III.C and shi2021 section III.C (ARE of MDRE); sizes from MDRE's public code.
    """

    def __init__(
        self, coefficients: int = 39, prosody: int = 35, hidden: int = 200, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.size = hidden + prosody
        self.dropout = nn.Dropout(dropout)
        self.gru = _orthogonal(nn.GRU(coefficients, hidden, batch_first=True))

    def forward(self, mfcc: Tensor, lengths: Tensor, prosody: Tensor) -> tuple[Tensor, Tensor]:
        """Encode utterances; frames after an utterance's length have no influence.

        Parameters
        ----------
        mfcc : Tensor, (batch, frames, coefficients)
        lengths : Tensor of int, (batch,)
        prosody : Tensor, (batch, prosody)

        Returns
        -------
        states : Tensor, (batch, longest, hidden)
            Cut to the longest utterance of the batch.
        vector : Tensor, (batch, hidden + prosody)
        """
        states = self.gru(self.dropout(mfcc[:, : int(lengths.max())]))[0]  # (B, T, hidden)
        vector = torch.cat([last_states(states, lengths), prosody], dim=1)
        return self.dropout(states), vector


class TextEncoder(nn.Module):
    """GRU over word embeddings.

    Parameters
    ----------
    vocabulary : int
        Number of tokens, including padding (0) and unknown word (1).
    dropout : float
        Probability on the GRU's inputs and outputs; the last state is not dropped.

    References
    ----------
    shi2020 section III.C and shi2021 section III.C (TRE of MDRE); sizes from MDRE's public code.
    """

    def __init__(
        self, vocabulary: int, embedding: int = 300, hidden: int = 200, dropout: float = 0.7
    ) -> None:
        super().__init__()
        self.size = hidden
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        with torch.no_grad():
            self.embedding.weight[0] = 0
        self.dropout = nn.Dropout(dropout)
        self.gru = _orthogonal(nn.GRU(embedding, hidden, batch_first=True))

    def forward(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Encode transcripts.

        Parameters
        ----------
        tokens : Tensor of int, (batch, tokens)
        lengths : Tensor of int, (batch,)

        Returns
        -------
        states : Tensor, (batch, longest, hidden)
        vector : Tensor, (batch, hidden)
            The last state.
        """
        words = self.embedding(tokens[:, : int(lengths.max())])  # (B, T, embedding)
        states = self.gru(self.dropout(words))[0]
        return self.dropout(states), last_states(states, lengths)


class ARE(nn.Module):
    """Audio recurrent encoder: speech encoder, fully connected representation, output layer.

    `representation` is the length of the vector A of shi2021 section III.C; with None the
    encoder's vector is classified directly, as in MDRE's public code.
    """

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
        super().__init__()
        self.encoder = SpeechEncoder(coefficients, prosody, hidden, dropout)
        self.represented, self.size = _representation(self.encoder.size, representation)
        self.output = nn.Linear(self.size, classes)

    def represent(self, mfcc: Tensor, lengths: Tensor, prosody: Tensor) -> Tensor:
        """The vector A, (batch, size)."""
        return self.represented(self.encoder(mfcc, lengths, prosody)[1])

    def forward(self, mfcc: Tensor, lengths: Tensor, prosody: Tensor) -> Tensor:
        """Class scores, (batch, classes); see `SpeechEncoder.forward`."""
        return self.output(self.represent(mfcc, lengths, prosody))


class TRE(nn.Module):
    """Text recurrent encoder: text encoder, fully connected representation, output layer."""

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
        super().__init__()
        self.encoder = TextEncoder(vocabulary, embedding, hidden, dropout)
        self.represented, self.size = _representation(self.encoder.size, representation)
        self.output = nn.Linear(self.size, classes)

    def represent(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The vector T, (batch, size)."""
        return self.represented(self.encoder(tokens, lengths)[1])

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Class scores, (batch, classes); see `TextEncoder.forward`."""
        return self.output(self.represent(tokens, lengths))


class MDRE(nn.Module):
    """Multimodal dual recurrent encoder: both encoders' vectors, halved and joined.

    References
    ----------
    shi2020 Table I; shi2021 Table 1 and section III.C; sizes from MDRE's public code.
    """

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

    def forward(
        self, mfcc: Tensor, frames: Tensor, prosody: Tensor, tokens: Tensor, words: Tensor
    ) -> Tensor:
        """Class scores, (batch, classes)."""
        audio = self.halve_audio(self.audio(mfcc, frames, prosody)[1])
        text = self.halve_text(self.text(tokens, words)[1])
        return self.output(torch.cat([audio, text], dim=1))


class MDREA(MDRE):
    """MDRE with attention: the audio vector weighs the text's states by dot products.

    References
    ----------
    shi2020 Table I; sizes from MDRE's public code.
    """

    modalities = ("audio", "text")

    def _join(self, classes: int) -> None:
        self.project = nn.Linear(self.audio.size, self.text.size)
        self.output = nn.Linear(2 * self.text.size, classes)

    def forward(
        self, mfcc: Tensor, frames: Tensor, prosody: Tensor, tokens: Tensor, words: Tensor
    ) -> Tensor:
        """Class scores, (batch, classes)."""
        audio = self.project(self.audio(mfcc, frames, prosody)[1])  # (B, hidden)
        states, _ = self.text(tokens, words)  # (B, T, hidden)
        scores = (states @ audio[:, :, None])[:, :, 0]  # (B, T)
        scores = scores.masked_fill(~sequence_mask(words, states.shape[1]), float("-inf"))
        attended = (scores.softmax(dim=1)[:, None] @ states)[:, 0]  # (B, hidden)
        return self.output(torch.cat([attended, audio], dim=1))


def _representation(size: int, length: int | None) -> tuple[nn.Module, int]:
    return (nn.Identity(), size) if length is None else (nn.Linear(size, length), length)


def _orthogonal(gru: nn.GRU) -> Any:
    for name, weight in gru.named_parameters():
        if name.startswith("weight_hh"):
            for gate in weight.data.chunk(3):
                nn.init.orthogonal_(gate)
    return gru
