"""Weights of networks: how many there are, and reading them from files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeGuard

import torch
from torch import Tensor, nn


class CheckpointError(ValueError):
    """A file is damaged, or is not a checkpoint of the network it is meant for."""


def count_parameters(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def read_checkpoint(path: Path, skipped: Sequence[tuple[Any, str]] = ()) -> Any:
    """Content of a file that `torch.save` wrote, read with ``weights_only``.

    Parameters
    ----------
    skipped : sequence of (class, name)
        Classes that stand in for named globals of the file; see
        `torch.serialization.safe_globals`.

    Raises
    ------
    CheckpointError
        If the file cannot be read.
    """
    try:
        with torch.serialization.safe_globals(list(skipped)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or foreign file provokes
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {_short(error)}") from None


def is_state(content: Any) -> TypeGuard[dict[str, Tensor]]:
    """Whether a file's content is a state dict: tensors by name."""
    return isinstance(content, dict) and all(isinstance(x, Tensor) for x in content.values())


def load_state(network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Load a state dict that was read from `path`.

    Raises
    ------
    CheckpointError
        If names or shapes do not fit the network.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the network: {_short(error)}") from None


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
