"""Work of the skeletal papers' runs: from feature stores to a trained model and predictions."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from lib.evaluation.predictions import class_table
from lib.features.store import FeatureStore, FeatureWriter
from lib.models.multimodal import MultimodalNetwork
from lib.models.weights import count_parameters
from lib.papers.skeletal import inputs as skeletal_inputs
from lib.papers.skeletal.models import build, build_fusion, load
from lib.papers.skeletal.settings import MODALITIES
from lib.params import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.loop import Part, fit, predict
from lib.training.settings import TrainingSettings

Rows = dict[str, NDArray[np.intp]]


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one model on one split; write weights, history, attention, dev and test predictions.

    ``run.settings`` comes from `lib.papers.skeletal.runs.plan_runs`. With ``encoders`` the model is
    a fusion on finished runs (two-phase training); with ``start`` the weights of a finished run are
    trained further.
    """
    settings = run.settings
    table, targets, rows = _samples(run)
    modalities = MODALITIES[settings["model"]["name"]]
    inputs, facts = skeletal_inputs.load(table, rows["train"], modalities, settings, run.seed)
    facts |= {"classes": len(settings["classes"])}
    model: nn.Module
    whole: nn.Module
    if "encoders" in settings:
        network = build_fusion(settings["model"], settings["encoders"], facts, run.seed)
        frozen = settings["model"]["freeze"]
        model, inputs = (network.fusion, encode(network, inputs)) if frozen else (network, inputs)
        whole = network
    else:
        model = whole = build(settings["model"], facts, run.seed)
        if "start" in settings:
            load(model, settings["start"]["folder"])
    training = TrainingSettings.model_validate(settings["training"])
    parts = {name: _part(inputs, targets, rows[name]) for name in PARTS}
    history = fit(model, parts["train"], parts["dev"], training, run.seed, checkpoint=checkpoint)
    history.write(folder / "history.json")
    probabilities = {
        name: predict(model, parts[name], training).softmax(dim=1).numpy()
        for name in ("dev", "test")
    }
    weights = {name: value.contiguous() for name, value in model.cpu().state_dict().items()}
    save_file(weights, folder / "model.safetensors")
    counts = {"parameters": count_parameters(whole), "trained": count_parameters(model)}
    (folder / "parameters.json").write_text(json.dumps(counts), encoding="utf-8")
    if hasattr(model, "explain"):
        _write_attention(model, parts["test"], run, folder / "attention.arrow")
    _write_predictions(run, table, rows, targets, probabilities, folder)


@torch.no_grad()
def encode(
    network: MultimodalNetwork, inputs: tuple[Tensor, ...], batch_size: int = 128
) -> tuple[Tensor, ...]:
    """What frozen encoders give the fusion for every sample; states are padded with zeros."""
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


def train_baseline(run: Run, folder: Path, checkpoint: Path) -> None:
    """Random forest on plain statistics of motion or speech, on the same split."""
    from sklearn.ensemble import RandomForestClassifier

    settings = run.settings
    table, targets, rows = _samples(run)
    stores = {name: FeatureStore(project_path(path)) for name, path in settings["stores"].items()}
    features = np.stack([_statistics(stores, sample) for sample in table["sample_id"]])
    forest = RandomForestClassifier(settings["baseline"]["trees"], random_state=run.seed)
    forest.fit(features[rows["train"]], targets.numpy()[rows["train"]])
    probabilities = {}
    for name in ("dev", "test"):
        known = forest.predict_proba(features[rows[name]])
        probabilities[name] = np.zeros((len(known), len(settings["classes"])))
        probabilities[name][:, forest.classes_] = known
    _write_predictions(run, table, rows, targets, probabilities, folder)


def _statistics(stores: dict[str, FeatureStore], sample: str) -> NDArray[Any]:
    if "mfcc" in stores:
        mfcc = stores["mfcc"][sample]
        return np.concatenate([mfcc.mean(axis=0), mfcc.std(axis=0), stores["prosody"][sample]])
    return motion_statistics(next(iter(stores.values()))[sample])


def motion_statistics(skeleton: NDArray[Any]) -> NDArray[Any]:
    """Mean, spread, range of positions and mean, spread of speeds of each joint.

    Parameters
    ----------
    skeleton : array, (frames, joints, 3)

    Returns
    -------
    array, (joints * 11,)
    """
    speed = np.linalg.norm(np.diff(skeleton, axis=0), axis=2)  # (T-1, V)
    if not len(speed):
        speed = np.zeros((1, skeleton.shape[1]))
    return np.concatenate(
        [skeleton.mean(axis=0).ravel(), skeleton.std(axis=0).ravel(),
         np.ptp(skeleton, axis=0).ravel(), speed.mean(axis=0), speed.std(axis=0)]
    )  # fmt: skip


def _samples(run: Run) -> tuple[pd.DataFrame, Tensor, Rows]:
    table = pd.read_parquet(project_path(run.settings["samples"]))
    classes = run.settings["classes"]
    targets = torch.tensor([classes.index(label) for label in table["label"]])
    place = pd.Series(np.arange(len(table)), index=table["sample_id"].astype(str))
    rows = {name: np.array(place.loc[list(run.split.part(name))]) for name in PARTS}
    return table, targets, rows


def _part(inputs: tuple[Tensor, ...], targets: Tensor, rows: NDArray[np.intp]) -> Part:
    index = torch.from_numpy(rows)
    return Part(tuple(tensor[index] for tensor in inputs), targets[index])


@torch.no_grad()
def _write_attention(model: nn.Module, test: Part, run: Run, path: Path) -> None:
    model.eval()
    with FeatureWriter(path, {"model": run.settings["model"]["name"]}) as writer:
        for number, sample in enumerate(run.split.test):
            inputs = [tensor[number : number + 1] for tensor in test.inputs]
            weights = model.explain(*inputs)  # type: ignore[operator]
            writer.write(sample, weights[0].numpy())


def _write_predictions(
    run: Run,
    table: pd.DataFrame,
    rows: Rows,
    targets: Tensor,
    probabilities: dict[str, NDArray[Any]],
    folder: Path,
) -> None:
    parts = []
    for name, values in probabilities.items():
        chosen = table.iloc[rows[name]]
        parts.append(
            class_table(
                run, name, chosen["sample_id"].to_list(), chosen["cluster"].to_list(),
                targets.numpy()[rows[name]], values, run.settings["classes"],
            )
        )  # fmt: skip
    pd.concat(parts).to_parquet(folder / "predictions.parquet", index=False)
