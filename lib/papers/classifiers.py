"""Training and predictions of classifiers, as the runs of several papers do them."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from lib.evaluation.predictions import prediction_table
from lib.runs.run import Run
from lib.training.loop import Part, Rows, fit, predict
from lib.training.score import training_score
from lib.training.settings import TrainingSettings

PREDICTED = ("dev", "test")
"""Parts whose predictions are stored."""


def targets_of(run: Run, table: pd.DataFrame) -> Tensor:
    """Index of each sample's ``label`` among the run's classes, (samples,)."""
    return torch.tensor([run.settings["classes"].index(label) for label in table["label"]])


@torch.no_grad()
def encode(network: nn.Module, inputs: tuple[Tensor | Rows, ...], batch_size: int) -> tuple[Tensor, ...]:
    """What a network's frozen encoders make of every sample; sequences are padded with zeros."""
    device = next(network.eval().parameters()).device
    pieces = []
    for start in range(0, len(inputs[0]), batch_size):
        batch = [values.to(device)[start : start + batch_size] for values in inputs]
        pieces.append(network.encode(*batch))  # type: ignore[operator]
    encoded = []
    for found in zip(*pieces, strict=True):
        whole = found[0].ndim < 3  # lengths and vectors; states have as many steps as their batch
        states = [state for piece in found for state in piece]
        encoded.append(torch.cat(found) if whole else pad_sequence(states, batch_first=True))
    return tuple(tensor.cpu() for tensor in encoded)


def train(
    run: Run, folder: Path, checkpoint: Path, model: nn.Module, parts: dict[str, Part]
) -> dict[str, NDArray[Any]]:
    """Train a model, write ``history.json``, and return probabilities, (samples, classes)."""
    training = TrainingSettings.model_validate(run.settings["training"])
    history = fit(model, parts["train"], parts["dev"], training, run.seed, checkpoint=checkpoint)
    fitted = predict(model, parts["train"], training)
    history.score = training_score(training.task, fitted, parts["train"].targets)
    history.write(folder / "history.json")
    return {name: predict(model, parts[name], training).softmax(dim=1).numpy() for name in PREDICTED}


def predictions(
    run: Run, samples: dict[str, pd.DataFrame], probabilities: dict[str, NDArray[Any]], path: Path
) -> pd.DataFrame:
    """Store predictions of each part, from its samples (``sample_id``, ``cluster``, ``label``)."""
    classes, tables = run.settings["classes"], []
    for name, found in probabilities.items():
        table = samples[name].set_index("sample_id")
        truth = targets_of(run, table).numpy()
        tables.append(prediction_table(run, name, table["cluster"], truth, found, classes))
    stored = pd.concat(tables, ignore_index=True)
    stored.to_parquet(path, index=False)
    return stored
