"""State of a training in progress and weights of a finished one, in safetensors files."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


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


def write(
    path: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    best_weights: dict[str, Tensor],
    history: History,
) -> None:
    """Keep model, optimiser, best weights and history; a reader sees the old or the new file."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best_weights.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    contiguous = {name: value.detach().contiguous() for name, value in tensors.items()}
    save_file(contiguous, temporary, {"history": json.dumps(vars(history))})
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def read(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[History, dict[str, Tensor]]:
    """Load a checkpoint into model and optimiser; return history and best weights."""
    groups: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
    with safe_open(path, framework="pt") as file:
        history = History(**json.loads(file.metadata()["history"]))
        for name in file.keys():  # noqa: SIM118
            group, rest = name.split(".", 1)
            groups[group][rest] = file.get_tensor(name)
    model.load_state_dict(groups["model"])
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

    Parameters
    ----------
    parameters : int, optional
        Those of the whole network, where the trained module is only a part of it.
    """
    state = trained.cpu().state_dict()
    weights = {name: value.contiguous() for name, value in state.items()}
    save_file(weights, folder / "model.safetensors")
    own = trainable_parameters(trained)
    counts = {"parameters": own if parameters is None else parameters, "trained": own}
    (folder / "parameters.json").write_text(json.dumps(counts), encoding="utf-8")


def load_model(model: nn.Module, folder: Path) -> nn.Module:
    """Give a model the weights of a finished run."""
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model
