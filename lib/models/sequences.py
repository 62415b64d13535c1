"""Padded sequences: which steps belong to a sequence, and its last state."""

import torch
from torch import Tensor


def sequence_mask(lengths: Tensor, frames: int) -> Tensor:
    """True for the frames that belong to each sequence, (batch, frames)."""
    return torch.arange(frames, device=lengths.device) < lengths[:, None]


def last_states(states: Tensor, lengths: Tensor) -> Tensor:
    """State after each sequence's last step; (batch, steps, hidden) to (batch, hidden)."""
    return states[torch.arange(len(states), device=states.device), lengths - 1]
