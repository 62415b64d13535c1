"""Work of vo2022's runs: from scenes and bodies to a trained network and predictions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from lib.evaluation.predictions import prediction_table
from lib.features.augmentation_settings import AugmentationSettings
from lib.features.image_augmentation import augment, normalise
from lib.features.store import FeatureStore, FeatureWriter
from lib.models import image_backbones
from lib.models.context import STREAMS, ContextLoss, ContextNetwork, ContextOutput
from lib.project import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.checkpoints import load_model, save_model
from lib.training.loop import Part, Rows, default_device, fit, predict
from lib.training.settings import TrainingSettings


@dataclass(frozen=True)
class Pictures(Rows):
    """Scenes and bodies of people, normalised a batch at a time.

    Attributes
    ----------
    pairs : list of array of uint8, (2, 3, size, size)
        Shared with the store's file.
    augmentation : AugmentationSettings, optional
        For training; drawn from torch's own random state, which each epoch seeds.
    """

    pairs: list[NDArray[np.uint8]]
    augmentation: AugmentationSettings | None = None

    def __len__(self) -> int:
        return len(self.pairs)

    def batch(self, numbers: NDArray[np.intp]) -> Tensor:
        """Pictures of people, (rows, 2, 3, size, size)."""
        stacked = torch.from_numpy(np.stack([self.pairs[row] for row in numbers]))
        pairs = normalise(stacked.to(self.device))
        if self.augmentation is None:
            return pairs
        seed = int(torch.randint(2**31, (1,)))
        return augment(pairs, self.augmentation, torch.Generator().manual_seed(seed))


class PackedContext(nn.Module):
    """`ContextNetwork` on pairs of pictures, its outputs as one tensor for the training loop.

    Parameters
    ----------
    network : ContextNetwork
    frozen : sequence of str
        Streams that stay in evaluation mode.
    stored : sequence of str
        Streams that get features in place of pictures, in the order of the further inputs.
    """

    def __init__(
        self, network: ContextNetwork, frozen: tuple[str, ...] = (), stored: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.network, self.frozen, self.stored = network, frozen, stored

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all streams but the frozen ones, which stay in evaluation mode."""
        super().train(mode)
        for name in self.frozen:
            self.network.backbones[name].eval()
        return self

    def outputs(self, pairs: Tensor, *features: Tensor) -> ContextOutput:
        """Outputs by name of (batch, 2, 3, size, size): scene, body."""
        given = dict(zip(self.stored, features, strict=True))
        inputs = [
            given[name] if name in given else pairs[:, 1 if name == "body" else 0]
            for name in self.network.backbones
        ]
        return self.network(*inputs)

    def forward(self, pairs: Tensor, *features: Tensor) -> Tensor:
        """(batch, labels * (1 + streams) + weights): fused, each stream's head, weights."""
        found = self.outputs(pairs, *features)
        parts = [found.fused, *found.streams.values()]
        return torch.cat(parts if found.weights is None else [*parts, found.weights], dim=1)

    def unpack(self, packed: Tensor) -> ContextOutput:
        """Outputs by name of what `forward` returns."""
        names = list(self.network.backbones)
        labels = self.network.output.out_features
        fused, *heads = packed[:, : labels * (1 + len(names))].split(labels, dim=1)
        rest = packed[:, labels * (1 + len(names)) :]
        weights = rest if rest.shape[1] else None
        return ContextOutput(fused, dict(zip(names, heads, strict=True)), weights)


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one network; write weights, impact weights and predictions of dev and test.

    ``run.settings`` comes from `lib.papers.context.runs.experiment`.
    """
    settings = run.settings
    source = project_path(settings["folder"])
    store = FeatureStore(source / "pictures.arrow")
    labels = store.metadata["labels"]
    table = pd.read_parquet(source / "samples.parquet").set_index("sample_id")
    torch.manual_seed(run.seed)
    model = build(settings, len(labels))
    augmentation = AugmentationSettings.model_validate(settings["augmentation"])
    parts = {}
    for name in PARTS:
        ids = list(run.split.part(name))
        plain = Pictures([store[sample] for sample in ids])
        shown = Pictures([store[s] for s in ids], augmentation) if name == "train" else plain
        truth = torch.tensor(table.loc[ids, labels].to_numpy(np.float32))
        parts[name] = Part((shown, *stored_features(settings, plain)), truth)
    training = TrainingSettings.model_validate(settings["training"])
    loss = settings["loss"]
    coefficients = {name: loss[name] for name in (*STREAMS, "fused")}
    device = default_device()
    shares = parts["train"].targets.mean(dim=0)
    of_network = ContextLoss(shares, loss["c"], coefficients, loss["per_batch"]).to(device)

    def loss_of(packed: Tensor, targets: Tensor) -> Tensor:
        return of_network(model.unpack(packed), targets)

    train_part, dev = parts["train"], parts["dev"]
    history = fit(model, train_part, dev, training, run.seed, device, checkpoint, loss_of)
    history.write(folder / "history.json")
    found = {name: model.unpack(predict(model, parts[name], training)) for name in ("dev", "test")}
    tables = []
    for name, outputs in found.items():
        clusters = table.loc[list(run.split.part(name)), "cluster"]
        positive, scores = parts[name].targets.numpy() > 0, outputs.fused.numpy()
        tables.append(prediction_table(run, name, clusters, positive, scores, labels))
    pd.concat(tables, ignore_index=True).to_parquet(folder / "predictions.parquet", index=False)
    whole = sum(_size(stream(settings, name)[0]) for name in model.stored) + _size(model)
    save_model(folder, model.network, whole)
    weights = found["test"].weights
    if weights is not None:
        with FeatureWriter(folder / "attention.arrow", {"streams": _streams(settings)}) as writer:
            for sample, row in zip(run.split.test, weights.numpy(), strict=True):
                writer.write(sample, row)


def build(settings: dict[str, Any], labels: int) -> PackedContext:
    """A run's network, without frozen streams whose features are stored."""
    names, frozen = _streams(settings), _frozen(settings)
    stored = frozen if settings["store_frozen"] else ()
    features, networks = 0, {}
    for name in names:
        network, features = stream(settings, name)
        networks[name] = network if name not in frozen else image_backbones.freeze(network)
    backbones = {
        name: nn.Identity() if name in stored else network for name, network in networks.items()
    }
    fusion = settings["model"]["fusion"]
    network = ContextNetwork(backbones, features, labels, fusion, settings["hidden"])
    return PackedContext(network, frozen, stored)


