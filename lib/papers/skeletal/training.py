"""Work of the skeletal papers' runs: from feature stores to a trained model and predictions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.evaluation.predictions import prediction_table
from lib.features.store import FeatureStore, FeatureWriter
from lib.papers.skeletal import inputs as skeletal_inputs
from lib.papers.skeletal.models import build, load
from lib.project import project_path
from lib.runs.run import Run
from lib.splits.split import PARTS
from lib.training.checkpoints import save_model
from lib.training.loop import Part, fit, predict
from lib.training.settings import TrainingSettings


@dataclass(frozen=True)
class Samples:
    """Samples of a run's corpus.

    Attributes
    ----------
    targets : Tensor, (samples,)
        Class indices.
    rows : dict of array
        Rows of each part of the split, in its order.
    """

    table: pd.DataFrame
    targets: Tensor
    rows: dict[str, NDArray[np.intp]]

    @classmethod
    def of(cls, run: Run) -> "Samples":
        """Samples of a run's corpus and split."""
        table = pd.read_parquet(project_path(run.settings["samples"]))
        classes = run.settings["classes"]
        targets = torch.tensor([classes.index(label) for label in table["label"]])
        place = pd.Series(np.arange(len(table)), index=table["sample_id"].astype(str))
        rows = {name: np.array(place.loc[list(run.split.part(name))]) for name in PARTS}
        return cls(table, targets, rows)


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one model on one split; write weights, history, attention, dev and test predictions.

    ``run.settings`` comes from `lib.papers.skeletal.runs.experiment`. With ``start``, the weights
    of a finished run are trained further.
    """
    samples, inputs, facts = prepare(run)
    model = build(run.settings["model"], facts, run.seed)
    if "start" in run.settings:
        load(model, run.settings["start"]["folder"])
    train_prepared(run, folder, checkpoint, model, samples, inputs)


def prepare(run: Run) -> tuple[Samples, tuple[Tensor, ...], dict[str, Any]]:
    """Samples of a run, the inputs of its model for all of them, and the facts of the data."""
    samples, settings = Samples.of(run), run.settings
    inputs, facts = skeletal_inputs.load(samples.table, samples.rows["train"], settings, run.seed)
    return samples, inputs, facts | {"classes": len(settings["classes"])}


def train_prepared(
    run: Run,
    folder: Path,
    checkpoint: Path,
    model: nn.Module,
    samples: Samples,
    inputs: tuple[Tensor, ...],
    parameters: int | None = None,
) -> None:
    """Train a model and write its results.

    Parameters
    ----------
    parameters : int, optional
        Number of parameters of the whole network, where the model is only a part of it.
    """
    training = TrainingSettings.model_validate(run.settings["training"])
    parts = {}
    for name in PARTS:
        index = torch.from_numpy(samples.rows[name])
        chosen = tuple(tensor[index] for tensor in inputs)
        parts[name] = Part(chosen, samples.targets[index])
    history = fit(model, parts["train"], parts["dev"], training, run.seed, checkpoint=checkpoint)
    history.write(folder / "history.json")
    probabilities = {
        name: predict(model, parts[name], training).softmax(dim=1).numpy()
        for name in ("dev", "test")
    }
    save_model(folder, model, parameters)
    if hasattr(model, "explain"):
        _write_attention(model, parts["test"], run, folder / "attention.arrow")
    _write_predictions(run, samples, probabilities, folder)


def train_baseline(run: Run, folder: Path, checkpoint: Path) -> None:
    """Random forest on plain statistics of motion or speech, on the same split."""
    from sklearn.ensemble import RandomForestClassifier

    settings, samples = run.settings, Samples.of(run)
    stores = {name: FeatureStore(project_path(path)) for name, path in settings["stores"].items()}
    features = np.stack([_statistics(stores, sample) for sample in samples.table["sample_id"]])
    forest = RandomForestClassifier(settings["baseline"]["trees"], random_state=run.seed)
    rows = samples.rows
    forest.fit(features[rows["train"]], samples.targets.numpy()[rows["train"]])
    probabilities = {}
    for name in ("dev", "test"):
        known = forest.predict_proba(features[rows[name]])
        probabilities[name] = np.zeros((len(known), len(settings["classes"])))
        probabilities[name][:, forest.classes_] = known
    _write_predictions(run, samples, probabilities, folder)


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


def _write_predictions(
    run: Run, samples: Samples, probabilities: dict[str, NDArray[Any]], folder: Path
) -> None:
    parts, clusters = [], samples.table.set_index("sample_id")["cluster"]
    for name, values in probabilities.items():
        rows, classes = samples.rows[name], run.settings["classes"]
        own, truth = clusters.iloc[rows], samples.targets.numpy()[rows]
        parts.append(prediction_table(run, name, own, truth, values, classes))
    pd.concat(parts).to_parquet(folder / "predictions.parquet", index=False)
