"""Attention layers that the papers' models share."""

import torch
from torch import Tensor, nn

from lib.models.sequences import masked_softmax


def weighted_sums(scores: Tensor, vectors: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Sums of vectors, one for each head, weighted by the softmax of the head's scores.

    Parameters
    ----------
    scores : Tensor, (batch, steps, heads)
    vectors : Tensor, (batch, steps, size)
    mask : Tensor of bool, (batch, steps), optional
        False for steps that get no weight; without any True all weights are zero.

    Returns
    -------
    sums : Tensor, (batch, heads * size)
    weights : Tensor, (batch, heads, steps)
    """
    weights = scores.softmax(dim=1) if mask is None else masked_softmax(scores, mask[:, :, None])
    weights = weights.transpose(1, 2)
    return (weights @ vectors).flatten(1), weights


class MultiHeadSpatialAttention(nn.Module):
    """Multi-head attention pooling over the positions of a feature map.

    `channels`, `features` and `heads` are C, F and H of the equations. The papers give the length
    of the result as R = H x L; as equation 6 sums over the L positions, it is H x C.

    Source: shi2020 section III.B.1, equations 1-6; shi2021 section III.B, equations 1-6.
    """

    def __init__(self, channels: int, features: int, heads: int) -> None:
        super().__init__()
        self.projection = nn.Linear(channels, features)  # W and b of equation 2
        self.score = nn.Linear(features, heads, bias=False)  # U of equation 3

    def forward(self, maps: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Pool maps, (batch, channels, time, joints); steps outside the mask get no weight.

        The mask is (batch, time).

        Returns
        -------
        pooled : Tensor, (batch, heads * channels)
            G of equation 6.
        weights : Tensor, (batch, heads, time, joints)
            Attention maps M of equation 5; each head's sum to one.
        """
        vectors = maps.flatten(2).transpose(1, 2)  # (B, L, C)
        scores = self.score(torch.tanh(self.projection(vectors)))  # (B, L, H)
        inside = None if mask is None else mask.repeat_interleave(maps.shape[3], dim=1)  # (B, L)
        pooled, weights = weighted_sums(scores, vectors, inside)
        return pooled, weights.unflatten(2, maps.shape[2:])


class GraphAttention(nn.Module):
    """Graph attention over a fully connected graph, self-edges included, heads averaged.

    The printed equation 8 sums over v_k but its summand has v_j; here the sum is over j. `heads` is
    K; `negative_slope`, the slope of LeakyReLU, is not stated.

    Source: shi2021 section III.D, equations 7 and 8.
    """

    def __init__(
        self, in_features: int, out_features: int, heads: int = 4, negative_slope: float = 0.2
    ) -> None:
        super().__init__()
        self.heads, self.features, self.negative_slope = heads, out_features, negative_slope
        self.weight = nn.Linear(in_features, heads * out_features, bias=False)  # W of each head
        self.receiver = nn.Parameter(torch.empty(heads, out_features))  # first half of a
        self.sender = nn.Parameter(torch.empty(heads, out_features))  # second half of a
        self.bias = nn.Parameter(torch.zeros(out_features))
        for weight in (self.weight.weight, self.receiver, self.sender):
            nn.init.xavier_uniform_(weight)

    def forward(self, nodes: Tensor) -> tuple[Tensor, Tensor]:
        """Nodes after attention, from (batch, nodes, in_features).

        Returns
        -------
        nodes : Tensor, (batch, nodes, out_features)
            After ELU.
        weights : Tensor, (batch, heads, nodes, nodes)
            Row i: weights of the nodes from which node i is computed; rows sum to one.
        """
        values = self.weight(nodes).unflatten(2, (self.heads, self.features))  # (B, N, K, F)
        to = (values * self.receiver).sum(dim=3).transpose(1, 2)  # (B, K, N)
        of = (values * self.sender).sum(dim=3).transpose(1, 2)
        scores = nn.functional.leaky_relu(to[:, :, :, None] + of[:, :, None], self.negative_slope)
        weights = scores.softmax(dim=3)  # (B, K, N, N)
        gathered = weights @ values.transpose(1, 2)  # (B, K, N, F)
        return nn.functional.elu(gathered.mean(dim=1) + self.bias), weights
