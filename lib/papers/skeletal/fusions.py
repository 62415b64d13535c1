"""Work of the runs of fusions: the second phase of shi2020's and shi2021's two-phase training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from lib.models.multimodal import MultimodalNetwork
from lib.papers import classifiers
from lib.papers.skeletal.training import build, prepare, train_prepared
from lib.project import project_path
from lib.runs.run import Run
from lib.training.checkpoints import load_model, trainable_parameters


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train a fusion on the networks of finished runs; see `lib.papers.skeletal.training.train`."""
    settings, data = run.settings, prepare(run)
    network = build_fusion(settings["model"], settings["encoders"], data.facts, run.seed)
    whole = trainable_parameters(network)
    model: nn.Module = network
    if settings["model"]["freeze"]:
        encoded = classifiers.encode(network, data.inputs, batch_size=128)
        model, data = network.fusion, replace(data, inputs=encoded)
    train_prepared(run, folder, checkpoint, model, data, whole)


def build_fusion(
    settings: dict[str, Any], encoders: dict[str, Any], facts: dict[str, Any], seed: int
) -> MultimodalNetwork:
    """A fusion on trained encoders; arguments as in `lib.papers.skeletal.training.build`.

    `encoders` has, by modality, the ``folder`` of a finished run (or None) and its ``model`` settings.
    """
    trained: dict[str, Any] = {
        kind: load_model(
            build(entry["model"], facts, seed), entry["folder"] and project_path(entry["folder"])
        )
        for kind, entry in encoders.items()
    }
    sizes = {
        "audio": trained["audio"].size,
        "text": trained["text"].size,
        "skeleton": trained["skeleton"].output.in_features,
        "hidden": trained["text"].encoder.size,
    }
    fusion = build(settings, facts | sizes, seed)
    return MultimodalNetwork(trained["skeleton"], trained["audio"], trained["text"], fusion)
