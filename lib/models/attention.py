"""Attention layers that the papers' models share."""

import torch
from torch import Tensor, nn


class MultiHeadSpatialAttention(nn.Module):
    """Multi-head attention pooling over the positions of a feature map.

    Each head weighs the positions of the map and sums their vectors; the heads' sums are
    concatenated. The papers print the length of the result as R = H x L; equation 6 sums over the
    L positions, so it is H x C.

    Parameters
    ----------
    channels : int
        C, the length of a position's vector.
    features : int
        F, the rows of W in equation 2.
    heads : int
        H, the rows of U in equation 3.

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
            True where a time step belongs to the sequence; the others get no weight.

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