def load(run: Run, folder: Path) -> PackedContext:
    """The network of a finished run, in evaluation mode."""
    store = FeatureStore(project_path(run.settings["folder"]) / "pictures.arrow")
    model = build(run.settings, len(store.metadata["labels"]))
    load_model(model.network, folder)
    return model.eval()


def stream(settings: dict[str, Any], name: str) -> tuple[nn.Module, int]:
    """A stream's network with the weights that it starts from, and the length of its vector."""
    backbone = settings["backbone"]
    built = image_backbones.build(backbone["name"], backbone["channels"])
    path = project_path(settings["folder"]) / f"{name}.safetensors"
    built.network.load_state_dict(load_file(path))
    return built.network, built.features


@torch.no_grad()
def stored_features(
    settings: dict[str, Any], pictures: Pictures, batch_size: int = 64
) -> tuple[Tensor, ...]:
    """Features of frozen streams, each (samples, features); empty unless they are stored."""
    if not settings["store_frozen"]:
        return ()
    device = default_device()
    found = []
    for name in _frozen(settings):
        network = image_backbones.freeze(stream(settings, name)[0]).to(device)
        place = 1 if name == "body" else 0
        batches = [
            network(pictures.to(device)[start : start + batch_size][:, place]).cpu()
            for start in range(0, len(pictures), batch_size)
        ]
        found.append(torch.cat(batches))
    return tuple(found)


def _size(model: nn.Module) -> int:
    """Number of parameters, frozen ones included."""
    return sum(weight.numel() for weight in model.parameters())


def _streams(settings: dict[str, Any]) -> list[str]:
    return [name for name in STREAMS if name in settings["model"]["streams"]]


def _frozen(settings: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in _streams(settings) if name not in settings["trained"])
