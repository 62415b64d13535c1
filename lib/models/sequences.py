"""Padded sequences: which steps belong to a sequence, its weights and its last state.

An empty sequence has weights and states of zero.
"""

import torch
from torch import Tensor


def sequence_mask(lengths: Tensor, frames: int) -> Tensor:
    """True for the frames that belong to each sequence, (batch, frames)."""
    return torch.arange(frames, device=lengths.device) < lengths[:, None]


def longest(lengths: Tensor) -> int:
    """Steps of a batch's longest sequence, at least one."""
    return max(1, int(lengths.max()))


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax along axis 1 over the steps where the mask is True."""
    weights = scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
    return weights.masked_fill(~mask, 0)


def last_states(states: Tensor, lengths: Tensor) -> Tensor:
    """State after each sequence's last step; (batch, steps, hidden) to (batch, hidden)."""
    last = states[torch.arange(len(states), device=states.device), (lengths - 1).clamp(min=0)]
    return last.masked_fill((lengths == 0)[:, None], 0)
