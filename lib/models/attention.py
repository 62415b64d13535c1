"""Attention layers that the papers' models share."""

import torch
from torch import Tensor, nn


class MultiHeadSpatialAttention(nn.Module):
    """Multi-head attention pooling over the positions of a feature map.

    Each head weights the positions of the map and sums their vectors; the heads' sums are
    concatenated. The papers give the length of the result as R = H x L; as equation 6 sums over the
    L positions, it is H x C.

    Parameters
    ----------
    channels : int
        C, length of the vector at a position.
    features : int
        F, rows of W in equation 2.
    heads : int
        H, rows of U in equation 3.

    References
    ----------
    shi2020 section III.B.1, equations 1-6; shi2021 section III.B, equations 1-6.
    """

    def __init__(self, channels: int, features: int, heads: int) -> None:
        super().__init__()
        self.projection = nn.Linear(channels, features)  # W, b
        self.score = nn.Linear(features, heads, bias=False)  # U

    def forward(self, maps: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Pool feature maps.

        Parameters
        ----------
        maps : Tensor, (batch, channels, time, joints)
        mask : Tensor of bool, (batch, time), optional
            True for time steps of the sequence; the others get no weight.

        Returns
        -------
        pooled : Tensor, (batch, heads * channels)
            G of equation 6.
        weights : Tensor, (batch, heads, time, joints)
            Attention maps M of equation 5; each head's sum to one.
        """
        batch, _, time, joints = maps.shape
        vectors = maps.flatten(2).transpose(1, 2)  # (B, L, C)
        scores = self.score(torch.tanh(self.projection(vectors)))  # (B, L, H)
        if mask is not None:
            outside = ~mask.repeat_interleave(joints, dim=1)  # (B, L)
            scores = scores.masked_fill(outside[:, :, None], float("-inf"))
        weights = scores.softmax(dim=1)
        pooled = weights.transpose(1, 2) @ vectors  # (B, H, C)
        return pooled.flatten(1), weights.transpose(1, 2).reshape(batch, -1, time, joints)


class GraphAttention(nn.Module):
    """Graph attention over a fully connected graph, self-edges included, heads averaged.

    The printed equation 8 sums over v_k but its summand has v_j; here the sum is over j.

    Parameters
    ----------
    in_features, out_features : int
        Length of a node before and after.
    heads : int
        K.
    negative_slope : float
        Slope of LeakyReLU, not stated.

    References
    ----------
    shi2021 section III.D, equations 7 and 8.
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
        batch, number, _ = nodes.shape
        values = self.weight(nodes).view(batch, number, self.heads, self.features)  # (B, N, K, F)
        to = (values * self.receiver).sum(dim=3).transpose(1, 2)  # (B, K, N)
        of = (values * self.sender).sum(dim=3).transpose(1, 2)
        scores = nn.functional.leaky_relu(to[:, :, :, None] + of[:, :, None], self.negative_slope)
        weights = scores.softmax(dim=3)  # (B, K, N, N)
        gathered = weights @ values.transpose(1, 2)  # (B, K, N, F)
        return nn.functional.elu(gathered.mean(dim=1) + self.bias), weights
