"""Work of priyasad2020's runs: from segments to a trained network and predictions of clips."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from lib.evaluation.predictions import prediction_table
from lib.evaluation.voting import majority_vote
from lib.features.store import FeatureWriter
from lib.models import image_backbones
from lib.models.audiovisual import AudioNetwork, AudioVisualFusion, AudioVisualNetwork, VideoNetwork
from lib.papers.audiovisual import inputs as audiovisual_inputs
from lib.papers.audiovisual.inputs import Pictures
from lib.project import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.checkpoints import load_model, save_model, trainable_parameters
from lib.training.loop import Part, default_device, fit, predict
from lib.training.settings import TrainingSettings


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one network on one split; write weights, attention, dev and test predictions.

    ``run.settings`` comes from `lib.papers.audiovisual.runs.experiment`. Where the split is over
    clips, predictions are those of clips, by majority vote; where it is over segments, those of
    segments.
    """
    settings = run.settings
    parts = {name: segments_of(run, name) for name in PARTS}
    torch.manual_seed(run.seed)
    network = build(settings)
    model: nn.Module = network
    training = TrainingSettings.model_validate(settings["training"])
    data = {}
    for name, table in parts.items():
        inputs: tuple[Any, ...] = pictures_of(settings, table)
        if isinstance(network, AudioVisualNetwork) and settings["model"]["freeze"]:
            inputs, model = encode(network, inputs), network.fusion
        targets = torch.tensor([settings["classes"].index(label) for label in table["label"]])
        data[name] = Part(inputs, targets)
    history = fit(model, data["train"], data["dev"], training, run.seed, checkpoint=checkpoint)
    history.write(folder / "history.json")
    tables = []
    for name in ("dev", "test"):
        clusters, truth = parts[name].set_index("segment")["cluster"], data[name].targets.numpy()
        found = predict(model, data[name], training).softmax(dim=1).numpy()
        tables.append(prediction_table(run, name, clusters, truth, found, settings["classes"]))
    predictions = pd.concat(tables, ignore_index=True)
    predictions.to_parquet(folder / "segments.parquet", index=False)
    if settings["unit"] == "clip":
        clip = predictions["sample_id"].str.rsplit("#", n=1).str[0]
        predictions = majority_vote(predictions, clip)
    predictions.to_parquet(folder / "predictions.parquet", index=False)
    save_model(folder, model, trainable_parameters(network))
    if isinstance(model, AudioVisualFusion) and model.attention is not None:
        _write_attention(model, data["test"], parts["test"], folder / "attention.arrow")


def segments_of(run: Run, part: str) -> pd.DataFrame:
    """Segments of a part of a run's split with label and cluster, in the split's order."""
    settings = run.settings
    folder = project_path(settings["folder"])
    segments = pd.read_parquet(folder / "segments.parquet")
    segments = segments[segments["variant"] == settings["model"]["variant"]]
    samples = pd.read_parquet(folder / "samples.parquet")[["sample_id", "label", "cluster"]]
    table = segments.merge(samples, on="sample_id")
    column = "sample_id" if settings["unit"] == "clip" else "segment"
    order = {name: number for number, name in enumerate(run.split.part(part))}
    table = table.assign(order=table[column].map(order)).dropna(subset="order")
    return table.sort_values(["order", "number"], ignore_index=True)


def pictures_of(settings: dict[str, Any], segments: pd.DataFrame) -> tuple[Pictures, ...]:
    """A model's inputs for some segments: log-mel images, faces, or both."""
    folder, model = project_path(settings["folder"]), settings["model"]
    sizes = settings["backbone"]
    found = []
    if model["modality"] in ("audio", "both"):
        variant, size = model["variant"], sizes["audio_size"]
        found.append(audiovisual_inputs.mel_images(folder, variant, segments, size))
    if model["modality"] in ("video", "both"):
        found.append(audiovisual_inputs.faces(folder, segments, sizes["video_size"]))
    return tuple(found)


def build(settings: dict[str, Any]) -> AudioNetwork | VideoNetwork | AudioVisualNetwork:
    """A run's network, its parts with the weights of the first phase."""
    model, classes = settings["model"], len(settings["classes"])
    if model["modality"] != "both":
        return single(model, settings["backbone"], classes)
    parts: dict[str, Any] = {}
    for kind, encoder in settings["encoders"].items():
        network = single(encoder["model"], settings["backbone"], classes)
        parts[kind] = load_model(network, project_path(encoder["folder"]))
    audio, video = parts["audio"], parts["video"]
    fusion = AudioVisualFusion(audio.size, video.size, model["fusion"], model["over"], classes)
    return AudioVisualNetwork(audio, video, fusion)


def single(
    model: dict[str, Any], backbone: dict[str, Any], classes: int
) -> AudioNetwork | VideoNetwork:
    """The network of one modality."""
    weights = None if backbone["weights"] is None else project_path(backbone["weights"])
    body = image_backbones.build(backbone["name"], backbone["channels"], weights)
    if model["modality"] == "audio":
        return AudioNetwork(body.network, body.features, classes)
    return VideoNetwork(body.network, body.features, model["hidden"], classes)


@torch.no_grad()
def encode(
    network: AudioVisualNetwork, inputs: tuple[Any, ...], batch_size: int = 32
) -> tuple[Tensor, Tensor]:
    """Vectors of both frozen networks for every segment: the inputs of the fusion."""
    device = default_device()
    network.to(device).eval()
    pieces = []
    for start in range(0, len(inputs[0]), batch_size):
        rows = slice(start, start + batch_size)
        pieces.append(network.encode(*(pictures.to(device)[rows] for pictures in inputs)))
    audio, video = zip(*pieces, strict=True)
    return torch.cat(audio).cpu(), torch.cat(video).cpu()


@torch.no_grad()
def _write_attention(
    model: AudioVisualFusion, test: Part, segments: pd.DataFrame, path: Path
) -> None:
    model.eval()
    everything = slice(0, len(test))
    weights = model.explain(*(inputs[everything] for inputs in test.inputs)).numpy()
    with FeatureWriter(path, {"nodes": ["audio", "video"]}) as writer:
        for segment, row in zip(segments["segment"], weights, strict=True):
            writer.write(segment, row)
