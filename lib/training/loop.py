"""One training loop for classification, multi-label and regression, for all papers."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.training import checkpoints
from lib.training.checkpoints import History
from lib.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Rows(ABC):
    """Samples that become a tensor a batch at a time, where all of them would not fit in memory."""

    device: torch.device | str = "cpu"

    @abstractmethod
    def __len__(self) -> int:
        """Number of samples."""

    @abstractmethod
    def batch(self, numbers: NDArray[np.intp]) -> Tensor:
        """Samples with these numbers, on the device."""

    def __getitem__(self, rows: slice | Tensor) -> Tensor:
        """Samples at a slice or at the indices in a tensor."""
        if isinstance(rows, Tensor):
            return self.batch(rows.cpu().numpy())
        return self.batch(np.arange(len(self))[rows])

    def to(self, device: torch.device | str) -> Self:
        """The same samples as tensors on a device."""
        return replace(self, device=device)


@dataclass(frozen=True)
class Part:
    """Samples as tensors; the first axis of every tensor is the sample.

    Attributes
    ----------
    inputs : tuple of Tensor or Rows
        Positional arguments of the model.
    targets : Tensor
        Class indices (samples,), label sets (samples, labels) or values (samples,).
    """

    inputs: tuple[Tensor | Rows, ...]
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: torch.device, channels_last: bool = False) -> "Part":
        """Copy on a device; four-dimensional inputs in channels-last order if asked for."""
        inputs = [
            tensor.to(device, memory_format=torch.channels_last)
            if channels_last and isinstance(tensor, Tensor) and tensor.ndim == 4
            else tensor.to(device)
            for tensor in self.inputs
        ]
        return Part(tuple(inputs), self.targets.to(device))


def default_device() -> torch.device:
    """CUDA where there is a GPU, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


Loss = Callable[[Tensor, Tensor], Tensor]
DIVERGED = 1_000
"""A training ends if the mean loss of an epoch is so many times the first batch's, or 1 if that is less."""


def learning_rate(settings: TrainingSettings, epoch: int) -> float:
    """Learning rate at an epoch (counted from 0)."""
    passed = sum(epoch >= milestone for milestone in settings.milestones)
    return settings.learning_rate * settings.decay**passed


