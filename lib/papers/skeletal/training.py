"""Work of the skeletal papers' runs: from feature stores to a trained model and predictions."""

import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.features.store import FeatureStore, FeatureWriter
from lib.models.registry import model_class
from lib.papers import classifiers
from lib.papers.extracted import Source
from lib.papers.kept import keep
from lib.papers.skeletal.inputs import load
from lib.project import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.checkpoints import load_model, save_model
from lib.training.loop import Part


@dataclass(frozen=True)
class Data:
    """What a run works on.

    `parts` are the samples of each part of the split in its order, whose index is their place among
    `inputs`, those of the model for every sample of the corpus (`lib.papers.skeletal.inputs.load`).
    `facts` are what the data decide: ``joints``, ``classes``, ``vocabulary``, ``vectors`` and so
    on; `fitted` is what was fitted on the training part.
    """

    parts: dict[str, pd.DataFrame]
    inputs: tuple[Tensor, ...]
    facts: dict[str, Any]
    fitted: dict[str, Any]


FITTED = "fitted.json"


def prepare(run: Run) -> Data:
    """Data of a run; a training that goes on keeps the standardisation and vocabulary of the first."""
    table, parts = _samples(run)
    first = run.settings.get("start")
    path = project_path(first["folder"]) / FITTED if first else None
    known = json.loads(path.read_text(encoding="utf-8")) if path else None
    training = parts["train"].index.to_numpy()
    inputs, facts, fitted = load(table, training, run.settings, run.seed, known)
    return Data(parts, inputs, facts | {"classes": len(run.settings["classes"])}, fitted)


def _samples(run: Run) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Samples of a run's corpus and `Data.parts`."""
    table = pd.read_parquet(project_path(run.settings["samples"])).reset_index(drop=True)
    place = pd.Series(table.index, index=table["sample_id"].astype(str))
    return table, {name: table.loc[place.loc[list(run.split.part(name))]] for name in PARTS}


def build(settings: dict[str, Any], facts: dict[str, Any], seed: int) -> nn.Module:
    """A model with weights drawn from the seed, and with the data's word vectors if there are any.

    Parameters
    ----------
    settings : dict
        ``model`` and ``arguments`` of `lib.papers.skeletal.settings.ModelSettings`.
    facts : dict
        See `Data`; each model takes what its constructor names.

    Raises
    ------
    ValueError
        If the model has no such argument.
    """
    torch.manual_seed(seed)
    kind = model_class(settings["model"])
    known = inspect.signature(kind).parameters
    given = {name: value for name, value in facts.items() if name in known}
    try:
        model = kind(**(given | settings["arguments"]))
    except TypeError as error:
        raise ValueError(f"model {settings['model']}: {error}") from None
    if facts.get("vectors") is not None:
        for module in model.modules():
            if isinstance(module, nn.Embedding):
                module.weight.data.copy_(torch.from_numpy(facts["vectors"]))
    return model


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one model on one split; write weights, history, attention, dev and test predictions.

    ``run.settings`` comes from `lib.papers.skeletal.runs.experiment`. With ``start``, the weights
    of a finished run are trained further.
    """
    data = prepare(run)
    model = build(run.settings["model"], data.facts, run.seed)
    if "start" in run.settings:
        load_model(model, project_path(run.settings["start"]["folder"]))
    train_prepared(run, folder, checkpoint, model, data)


def train_prepared(
    run: Run, folder: Path, checkpoint: Path, model: nn.Module, data: Data, whole: int | None = None
) -> None:
    """Train a model and write its results.

    `whole` is the number of parameters of the whole network, where the model is a part of it.
    """
    parts = {}
    for name, table in data.parts.items():
        index = torch.tensor(table.index.to_numpy())
        inputs = tuple(tensor[index] for tensor in data.inputs)
        parts[name] = Part(inputs, classifiers.targets_of(run, table))
    probabilities = classifiers.train(run, folder, checkpoint, model, parts)
    save_model(folder, model, whole)
    (folder / FITTED).write_text(json.dumps(data.fitted), encoding="utf-8")
    features = Source(run.corpus, Path(run.settings["samples"]).parent.as_posix()).metadata
    for path in run.settings["stores"].values():
        features = features | FeatureStore(project_path(path)).metadata
    owners = pd.concat(data.parts.values()).set_index("sample_id")["speaker"].dropna()
    sizes = {name: value for name, value in data.facts.items() if name != "vectors"}
    keep(folder, run, features, owners.to_dict(), sizes=sizes)
    if hasattr(getattr(model, "fusion", model), "explain"):
        _write_attention(model, parts["test"], run, folder / "attention.arrow")
    classifiers.predictions(run, data.parts, probabilities, folder / "predictions.parquet")


def train_baseline(run: Run, folder: Path, checkpoint: Path) -> None:
    """Random forest on plain statistics of motion or speech, on the same split."""
    from sklearn.ensemble import RandomForestClassifier

    settings, (table, parts) = run.settings, _samples(run)
    stores = {name: FeatureStore(project_path(path)) for name, path in settings["stores"].items()}
    features = np.stack([_statistics(stores, sample) for sample in table["sample_id"]])
    forest = RandomForestClassifier(settings["baseline"]["trees"], random_state=run.seed)
    forest.fit(features[parts["train"].index], classifiers.targets_of(run, parts["train"]).numpy())
    probabilities = {}
    for name in classifiers.PREDICTED:
        probabilities[name] = np.zeros((len(parts[name]), len(settings["classes"])))
        known = forest.predict_proba(features[parts[name].index])
        probabilities[name][:, forest.classes_] = known
    classifiers.predictions(run, parts, probabilities, folder / "predictions.parquet")


def _statistics(stores: dict[str, FeatureStore], sample: str) -> NDArray[Any]:
    """MFCC's mean and spread and prosody, (113,), or mean, spread and range of joints' positions
    and mean and spread of their speeds, (joints * 11,).
    """
    if "mfcc" in stores:
        mfcc = stores["mfcc"][sample]
        return np.concatenate([mfcc.mean(axis=0), mfcc.std(axis=0), stores["prosody"][sample]])
    skeleton = next(iter(stores.values()))[sample]  # (T, V, 3)
    speed = np.linalg.norm(np.diff(skeleton, axis=0), axis=2)  # (T-1, V)
    if not len(speed):
        speed = np.zeros((1, skeleton.shape[1]))
    positions = [skeleton.mean(axis=0), skeleton.std(axis=0), np.ptp(skeleton, axis=0)]
    flat = [values.ravel() for values in positions]
    return np.concatenate([*flat, speed.mean(axis=0), speed.std(axis=0)])


@torch.no_grad()
def _write_attention(model: nn.Module, test: Part, run: Run, path: Path) -> None:
    model.eval()
    with FeatureWriter(path, {"model": run.settings["model"]["model"]}) as writer:
        for number, sample in enumerate(run.split.test):
            inputs = [tensor[number : number + 1] for tensor in test.inputs]
            weights = model.explain(*inputs)  # type: ignore[operator]
            writer.write(sample, weights[0].numpy())
