"""Networks of finished runs and of cards, and what they make of features, without any corpus."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from lib.features.store import FeatureStore
from lib.models.audiovisual import AudioVisualNetwork
from lib.models.multimodal import MultimodalNetwork
from lib.models.registry import modalities
from lib.papers import classifiers
from lib.papers.audiovisual import inputs as audiovisual_inputs
from lib.papers.audiovisual import training as audiovisual
from lib.papers.context import inputs as context_inputs
from lib.papers.context import training as context
from lib.papers.skeletal import fusions, inputs
from lib.papers.skeletal import training as skeletal
from lib.papers.valence import training as valence
from lib.training.checkpoints import load_model
from lib.training.loop import Part, default_device, predict
from lib.training.settings import TrainingSettings
from scripts.predict.cards import ModelError

Record = dict[str, Any]


def assemble(record: Record, folder: Path, whole: bool) -> nn.Module:
    """Network of a run or, with all its weights in one file (`whole`), of a card.

    `record` is from `scripts.predict.models.read`. A run's fusion takes its encoders from the runs beside it.
    """
    settings, seed = record["settings"], record["seed"]
    encoders = {
        kind: entry | {"folder": None if whole else str(folder.parent / Path(entry["folder"]).name)}
        for kind, entry in settings.get("encoders", {}).items()
    }
    network: nn.Module
    if record["paper"] == "skeletal":
        make = fusions.build_fusion if encoders else None
        arguments = (settings["model"], encoders, record["sizes"], seed)
        network = make(*arguments) if make else skeletal.build(settings["model"], record["sizes"], seed)
    elif record["paper"] == "audiovisual":
        backbone = settings["backbone"] | {"weights": None}
        network = audiovisual.build(settings | {"encoders": encoders, "backbone": backbone})
    elif record["paper"] == "context":
        network = context.build(settings | {"folder": None}, len(record["features"]["labels"]))
    else:
        network = valence.build(settings["model"])
    if whole:
        weights(network).load_state_dict(load_file(folder / "model.safetensors"))
    else:
        load_model(_trained(network, settings), folder)
        if isinstance(network, context.PackedContext) and network.stored:
            nn.ModuleDict(network.stored).load_state_dict(load_file(folder / context.STORED))
    if settings["training"]["channels_last"]:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.to(default_device()).eval()


def weights(network: nn.Module) -> nn.Module:
    """Module with all weights of a network, those of stored streams too."""
    if isinstance(network, context.PackedContext):
        return nn.ModuleDict({"network": network.network, "stored": nn.ModuleDict(network.stored)})
    return network


def _trained(network: nn.Module, settings: Record) -> nn.Module:
    """The part of a network whose weights are in its run's own file."""
    if isinstance(network, context.PackedContext):
        return network.network
    if isinstance(network, AudioVisualNetwork | MultimodalNetwork) and settings["model"]["freeze"]:
        return network.fusion
    return network


def outputs(network: nn.Module, record: Record, folder: Path, units: Sequence[str]) -> NDArray[Any]:
    """What a network says about features in the form that the paper's extraction writes.

    Parameters
    ----------
    folder : Path
        Feature stores and tables, as `lib.papers.<paper>.extraction` names them.
    units : sequence of str
        Samples, segments, people or recordings.

    Returns
    -------
    array
        Probabilities of classes, (units, classes); scores of labels, (units, labels); or valence at the
        times of the recordings' traces, (times,).
    """
    functions = {"skeletal": _skeletal, "audiovisual": _audiovisual, "context": _context}
    function = functions.get(record["paper"], _valence)
    return function(network, record, folder.resolve(), list(units))


def _predicted(network: nn.Module, record: Record, given: tuple[Any, ...]) -> Tensor:
    training = TrainingSettings.model_validate(record["settings"]["training"])
    return predict(network.to(default_device()), Part(given, torch.zeros(len(given[0]))), training)


def _skeletal(network: Any, record: Record, folder: Path, units: list[str]) -> NDArray[Any]:
    settings = record["settings"]
    frozen = _trained(network, settings) is not network
    table = pd.read_parquet(folder / "samples.parquet").reset_index(drop=True)
    rows = pd.Index(table["sample_id"].astype(str)).get_indexer(pd.Index(units))
    if (rows < 0).any():
        raise ModelError(f"{folder} has no features of {units[int((rows < 0).argmax())]!r}")
    table = table if frozen else table.iloc[rows].reset_index(drop=True)
    kinds = modalities(settings["model"]["model"])  # JSON does not keep the order of the inputs
    chosen = {kind: settings["inputs"][kind] for kind in kinds}
    if "text" in chosen:
        chosen["text"] = chosen["text"] | {"glove": False}  # the weights hold the vectors
    stores = {name: str(folder / f"{name}.arrow") for name in settings["stores"]}
    nothing = np.zeros(0, np.intp)
    given, _, _ = inputs.load(
        table, nothing, {"stores": stores, "inputs": chosen}, record["seed"], record["fitted"]
    )
    if frozen:  # in the batches of its training, on which the last digits depend
        encoded = classifiers.encode(network, given, batch_size=128)
        given, network = tuple(tensor[rows] for tensor in encoded), network.fusion
    return _predicted(network, record, given).softmax(dim=1).numpy()


def _audiovisual(network: Any, record: Record, folder: Path, units: list[str]) -> NDArray[Any]:
    settings, model = record["settings"], record["settings"]["model"]
    table = pd.read_parquet(folder / "segments.parquet").set_index("segment").loc[units].reset_index()
    given: tuple[Any, ...] = audiovisual_inputs.pictures_of(settings | {"folder": str(folder)}, table)
    fused = isinstance(network, AudioVisualNetwork)
    if model["freeze"] if fused else model["modality"] not in settings["trained"]:
        given = classifiers.encode(network, given, batch_size=32)
        if fused:
            return _predicted(network.fusion, record, given).softmax(dim=1).numpy()
        backbone, network.backbone = network.backbone, nn.Identity()
        try:
            return _predicted(network, record, given).softmax(dim=1).numpy()
        finally:
            network.backbone = backbone
    return _predicted(network, record, given).softmax(dim=1).numpy()


def _context(network: Any, record: Record, folder: Path, units: list[str]) -> NDArray[Any]:
    store = FeatureStore(folder / "pictures.arrow")
    pictures = context_inputs.pictures_of(record["settings"], store, units)
    features = network.stored_features(pictures)
    return network.unpack(_predicted(network, record, (pictures, *features))).fused.numpy()


def _valence(network: Any, record: Record, folder: Path, units: list[str]) -> NDArray[Any]:
    run: Any = SimpleNamespace(
        settings=record["settings"] | {"folder": str(folder)}, split=SimpleNamespace(part=lambda _: units)
    )
    training = TrainingSettings.model_validate(record["settings"]["training"])
    found = valence.predicted_traces(run, network, training, "test", record["mean"])
    return found["prediction"].to_numpy()
