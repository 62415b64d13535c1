"""Work of the skeletal runs: from a feature store to a trained model and its predictions."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lib.experiments.skeletal import ModelSettings
from lib.features.skeleton import pad
from lib.features.store import FeatureStore
from lib.models.skeletal import SMACN, SkeletalLSTM
from lib.params import project_path
from lib.predictions import classification_table
from lib.runs import Run
from lib.splits import Split
from lib.training import Part, fit, predict
from lib.training_settings import TrainingSettings

MODELS: dict[str, type[nn.Module]] = {"SMACN": SMACN, "LSTM": SkeletalLSTM}


def load(
    features: Path, table: pd.DataFrame, classes: list[str], frames: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Skeletons, lengths and classes of the table's samples.

    Returns
    -------
    skeletons : Tensor, (samples, coordinates, frames, joints)
        Zero padded or cut at the end.
    lengths : Tensor of int64, (samples,)
    targets : Tensor of int64, (samples,)
    """
    store = FeatureStore(features)
    padded = [pad(store[sample], frames) for sample in table["sample_id"]]
    skeletons = torch.from_numpy(np.stack([array for array, _ in padded]))  # (N, T, V, 3)
    lengths = torch.tensor([length for _, length in padded])
    targets = torch.tensor([classes.index(label) for label in table["label"]])
    return skeletons.permute(0, 3, 1, 2).contiguous(), lengths, targets


def build(settings: ModelSettings, joints: int, classes: int, seed: int) -> nn.Module:
    """A model with weights drawn from the seed.

    Raises
    ------
    ValueError
        If an argument is none of the model's.
    """
    torch.manual_seed(seed)
    try:
        return MODELS[settings.name](joints=joints, classes=classes, **settings.arguments)
    except TypeError as error:
        raise ValueError(f"model {settings.name}: {error}") from None


def _part(split: Split, name: str, table: pd.DataFrame) -> NDArray[Any]:
    rows = pd.Series(np.arange(len(table)), index=table["sample_id"].astype(str))
    return np.array(rows.loc[list(split.part(name))])


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one model on one split; write weights, history and dev and test predictions.

    ``run.settings`` holds ``features``, ``samples`` (paths relative to the project), ``classes``
    and the stage's `TrainingStage` fields for one model.
    """
    settings = run.settings
    table = pd.read_parquet(project_path(settings["samples"]))
    classes = settings["classes"]
    skeletons, lengths, targets = load(
        project_path(settings["features"]), table, classes, settings["frames"]
    )
    training = TrainingSettings.model_validate(settings["training"])
    model = build(
        ModelSettings.model_validate(settings["model"]),
        skeletons.shape[3],
        len(classes),
        run.seed,
    )
    parts, rows = {}, {}
    for name in ("train", "dev", "test"):
        rows[name] = _part(run.split, name, table)
        index = torch.from_numpy(rows[name])
        parts[name] = Part((skeletons[index], lengths[index]), targets[index])
    history = fit(model, parts["train"], parts["dev"], training, run.seed, checkpoint=checkpoint)
    history.write(folder / "history.json")
    weights = {name: value.contiguous() for name, value in model.cpu().state_dict().items()}
    save_file(weights, folder / "model.safetensors")
    probabilities = {
        name: predict(model, parts[name], training).softmax(dim=1).numpy()
        for name in ("dev", "test")
    }
    _write(run, table, rows, targets, probabilities, folder)


def train_baseline(run: Run, folder: Path, checkpoint: Path) -> None:
    """Random forest on plain motion statistics, on the same split."""
    from sklearn.ensemble import RandomForestClassifier

    settings = run.settings
    table = pd.read_parquet(project_path(settings["samples"]))
    classes = settings["classes"]
    store = FeatureStore(project_path(settings["features"]))
    features = np.stack([motion_statistics(store[sample]) for sample in table["sample_id"]])
    targets = np.array([classes.index(label) for label in table["label"]])
    rows = {name: _part(run.split, name, table) for name in ("train", "dev", "test")}
    forest = RandomForestClassifier(settings["baseline"]["trees"], random_state=run.seed)
    forest.fit(features[rows["train"]], targets[rows["train"]])
    probabilities = {}
    for name in ("dev", "test"):
        known = forest.predict_proba(features[rows[name]])
        probabilities[name] = np.zeros((len(known), len(classes)))
        probabilities[name][:, forest.classes_] = known
    _write(run, table, rows, torch.from_numpy(targets), probabilities, folder)


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


def _write(
    run: Run,
    table: pd.DataFrame,
    rows: dict[str, NDArray[Any]],
    targets: Tensor,
    probabilities: dict[str, NDArray[Any]],
    folder: Path,
) -> None:
    parts = []
    for name, values in probabilities.items():
        chosen = table.iloc[rows[name]]
        parts.append(
            classification_table(
                experiment=run.experiment, corpus=run.corpus, repeat=run.split.repeat,
                fold=run.split.fold, seed=run.seed, part=name,
                sample_ids=chosen["sample_id"].to_list(),
                clusters=chosen["cluster"].to_list(), labels=targets.numpy()[rows[name]],
                probabilities=values, classes=run.settings["classes"],
            )
        )  # fmt: skip
    pd.concat(parts).to_parquet(folder / "predictions.parquet", index=False)


def attention_maps(
    folder: Path, settings: dict[str, Any], sample: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """SMACN's attention on one sample, brought to frames and joints.

    Parameters
    ----------
    folder : Path
        A finished SMACN run.
    settings : dict
        The run's settings.
    sample : str

    Returns
    -------
    weights : array, (heads, frames, joints)
        Cut to the sample's length.
    skeleton : array, (frames, joints, 3)
    """
    store = FeatureStore(project_path(settings["features"]))
    array, length = pad(store[sample], settings["frames"])
    model = SMACN(
        joints=array.shape[1],
        classes=len(settings["classes"]),
        **settings["model"]["arguments"],
    )
    model.load_state_dict(load_file(folder / "model.safetensors"))
    model.eval()
    with torch.no_grad():
        skeletons = torch.from_numpy(array).permute(2, 0, 1)[None]  # (1, 3, T, V)
        _, maps = model.represent(skeletons, torch.tensor([length]))
        wide = nn.functional.interpolate(maps, array.shape[:2], mode="nearest")[0]
    return wide[:, :length].numpy(), array[:length]
