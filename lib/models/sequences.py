"""Padded sequences: which steps belong to a sequence, its weights and its last state.

An empty sequence has weights and states of zero.
"""

import torch
from torch import Tensor


def sequence_mask(lengths: Tensor, frames: int) -> Tensor:
    """True for the frames that belong to each sequence, (batch, frames)."""
    return torch.arange(frames, device=lengths.device) < lengths[:, None]


def hide(maps: Tensor, lengths: Tensor | None) -> Tensor:
    """Maps, (batch, channels, frames, ...), with zeros after each sequence's last frame."""
    if lengths is None:
        return maps
    inside = sequence_mask(lengths, maps.shape[2])  # (B, T)
    return maps * inside.view(len(maps), 1, -1, *[1] * (maps.ndim - 3))


def pooled_lengths(lengths: Tensor | None, frames: int) -> Tensor | None:
    """Lengths after pooling over windows of some frames, of which the last may be smaller."""
    return None if lengths is None else -(-lengths // frames)


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
