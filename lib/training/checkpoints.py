"""State of a training in progress and weights of a finished one, in safetensors files."""

import hashlib
import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lib.files import failed, written


class CheckpointError(ValueError):
    """A checkpoint is damaged, or of another form or training."""


class CheckpointWarning(UserWarning):
    """A checkpoint is damaged; the training starts over."""


@dataclass
class History:
    """Loss of every epoch, the epoch with the lowest on the development part, and the score on the
    training part (`lib.training.score`) of the weights that were kept."""

    train: list[float] = field(default_factory=list)
    dev: list[float] = field(default_factory=list)
    best_epoch: int = -1
    score: float | None = None

    @property
    def best(self) -> float:
        """Lowest loss on the development part."""
        return self.dev[self.best_epoch] if self.dev else float("inf")

    def stopped(self, patience: int) -> bool:
        """Whether `patience` epochs have passed since the best one."""
        return len(self.dev) - 1 - self.best_epoch >= patience > 0 and bool(self.dev)

    def write(self, path: Path) -> None:
        """Store as JSON."""
        path.write_text(json.dumps(vars(self), indent=1), encoding="utf-8")


def state_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Copies of a model's and its optimiser's tensors, as `write` keeps them."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    return {name: value.detach().clone() for name, value in tensors.items()}


def write(path: Path, state: dict[str, Tensor], best_weights: dict[str, Tensor], history: History) -> None:
    """Keep a state, best weights and history; a reader sees the old or the new file."""
    tensors = state | {f"best.{name}": value for name, value in best_weights.items()}
    contiguous = {name: value.detach().contiguous() for name, value in tensors.items()}
    text = json.dumps(vars(history))
    with written(path) as own:
        save_file(contiguous, own, {"history": text, "sha256": _digest(contiguous, text)})


def _digest(tensors: dict[str, Tensor], history: str) -> str:
    """SHA-256 over the history, and over name, type, shape and bytes of every tensor."""
    digest = hashlib.sha256(history.encode())
    for name in sorted(tensors):
        value = tensors[name].cpu()
        digest.update(f"\0{name}\0{value.dtype}\0{list(value.shape)}\0".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def stored(path: Path) -> tuple[History, dict[str, Tensor]]:
    """History and tensors of a checkpoint; CheckpointError if its checksum differs or it has another form."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        history = History(**json.loads(facts["history"]))
    except Exception as error:
        if failed(error):
            raise
        raise CheckpointError(f"{path} is damaged: {type(error).__name__}: {error}") from error
    if facts.get("sha256") != _digest(tensors, facts["history"]):
        raise CheckpointError(f"{path} is damaged: its content differs from its checksum")
    return history, tensors


def read(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[History, dict[str, Tensor]] | None:
    """Load a checkpoint into model and optimiser; return history and best weights.

    A damaged checkpoint is removed with a `CheckpointWarning`, and None is returned; model and
    optimiser are as they were. CheckpointError if a whole one belongs to another model or optimiser.
    """
    try:
        history, tensors = stored(path)
    except CheckpointError as error:
        warnings.warn(f"{error}; it is removed, the training starts over", CheckpointWarning, stacklevel=2)
        path.unlink(missing_ok=True)
        return None
    groups: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
    for name, value in tensors.items():
        group, rest = name.split(".", 1)
        groups[group][rest] = value
    try:
        model.load_state_dict(groups["model"])
    except RuntimeError as error:
        raise CheckpointError(f"{path} is of another model: {error}") from None
    state: dict[int, dict[str, Tensor]] = {}
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for name, value in groups["optimizer"].items():
        index, key = name.split(".", 1)
        weight = weights[int(index)]
        if value.shape == weight.shape:  # the fused optimiser needs the weight's memory order
            value = torch.empty_like(weight).copy_(value)
        state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
    return history, groups["best"]


def trainable_parameters(model: nn.Module) -> int:
    """Number of weights that a training changes."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def save_model(folder: Path, trained: nn.Module, parameters: int | None = None) -> None:
    """Write ``model.safetensors`` and ``parameters.json`` of a finished training.

    `parameters` is the number of the whole network's, where the trained module is only a part of it.
    """
    state = trained.cpu().state_dict()
    weights = {name: value.contiguous() for name, value in state.items()}
    save_file(weights, folder / "model.safetensors")
    own = trainable_parameters(trained)
    counts = {"parameters": own if parameters is None else parameters, "trained": own}
    (folder / "parameters.json").write_text(json.dumps(counts), encoding="utf-8")


def load_model(model: nn.Module, folder: Path | None) -> nn.Module:
    """Give a model the weights of a finished run, if one is given."""
    if folder is not None:
        model.load_state_dict(load_file(folder / "model.safetensors"))
    return model