def optimizer_of(model: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """Adam or SGD over the trainable weights."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgd":
        return torch.optim.SGD(weights, rate, settings.momentum, weight_decay=decay, fused=True)
    return torch.optim.Adam(weights, rate, weight_decay=decay, fused=True)


def loss_function(settings: TrainingSettings, targets: Tensor, device: torch.device) -> Loss:
    """Loss of the task; class weights come from the training targets given here."""
    if settings.task == "regression":
        return nn.MSELoss()
    if settings.task == "multilabel":
        return nn.BCEWithLogitsLoss()
    weights = None
    if settings.class_weights:
        counts = torch.bincount(targets).float()
        weights = (len(targets) / (len(counts) * counts.clamp(min=1))).to(device)
    return nn.CrossEntropyLoss(weights)


@torch.no_grad()
def predict(
    model: nn.Module, part: Part, settings: TrainingSettings, device: torch.device | None = None
) -> Tensor:
    """Outputs of the model for every sample, float32 on the CPU, without dropout."""
    device = device or default_device()
    model.eval()
    outputs = []
    size = settings.micro_batch or settings.batch_size
    for start in range(0, len(part), size):
        rows = slice(start, min(start + size, len(part)))
        batch = Part(tuple(x[rows] for x in part.inputs), part.targets[rows])
        batch = batch.to(device, settings.channels_last)
        with torch.autocast(device.type, torch.bfloat16, settings.bfloat16):
            outputs.append(model(*batch.inputs).float().cpu())
    return torch.cat(outputs)


def fit(
    model: nn.Module,
    train: Part,
    dev: Part,
    settings: TrainingSettings,
    seed: int,
    device: torch.device | None = None,
    checkpoint: Path | None = None,
    loss_of: Loss | None = None,
) -> History:
    """Train in place and leave the weights of the epoch that the settings keep.

    Batch order and dropout of an epoch depend on the seed and the epoch's number only, so that
    training resumed from a checkpoint ends with the same weights as training without a break.

    Parameters
    ----------
    checkpoint : Path, optional
        Where the state is kept, at most every `checkpoint_seconds`; training resumes from it if
        it exists and is whole.
    loss_of : callable, optional
        Mean loss of a batch from outputs and targets, in place of the task's.

    Raises
    ------
    FloatingPointError
        If a loss, gradient or weight is not finite, or the loss `DIVERGED`: what, in which epoch, and
        where the state after the epoch before it is kept.
    """
    device = device or default_device()
    model.to(device)
    if settings.channels_last:
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    train = train.to(device, settings.channels_last)
    if loss_of is None:
        loss_of = loss_function(settings, train.targets.cpu(), device)
    optimizer = optimizer_of(model, settings)
    history, best_weights = History(), deepcopy(model.state_dict())
    if checkpoint is not None and checkpoint.is_file():
        history, best_weights = checkpoints.read(checkpoint, model, optimizer) or (history, best_weights)
    saved, good = time.monotonic(), None
    for epoch in range(len(history.train), settings.epochs):
        if history.stopped(settings.patience):
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(settings, epoch)
        order_seed = seed * 100_003 + epoch
        try:
            loss = _epoch(model, train, settings, loss_of, optimizer, order_seed, device, history.train[:1])
            outputs = predict(model, dev, settings, device)
            dev_loss = loss_of(outputs.to(device), dev.targets.to(device))
            _finite({"development loss": dev_loss})
        except FloatingPointError as error:
            if checkpoint is not None and good is not None:
                checkpoints.write(checkpoint, *good)
            kept = f"{checkpoint} keeps the state after epoch {epoch}"
            kept = kept if epoch and checkpoint else "no epoch before it has a checkpoint"
            words = f"epoch {epoch + 1}: {error}: lower the learning rate or look at the inputs"
            raise FloatingPointError(f"{words}; {kept}") from None
        history.train.append(loss)
        history.dev.append(float(dev_loss))
        if history.best_epoch < 0 or history.dev[-1] < history.best:
            history.best_epoch = epoch
            best_weights = deepcopy(model.state_dict())
        if checkpoint is not None:
            good = checkpoints.state_of(model, optimizer), best_weights, deepcopy(history)
            if time.monotonic() - saved >= settings.checkpoint_seconds:
                checkpoints.write(checkpoint, *good)
                saved = time.monotonic()
    if settings.keep == "best":
        model.load_state_dict(best_weights)
    return history


def _epoch(
    model: nn.Module,
    train: Part,
    settings: TrainingSettings,
    loss_of: Loss,
    optimizer: torch.optim.Optimizer,
    seed: int,
    device: torch.device,
    first: list[float],
) -> float:
    torch.manual_seed(seed)
    order = torch.randperm(len(train)).to(device)
    total, steepest = torch.zeros(2, device=device)
    model.train()
    for rows in order.split(settings.batch_size):
        optimizer.zero_grad(set_to_none=True)
        for some in rows.split(settings.micro_batch or len(rows)):
            with torch.autocast(device.type, torch.bfloat16, settings.bfloat16):
                outputs = model(*(x[some] for x in train.inputs))
            loss = loss_of(outputs.float(), train.targets[some]) * (len(some) / len(rows))
            loss.backward()
            total += loss.detach() * len(rows)
        first = first or [float(total) / len(rows)]
        if settings.clip_value is not None:  # clipping hides what is infinite; else the weights show it
            steepest = torch.maximum(steepest, nn.utils.get_total_norm(_slopes(model), torch.inf))
            nn.utils.clip_grad_value_(model.parameters(), settings.clip_value)
        optimizer.step()
    state = model.state_dict(prefix="weight ")
    floats = {name: value for name, value in state.items() if value.is_floating_point()}
    values = {"training loss": total, "gradient": steepest, **floats}
    if not nn.utils.get_total_norm(values.values(), torch.inf).isfinite():
        values["gradient"] = steepest + nn.utils.get_total_norm(_slopes(model), torch.inf)
        _finite(values)
    mean = float(total) / len(train)
    if mean > DIVERGED * max(1, *first):
        raise FloatingPointError(f"training loss {mean:.3g}, at first {first[0]:.3g}")
    return mean


def _slopes(model: nn.Module) -> list[Tensor]:
    return [weight.grad for weight in model.parameters() if weight.grad is not None]


def _finite(values: Mapping[str, Tensor]) -> None:
    if wrong := [name for name, value in values.items() if not value.isfinite().all()]:
        raise FloatingPointError(f"not finite: {', '.join(wrong[:4])}")
