"""Weights of networks: how many there are, and reading them from files."""

import io
import pickletools
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeGuard

import torch
from torch import Tensor, nn

from lib import content
from lib.project import project_path


class CheckpointError(content.FileError):
    """A file is damaged, or is not a checkpoint of the network it is meant for."""


def count_parameters(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


BACKBONE = {"imagenet": "torchvision's ImageNet weights, also as a substitute", "random": "random ones"}
"""Words for a backbone's weights that stand in place of a file."""


def chosen_weights(
    value: str | None, parameter: str, wanted: str, words: Mapping[str, str] = BACKBONE
) -> Path | str:
    """The file of the project that a parameter names, or one of the words that stand for something else.

    CheckpointError if it is empty: nothing replaces published weights unless that is asked for.
    """
    if value:
        return value if value in words else project_path(value)
    others = ", ".join(f"`{word}` for {meaning}" for word, meaning in words.items())
    advice = f"get {wanted}, and put its path, relative to the project, there; or put {others}"
    raise CheckpointError(f"{parameter} is empty: {advice}")


def read_checkpoint(path: Path, skipped: Sequence[tuple[Any, str]] = ()) -> Any:
    """Content of a file that `torch.save` wrote, read with ``weights_only``.

    `skipped` has the classes that stand in for named globals of the file; see
    `torch.serialization.safe_globals`. CheckpointError if the file cannot be read.
    """
    try:
        with torch.serialization.safe_globals(list(skipped)):
            return torch.load(_opened(path), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or foreign file provokes
        raise _unreadable(path, error) from error


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Weights and metadata of a safetensors file; CheckpointError if it cannot be read."""
    from safetensors import safe_open

    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except Exception as error:
        raise _unreadable(path, error) from error


def is_state(content: Any) -> TypeGuard[dict[str, Tensor]]:
    """Whether a file's content is a state dict: tensors by name."""
    return isinstance(content, dict) and all(isinstance(x, Tensor) for x in content.values())


def load_state(network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Load a state dict read from `path`.

    Raises
    ------
    CheckpointError
        If names or shapes do not fit, or a value is not finite.
    """
    for name, weight in state.items():
        if not torch.isfinite(weight).all():
            raise CheckpointError(f"{path}: {name} has values that are not finite: it is damaged")
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the network: {error}") from None


def _unreadable(path: Path, error: Exception) -> Exception:
    """What the file is, else torch's own cause without its advice to trust the file; the machine's pass."""
    if content.of_machine(error):
        return error
    found = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
    cause = str(error).rpartition("WeightsUnpickler error:")[2].partition("Check the doc")[0]
    if found:
        what = f"{path} holds a Python object ({found[1]}): store its state_dict() instead"
    elif path.is_file() and (foreign := content.problem(path)) and not _is_archive(path):
        what = f"{path} {foreign}"
    else:
        what = f"{path} cannot be read as a checkpoint: {' '.join(cause.split()) or 'cut off'}"
    return CheckpointError(what)


def _opened(path: Path) -> Path | io.BytesIO:
    """What torch reads: of torch before 1.6 the whole content, else it allocates what a text declares.

    ValueError if such a file declares more values than it has bytes, since torch allocates these too.
    """
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            return path
    content, storages = io.BytesIO(path.read_bytes()), dict[str, int]()
    name, numbers = "", [0]
    with suppress(ValueError):  # of a damaged file, which torch refuses
        for _ in range(4):  # the magic number, the protocol, the system, the content
            for operation, value, _ in pickletools.genops(content):
                if operation.name == "MARK":
                    name, numbers = "", [0]
                elif isinstance(value, str) and value.isdigit():
                    name = value
                elif isinstance(value, int) and "INT" in operation.name:
                    numbers.append(value)
                elif operation.name == "BINPERSID":
                    storages[name] = max(storages.get(name, 0), *numbers)
    declared, size = sum(storages.values()), content.seek(0, io.SEEK_END)
    if declared > size:
        raise ValueError(f"it declares {declared} values, which {size} bytes cannot hold")
    content.seek(0)
    return content


def _is_archive(path: Path) -> bool:
    """Whether a file begins like those of `torch.save`, which are zip archives."""
    with path.open("rb") as file:
        return b"/data.pkl" in file.read(512)
