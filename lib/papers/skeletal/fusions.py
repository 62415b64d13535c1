"""Work of the runs of fusions: the second phase of shi2020's and shi2021's two-phase training."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lib.models.multimodal import MultimodalNetwork
from lib.papers.skeletal.models import build, construct, load
from lib.papers.skeletal.training import prepare, train_prepared
from lib.runs.run import Run
from lib.training.checkpoints import trainable_parameters


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train a fusion on the networks of finished runs; see `lib.papers.skeletal.training.train`."""
    settings = run.settings
    samples, inputs, facts = prepare(run)
    network = build_fusion(settings["model"], settings["encoders"], facts, run.seed)
    parameters = trainable_parameters(network)
    model: nn.Module = network
    if settings["model"]["freeze"]:
        model, inputs = network.fusion, encode(network, inputs)
    train_prepared(run, folder, checkpoint, model, samples, inputs, parameters)


def build_fusion(
    settings: dict[str, Any], encoders: dict[str, Any], facts: dict[str, Any], seed: int
) -> MultimodalNetwork:
    """A fusion on trained encoders.

    Parameters
    ----------
    encoders : dict
        By modality: ``folder`` of a finished run and its ``model`` settings.
    """
    trained: dict[str, Any] = {
        kind: load(build(entry["model"], facts, seed), entry["folder"])
        for kind, entry in encoders.items()
    }
    sizes = {
        "audio": trained["audio"].size,
        "text": trained["text"].size,
        "skeleton": trained["skeleton"].output.in_features,
        "hidden": trained["text"].encoder.size,
    }
    torch.manual_seed(seed)
    joined = construct(settings, facts | sizes)
    return MultimodalNetwork(trained["skeleton"], trained["audio"], trained["text"], joined)


@torch.no_grad()
def encode(
    network: MultimodalNetwork, inputs: tuple[Tensor, ...], batch_size: int = 128
) -> tuple[Tensor, ...]:
    """Outputs of frozen encoders for every sample; states are padded with zeros."""
    network.eval()
    pieces: list[tuple[Tensor, ...]] = [
        network.encode(*(tensor[start : start + batch_size] for tensor in inputs))
        for start in range(0, len(inputs[0]), batch_size)
    ]
    joined = []
    for tensors in zip(*pieces, strict=True):
        if tensors[0].ndim == 3:
            longest = max(tensor.shape[1] for tensor in tensors)
            tensors = tuple(
                nn.functional.pad(tensor, (0, 0, 0, longest - tensor.shape[1]))
                for tensor in tensors
            )
        joined.append(torch.cat(tensors))
    return tuple(joined)
