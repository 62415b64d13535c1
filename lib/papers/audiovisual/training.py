"""Work of priyasad2020's runs: from segments to a trained network and predictions of clips."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from lib.evaluation.voting import majority_vote
from lib.features.store import FeatureWriter
from lib.models import image_backbones
from lib.models.audiovisual import AudioNetwork, AudioVisualFusion, AudioVisualNetwork, VideoNetwork
from lib.papers import classifiers
from lib.papers.audiovisual.inputs import pictures_of
from lib.papers.extracted import Source
from lib.papers.kept import keep
from lib.project import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.checkpoints import load_model, save_model
from lib.training.loop import Part, default_device


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one network on one split; write weights, attention, dev and test predictions.

    ``run.settings`` comes from `lib.papers.audiovisual.runs.experiment`. Where the split is over
    clips, predictions are those of clips, by majority vote; where it is over segments, those of
    segments.
    """
    settings = run.settings
    segments = {name: segments_of(run, name) for name in PARTS}
    torch.manual_seed(run.seed)
    network = build(settings)
    model: nn.Module = network
    chosen = settings["model"]
    fused = isinstance(network, AudioVisualNetwork)
    stored = chosen["freeze"] if fused else chosen["modality"] not in settings["trained"]
    parts = {}
    for name, table in segments.items():
        inputs: tuple[Any, ...] = pictures_of(settings, table)
        if stored:
            inputs = classifiers.encode(network.to(default_device()), inputs, batch_size=32)
        parts[name] = Part(inputs, classifiers.targets_of(run, table))
    if isinstance(network, AudioVisualNetwork):
        model = network.fusion if stored else network
    elif stored:
        backbone, network.backbone = network.backbone, nn.Identity()  # its vectors are the inputs
    probabilities = classifiers.train(run, folder, checkpoint, model, parts)
    tables = {name: table.assign(sample_id=table["segment"]) for name, table in segments.items()}
    predictions = classifiers.predictions(run, tables, probabilities, folder / "segments.parquet")
    if settings["unit"] == "clip":
        clip = predictions["sample_id"].str.rsplit("#", n=1).str[0]
        predictions = majority_vote(predictions, clip)
    predictions.to_parquet(folder / "predictions.parquet", index=False)
    if stored and not isinstance(network, AudioVisualNetwork):
        network.backbone = backbone
    save_model(folder, model, sum(weight.numel() for weight in network.parameters()))
    identity = "sample_id" if settings["unit"] == "clip" else "segment"
    owners = pd.concat(segments.values()).set_index(identity)["speaker"].dropna().to_dict()
    keep(folder, run, Source(run.corpus, settings["folder"]).metadata, owners)
    if isinstance(model, AudioVisualFusion) and model.attention is not None:
        vectors, names = parts["test"].inputs, segments["test"]["segment"]
        _write_attention(model, vectors, names, folder / "attention.arrow")


def segments_of(run: Run, part: str) -> pd.DataFrame:
    """Segments of a part of a run's split with label and cluster, in the split's order."""
    settings = run.settings
    folder = project_path(settings["folder"])
    segments = pd.read_parquet(folder / "segments.parquet")
    segments = segments[segments["variant"] == settings["model"]["variant"]]
    samples = pd.read_parquet(folder / "samples.parquet")[["sample_id", "label", "cluster", "speaker"]]
    table = segments.merge(samples, on="sample_id")
    column = "sample_id" if settings["unit"] == "clip" else "segment"
    order = {name: number for number, name in enumerate(run.split.part(part))}
    table = table.assign(order=table[column].map(order)).dropna(subset="order")
    return table.sort_values(["order", "number"], ignore_index=True)


def build(settings: dict[str, Any]) -> AudioNetwork | VideoNetwork | AudioVisualNetwork:
    """A run's network, its parts with the weights of the first phase."""
    model, backbone = settings["model"], settings["backbone"]
    last = {"classes": len(settings["classes"]), "dropout": settings["dropout"]}
    if model["modality"] != "both":
        weights = backbone["weights"]
        if weights not in (None, "imagenet"):
            weights = project_path(weights)
        body = image_backbones.build(backbone["name"], backbone["channels"], weights)
        if model["modality"] not in settings["trained"]:
            image_backbones.freeze(body.network)
        if model["modality"] == "audio":
            return AudioNetwork(body.network, body.features, **last)
        return VideoNetwork(body.network, body.features, model["hidden"], **last)
    parts: dict[str, Any] = {}
    for kind, encoder in settings["encoders"].items():
        network = build(settings | {"model": encoder["model"]})
        parts[kind] = load_model(network, encoder["folder"] and project_path(encoder["folder"]))
    audio, video = parts["audio"], parts["video"]
    fusion = AudioVisualFusion(audio.size, video.size, model["fusion"], model["over"], **last)
    return AudioVisualNetwork(audio, video, fusion)


@torch.no_grad()
def _write_attention(
    model: AudioVisualFusion, vectors: tuple[Any, ...], segments: pd.Series, path: Path
) -> None:
    weights = model.eval().explain(*vectors).numpy()
    with FeatureWriter(path, {"nodes": ["audio", "video"]}) as writer:
        for segment, row in zip(segments, weights, strict=True):
            writer.write(segment, row)
