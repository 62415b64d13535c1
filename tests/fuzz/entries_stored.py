"""Readers of weights, predictions, parameters, and of what the project stores itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from lib import params
from lib.content import FileError
from lib.features.store import FeatureStore
from lib.models import image_backbones, lifting
from lib.runs import store
from lib.runs.run import file_version
from lib.training import checkpoints
from scripts.audit import reading
from tests.features.test_store import written
from tests.fuzz.harness import Entry
from tests.models.test_lifting import official


def _lifter() -> lifting.TemporalLifter:
    torch.manual_seed(0)
    return lifting.TemporalLifter((3, 3), 2)


def _official(folder: Path) -> list[Path]:
    return [official(folder / "lifter.bin", _lifter())]


def _legacy(folder: Path) -> list[Path]:
    """The form of torch before 1.6, in which VideoPose3D's file is published."""
    path = folder / "lifter.bin"
    torch.save({"epoch": 80, "model_pos": _lifter().state_dict()}, path, _use_new_zipfile_serialization=False)
    return [path]


def _own_lifter(folder: Path) -> list[Path]:
    save_file(_lifter().state_dict(), folder / "lifter.safetensors")
    return [folder / "lifter.safetensors"]


def _read_lifter(folder: Path) -> Any:
    (path,) = folder.iterdir()
    state = lifting.load_checkpoint(path).state_dict()
    return {name: value.numpy() for name, value in state.items()}


def _backbone(name: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        torch.manual_seed(0)
        state = image_backbones.SmallBackbone(1).state_dict()
        if name.endswith(".safetensors"):
            save_file(state, folder / name, {"origin": "drawn"})
        else:
            torch.save(
                {"state_dict": {f"module.{key}": value for key, value in state.items()}}, folder / name
            )
        return [folder / name]

    return make


def _read_backbone(folder: Path) -> Any:
    (path,) = folder.iterdir()
    found = image_backbones.build("small", 1, path)
    return found.origin, {name: value.numpy() for name, value in found.network.state_dict().items()}


def _store(folder: Path) -> list[Path]:
    written(folder / "feature.arrow")
    return [folder / "feature.arrow"]


def _read_store(folder: Path) -> Any:
    found = FeatureStore(folder / "feature.arrow")
    return {name: np.array(found[name]) for name in found}


def _checkpoint(folder: Path) -> list[Path]:
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    history = checkpoints.History([1.0, 0.5], [1.0, 0.7], 1)
    best = {name: value.clone() for name, value in model.state_dict().items()}
    checkpoints.write(folder / "state", checkpoints.state_of(model, optimizer), best, history)
    return [folder / "state"]


def _read_checkpoint(folder: Path) -> Any:
    try:
        history, tensors = checkpoints.stored(folder / "state")
    except checkpoints.CheckpointError as error:
        raise FileError(str(error)) from error
    return vars(history), {name: value.numpy() for name, value in tensors.items()}


def _run(folder: Path) -> list[Path]:
    run = folder / "run"
    run.mkdir()
    table = pd.DataFrame({"sample_id": ["a", "b"], "label": [0, 1]})
    table.to_parquet(run / "predictions.parquet")
    (run / "history.json").write_text(json.dumps({"train": [1.0]}))
    (run / store.DONE).write_text(json.dumps({"files": store._contents(run)}))
    return sorted(run.iterdir())


def _read_run(folder: Path) -> Any:
    """Names of the damaged files of a finished run, as an error; its content if there are none."""
    run = folder / "run"
    if damaged := store.damage(run):
        raise FileError(f"{run}: {damaged}")
    return {path.name: file_version(path) for path in sorted(run.iterdir()) if path.name != store.DONE}


def _predictions(form: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        scores = np.random.default_rng(0).dirichlet([1, 1], 12).round(3)
        rows = {"id": [f"s{k}" for k in range(12)], "truth": ["happy", "sad"] * 6}
        rows |= {
            "probability_happy": scores[:, 0],
            "probability_sad": 1 - scores[:, 0],
            "fold": [0, 1, 2] * 4,
        }
        table, path = pd.DataFrame(rows | {"speaker": ["x", "y", "z"] * 4}), folder / f"mine.{form}"
        table.to_csv(path, index=False) if form == "csv" else table.to_parquet(path)
        return [path]

    return make


def _read_predictions(folder: Path) -> Any:
    (path,) = folder.iterdir()
    return reading.read(path)


def _scored(found: pd.DataFrame, whole: pd.DataFrame, how: str) -> str | None:
    scores = found.filter(regex="^probability_").to_numpy(float)
    if scores.size and ((scores < -0.01) | (scores > 1.01)).any():
        return "probabilities beyond 0 to 1"
    return None


def _traces(folder: Path) -> list[Path]:
    times = np.arange(20) / 10
    table = pd.DataFrame({"id": "r1", "time": times, "truth": np.sin(times), "prediction": np.cos(times)})
    table.to_csv(folder / "mine.csv", index=False)
    return [folder / "mine.csv"]


def _folds(folder: Path) -> list[Path]:
    rows = {"id": [f"s{k}" for k in range(9)], "fold": [0, 1, 2] * 3, "speaker": ["x", "y", "z"] * 3}
    pd.DataFrame(rows).to_csv(folder / "folds.csv", index=False)
    return [folder / "folds.csv"]


def _params(folder: Path) -> list[Path]:
    (folder / "profiles").mkdir()
    block = "skeletal:\n  training:\n    epochs: 3\n    rate: 1e-3\n    models:\n      A: {hidden: 64}\n"
    (folder / "params.yaml").write_text("profile: paper\ncorpus_profiles: {}\npinned: []\n" + block)
    (folder / "profiles" / "paper.yaml").write_text(block)
    return [folder / "params.yaml", folder / "profiles" / "paper.yaml"]


def _read_params(folder: Path) -> Any:
    """Content of a block; errors name a key, which stands in params.yaml and in the profile."""
    try:
        return params.load(folder).resolve("skeletal.training", "iemocap").content
    except params.ParamsError as error:
        raise FileError(f"{folder}: {error}") from error


ENTRIES = [
    Entry("weights: VideoPose3D's .bin", _official, _read_lifter, share=0.5),
    Entry("weights: VideoPose3D's older .bin", _legacy, _read_lifter, share=0.5),
    Entry("weights: lifter.safetensors", _own_lifter, _read_lifter, share=0.5),
    Entry("weights: image network's .pth", _backbone("weights.pth"), _read_backbone, share=0.5),
    Entry(
        "weights: image network's .safetensors", _backbone("weights.safetensors"), _read_backbone, share=0.5
    ),
    Entry("predictions: csv", _predictions("csv"), _read_predictions, _scored, share=0.5),
    Entry("predictions: parquet", _predictions("parquet"), _read_predictions, _scored, share=0.5),
    Entry("predictions: values over time", _traces, _read_predictions, share=0.5),
    Entry("predictions: folds", _folds, lambda folder: reading.read_folds(folder / "folds.csv"), share=0.5),
    Entry("params.yaml and profiles", _params, _read_params, missing=True),
    Entry("feature store", _store, _read_store, checksums=True),
    Entry("checkpoint of a training", _checkpoint, _read_checkpoint, checksums=True, share=0.5),
    Entry("finished run", _run, _read_run, checksums=True),
]
