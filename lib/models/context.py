"""Emotion in context: fusion of body, place and scene gist (vo2022)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

STREAMS = ("body", "place", "gist")


class ContextOutput(NamedTuple):
    """Scores of the fusion and of each stream's own head, all (batch, labels).

    `weights` are the impact weights of the attention, (batch, streams), or None for concatenation;
    `continuous` are tenths of valence, arousal and dominance, (batch, 3), or None.
    """

    fused: Tensor
    streams: dict[str, Tensor]
    weights: Tensor | None
    continuous: Tensor | None = None


class AttentionFusion(nn.Module):
    """Sum of the streams' vectors, weighted by a network F on all of them.

    The paper calls F simple and does not state its `hidden` size.

    Source: vo2022 section 3.4, equations 1-3, Fig. 2.
    """

    def __init__(self, streams: int, features: int, hidden: int = 256) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.Linear(streams * features, hidden), nn.ReLU(), nn.Linear(hidden, streams)
        )

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Sum, (batch, features), and weights, (batch, streams), of (batch, streams, features)."""
        weights = self.weigh(vectors.flatten(1)).softmax(dim=1)
        return (weights[:, :, None] * vectors).sum(dim=1), weights


class ContextNetwork(nn.Module):
    """Streams, a linear head on each, and a fusion with its own linear head.

    Source: vo2022 sections 3.2-3.5, Fig. 2, Tables 1 and 2.

    Parameters
    ----------
    backbones : dict of Module
        Modules that give (batch, features), by stream; `torch.nn.Identity` for stored features.
    fusion : {"attention", "concatenation"}
        The paper's additive fusion is a concatenation.
    hidden : int
        See `AttentionFusion`.
    values : int
        Number of continuous values that a further linear head on the fusion gives; not in the paper.

    Raises
    ------
    ValueError
        If the fusion or a stream is unknown.
    """

    def __init__(
        self,
        backbones: dict[str, nn.Module],
        features: int = 2048,
        labels: int = 26,
        fusion: str = "attention",
        hidden: int = 256,
        values: int = 0,
    ) -> None:
        super().__init__()
        strange = set(backbones) - set(STREAMS)
        if strange or fusion not in ("attention", "concatenation"):
            raise ValueError(f"unknown fusion {fusion!r} or streams {sorted(strange)}")
        ordered = {name: backbones[name] for name in STREAMS if name in backbones}
        self.backbones = nn.ModuleDict(ordered)
        self.heads = nn.ModuleDict({name: nn.Linear(features, labels) for name in ordered})
        number, attends = len(ordered), fusion == "attention"
        self.attention = AttentionFusion(number, features, hidden) if attends else None
        self.output = nn.Linear(features if attends else number * features, labels)
        self.continuous = nn.Linear(self.output.in_features, values) if values else None

    def forward(self, *inputs: Tensor) -> ContextOutput:
        """Scores of every label, without a sigmoid, because equation 4 compares them with 0 and 1.

        Takes one input per stream, in the order of `STREAMS`: pictures, (batch, 3, height, width),
        or stored features, (batch, features).
        """
        streams = zip(self.backbones.values(), inputs, strict=True)
        vectors = [backbone(pictures) for backbone, pictures in streams]
        stacked, weights = torch.stack(vectors, dim=1), None  # (B, S, F)
        if self.attention is None:
            fused = stacked.flatten(1)
        else:
            fused, weights = self.attention(stacked)
        named = zip(self.heads.items(), vectors, strict=True)
        heads = {name: head(vector) for (name, head), vector in named}
        values = None if self.continuous is None else self.continuous(fused)
        return ContextOutput(self.output(fused), heads, weights, values)


def class_weights(probabilities: Tensor, c: float = 1.2) -> Tensor:
    """1 / ln(c + p) of each label (vo2022 equation 5)."""
    return 1 / torch.log(c + probabilities)


def batch_weights(targets: Tensor, c: float = 1.2) -> Tensor:
    """Weights from counts of a batch, as in public code; 0.0001 for absent labels."""
    counts = targets.sum(dim=0)
    return torch.where(counts > 0, class_weights(counts, c), torch.full_like(counts, 1e-4))


def value_loss(values: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of values, (batch, values), whose targets are not missing (NaN)."""
    rated = targets.isfinite()
    return ((values - targets.where(rated, values)) ** 2).sum() / rated.sum().clamp(min=1)


class ContextLoss(nn.Module):
    """Weighted squared errors of the streams' heads and of the fusion.

    Source: vo2022 section 3.5, equations 4-6.

    Parameters
    ----------
    probabilities : Tensor, (labels,)
        Share of training samples with each label.
    c : float
        Constant of equation 5.
    coefficients : dict of float
        alpha, beta, gamma and delta of equation 6 as ``body``, ``gist``, ``place`` and ``fused``.
    per_batch : bool
        Compute weights from each batch's counts, see `batch_weights`.
    """

    weights: Tensor

    def __init__(
        self,
        probabilities: Tensor,
        c: float = 1.2,
        coefficients: dict[str, float] | None = None,
        per_batch: bool = False,
    ) -> None:
        super().__init__()
        self.register_buffer("weights", class_weights(probabilities, c))
        self.c, self.per_batch = c, per_batch
        self.coefficients = coefficients or dict.fromkeys((*STREAMS, "fused"), 1.0)

    def forward(self, output: ContextOutput, targets: Tensor) -> Tensor:
        """Mean over the batch of the total loss; `targets` are 0 or 1, (batch, labels)."""
        weights = batch_weights(targets, self.c) if self.per_batch else self.weights
        total = torch.zeros((), device=targets.device)
        for name, scores in {**output.streams, "fused": output.fused}.items():
            error = (weights * (scores.float() - targets) ** 2).sum(dim=1).mean()
            total = total + self.coefficients[name] * error
        return total
