"""Work of vo2022's runs: from scenes and bodies to a trained network and predictions."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from lib.evaluation.predictions import prediction_table
from lib.features.augmentation_settings import AugmentationSettings
from lib.features.store import FeatureStore, FeatureWriter
from lib.models import image_backbones
from lib.models.context import STREAMS, ContextLoss, ContextNetwork, ContextOutput, value_loss
from lib.papers.context.inputs import Pictures, pictures_of
from lib.papers.kept import keep
from lib.project import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.checkpoints import load_model, save_model
from lib.training.loop import Part, default_device, fit, predict
from lib.training.score import training_score
from lib.training.settings import TrainingSettings

SEEN = {"body": 1, "place": 0, "gist": 0}
"""Picture of a pair that a stream sees: 0 for the scene, 1 for the body."""
STORED = "stored.safetensors"
"""Weights of streams whose features are stored, in a run's folder."""


class PackedContext(nn.Module):
    """`ContextNetwork` on pairs of pictures, its outputs as one tensor for the training loop.

    The networks in `stored` are no part of the model: their streams get features in place of pictures, as
    further inputs in the same order.
    """

    def __init__(self, network: ContextNetwork, stored: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.network, self.stored = network, dict(stored)

    @torch.no_grad()
    def stored_features(self, pictures: Pictures) -> tuple[Tensor, ...]:
        """Features of the stored streams, each (samples, features)."""
        pictures = pictures.to(default_device())
        found = []
        for name, network in self.stored.items():
            network.to(pictures.device)
            rows = torch.arange(len(pictures)).split(64)
            batches = [network(pictures[batch][:, SEEN[name]]).cpu() for batch in rows]
            found.append(torch.cat(batches))
        return tuple(found)

    def outputs(self, pairs: Tensor, *features: Tensor) -> ContextOutput:
        """Outputs by name of (batch, 2, 3, size, size): scene, body."""
        given = dict(zip(self.stored, features, strict=True))
        streams = self.network.backbones
        return self.network(*(given.get(name, pairs[:, SEEN[name]]) for name in streams))

    def forward(self, pairs: Tensor, *features: Tensor) -> Tensor:
        """(batch, labels * (1 + streams) + values + weights): fused, each stream's head, values, weights."""
        fused, heads, weights, values = self.outputs(pairs, *features)
        further = [each for each in (values, weights) if each is not None]
        return torch.cat([fused, *heads.values(), *further], dim=1)

    def unpack(self, packed: Tensor) -> ContextOutput:
        """Outputs by name of what `forward` returns."""
        streams, labels = list(self.network.backbones), self.network.output.out_features
        ends = [labels * number for number in range(1, len(streams) + 2)]
        given = self.network.continuous
        ends.append(ends[-1] + (0 if given is None else given.out_features))
        fused, *heads, values, weights = packed.tensor_split(ends, dim=1)
        found = dict(zip(streams, heads, strict=True))
        further = (each if each.shape[1] else None for each in (weights, values))
        return ContextOutput(fused, found, *further)


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one network; write weights, impact weights and predictions of dev and test.

    ``run.settings`` comes from `lib.papers.context.runs.experiment`.
    """
    settings = run.settings
    source = project_path(settings["folder"])
    store = FeatureStore(source / "pictures.arrow")
    labels = store.metadata["labels"]
    table = pd.read_parquet(source / "samples.parquet").set_index("sample_id")
    values = settings["values"]
    torch.manual_seed(run.seed)
    model = build(settings, len(labels))
    augmentation = AugmentationSettings.model_validate(settings["augmentation"])
    parts = {}
    for name in PARTS:
        ids = list(run.split.part(name))
        pictures = pictures_of(settings, store, ids)
        features = model.stored_features(pictures)
        truth = torch.tensor(table.loc[ids, labels + values].to_numpy(np.float32))
        truth[:, len(labels) :] /= 10
        parts[name] = Part((pictures, *features), truth)
        if name == "train":
            shown = Part((replace(pictures, augmentation=augmentation), *features), truth)
    training = TrainingSettings.model_validate(settings["training"])
    loss = settings["loss"]
    coefficients = {name: loss[name] for name in (*STREAMS, "fused")}
    shares = parts["train"].targets[:, : len(labels)].mean(dim=0)
    device = default_device()
    of_network = ContextLoss(shares, loss["c"], coefficients, loss["per_batch"]).to(device)

    def loss_of(packed: Tensor, targets: Tensor) -> Tensor:
        output, own = model.unpack(packed), targets[:, len(labels) :]
        error = of_network(output, targets[:, : len(labels)])
        if output.continuous is not None:
            error = error + loss["values"] * value_loss(output.continuous, own)
        return error

    history = fit(model, shown, parts["dev"], training, run.seed, device, checkpoint, loss_of)
    fitted = model.unpack(predict(model, parts["train"], training)).fused
    history.score = training_score(training.task, fitted, shown.targets[:, : len(labels)])
    history.write(folder / "history.json")
    found = {name: model.unpack(predict(model, parts[name], training)) for name in ("dev", "test")}
    tables = []
    for name, outputs in found.items():
        clusters = table.loc[list(run.split.part(name)), "cluster"]
        positive, scores = parts[name].targets[:, : len(labels)].numpy() > 0, outputs.fused.numpy()
        tables.append(prediction_table(run, name, clusters, positive, scores, labels))
    pd.concat(tables, ignore_index=True).to_parquet(folder / "predictions.parquet", index=False)
    if found["test"].continuous is not None:
        predicted = pd.DataFrame(10 * found["test"].continuous.numpy(), run.split.test, values)
        predicted.to_parquet(folder / "values.parquet")
    networks = (model, *model.stored.values())
    whole = sum(weight.numel() for network in networks for weight in network.parameters())
    save_model(folder, model.network, whole)
    if model.stored:  # are in no other file of the run
        save_file(nn.ModuleDict(model.stored).cpu().state_dict(), folder / STORED)
    keep(folder, run, store.metadata, table["cluster"].to_dict())
    weights = found["test"].weights
    if weights is not None:
        streams = {"streams": list(model.network.backbones)}
        with FeatureWriter(folder / "attention.arrow", streams) as writer:
            for sample, row in zip(run.split.test, weights.numpy(), strict=True):
                writer.write(sample, row)


def build(settings: dict[str, Any], labels: int) -> PackedContext:
    """A run's network, with frozen streams left out of it if their features are stored."""
    names = [name for name in STREAMS if name in settings["model"]["streams"]]
    found = {name: stream(settings, name) for name in names}
    networks = {name: backbone.network for name, backbone in found.items()}
    fixed = [name for name in names if name not in settings["trained"]]
    frozen = {name: image_backbones.freeze(networks[name]) for name in fixed}
    stored = frozen if settings["store_frozen"] else {}
    networks |= dict.fromkeys(stored, nn.Identity())
    features, fusion = found[names[0]].features, settings["model"]["fusion"]
    values = len(settings["values"])
    network = ContextNetwork(networks, features, labels, fusion, settings["hidden"], values)
    return PackedContext(network, stored)


def load(run: Run, folder: Path, pictures: bool = False) -> PackedContext:
    """The network of a finished run, in evaluation mode; with `pictures` no stream takes stored features."""
    store = FeatureStore(project_path(run.settings["folder"]) / "pictures.arrow")
    model = build(run.settings, len(store.metadata["labels"]))
    load_model(model.network, folder)
    model.network.backbones.update(model.stored if pictures else {})
    model.stored = {} if pictures else model.stored
    return model.eval()


def stream(settings: dict[str, Any], name: str) -> image_backbones.Backbone:
    """A stream's network with the weights that it starts from; random ones without a ``folder``."""
    backbone, folder = settings["backbone"], settings["folder"]
    weights = folder and project_path(folder) / f"{name}.safetensors"
    return image_backbones.build(backbone["name"], backbone["channels"], weights)
