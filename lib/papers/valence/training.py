"""Work of lee2018's runs: from clips of aligned faces to a network and predicted traces."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.evaluation.predictions import value_table
from lib.features.store import FeatureStore
from lib.features.traces import Floats, advanced, resample
from lib.models.valence import SpatiotemporalAttention, ValenceCNN2D, ValenceCNN3D
from lib.papers.valence.inputs import Labelled, labelled
from lib.project import project_path
from lib.runs.run import Run
from lib.training.checkpoints import load_model, save_model
from lib.training.loop import Part, fit, predict
from lib.training.settings import TrainingSettings


def train(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train one network; write weights and predicted traces of dev and test.

    ``run.settings`` comes from `lib.papers.valence.runs.experiment`.

    Raises
    ------
    ValueError
        If no training or development recording has a clip with faces.
    """
    settings = run.settings
    parts = {}
    for name in ("train", "dev"):
        recordings = list(run.split.part(name))
        augmentation = settings["augmentation"] if name == "train" else None
        stride, delay = settings["stride"], settings["delay"]
        found = clips_of(settings, recordings, stride, delay, augmentation)
        if not len(found.clips):
            raise ValueError(f"no recording of the {name} part has a clip of faces")
        parts[name] = Part((found.clips,), torch.tensor(found.values, dtype=torch.float32))
    torch.manual_seed(run.seed)
    model = build(settings["model"])
    training = TrainingSettings.model_validate(settings["training"])
    history = fit(model, parts["train"], parts["dev"], training, run.seed, checkpoint=checkpoint)
    history.write(folder / "history.json")
    mean = float(parts["train"].targets.mean())
    tables = [
        value_table(run, name, predicted_traces(run, model, training, name, mean))
        for name in ("dev", "test")
    ]
    table = pd.concat(tables, ignore_index=True)
    table.to_parquet(folder / "predictions.parquet", index=False)
    save_model(folder, model)


def build(settings: dict[str, Any]) -> nn.Module:
    """A run's network."""
    size = (settings["size"], settings["size"])
    frames, arguments = settings["frames"], dict(settings["arguments"])
    if settings["kind"] == "3D-CNN":
        attention = None
        if settings["attention"] is not None:
            attention = SpatiotemporalAttention(size=size, **settings["attention"])
        return ValenceCNN3D(attention, frames=frames, size=size, **arguments)
    recurrent = arguments.pop("recurrent", None)
    if (settings["kind"] == "CNN + RNN") != (recurrent is not None):
        raise ValueError("`recurrent` (states) is an argument that only CNN + RNN takes and needs")
    return ValenceCNN2D(frames, recurrent, size=size, **arguments)


def load(run: Run, folder: Path) -> nn.Module:
    """The network of a finished run, in evaluation mode."""
    return load_model(build(run.settings["model"]), folder).eval()


def clips_of(
    settings: dict[str, Any],
    recordings: list[str],
    stride: int,
    delay: float = 0.0,
    augmentation: Mapping[str, float] | None = None,
) -> Labelled:
    """Clips of recordings with their values; see `lib.papers.valence.inputs.labelled`."""
    source = project_path(settings["folder"])
    store, frames = FeatureStore(source / "faces.arrow"), pd.read_parquet(source / "frames.parquet")
    faces = {name: store[name] for name in recordings}
    traces = _traces(source)
    return labelled(recordings, faces, frames, traces, settings, stride, delay, augmentation)


def predicted_traces(
    run: Run, model: nn.Module, training: TrainingSettings, part: str, mean: float
) -> pd.DataFrame:
    """Predictions of a part at the times of the labels.

    A clip's output is the valence at its centre. Between centres and over frames without a face,
    values are interpolated; beyond the ends, they are held. Values further from a centre than half
    a clip count as interpolated. A recording without any clip gets the training part's mean.

    Returns
    -------
    DataFrame
        ``recording``, ``time``, ``truth``, ``prediction``, ``interpolated``.
    """
    settings = run.settings
    recordings = list(run.split.part(part))
    stride = settings["prediction_stride"]
    found = clips_of(settings, recordings, stride)
    outputs = np.zeros(0)
    if len(found.clips):
        values = torch.tensor(found.values, dtype=torch.float32)
        outputs = predict(model, Part((found.clips,), values), training).double().numpy()
    reach = (settings["model"]["frames"] / 2 + stride) / settings["frame_rate"]
    owners = np.array(found.clips.recordings, dtype=object)
    traces = _traces(project_path(settings["folder"]))
    tables = []
    for name in recordings:
        times, truth = traces[name]
        chosen = owners == name
        centres, delay = found.centres[chosen], settings["delay"]
        prediction, missing = _trace(centres, outputs[chosen], times, delay, reach, mean)
        columns = {"time": times, "truth": truth, "prediction": prediction}
        tables.append(pd.DataFrame({"recording": name, **columns, "interpolated": missing}))
    return pd.concat(tables, ignore_index=True)


def _trace(
    centres: Floats, values: Floats, times: Floats, delay: float, reach: float, mean: float
) -> tuple[Floats, NDArray[np.bool_]]:
    if not len(centres):
        return np.full(len(times), mean), np.ones(len(times), bool)
    found = advanced(times, resample(centres, values, times), -delay)
    distance = np.abs(times[:, None] - centres[None]).min(axis=1)
    return found, distance > reach


@torch.no_grad()
def attention_of(
    run: Run, folder: Path, recordings: list[str], clips: int
) -> tuple[Tensor, Tensor, list[str]]:
    """Clips spread over recordings, with the attention of a run's network.

    Returns
    -------
    clips : Tensor, (clips, 3, time, size, size)
    attention : Tensor, (clips, time, size, size)
    recordings : list of str
    """
    model = load(run, folder)
    found = clips_of(run.settings, recordings, run.settings["model"]["frames"]).clips
    rows = np.unique(np.linspace(0, len(found) - 1, clips).round().astype(int))
    chosen = found[torch.from_numpy(rows)]
    attention = model.explain(chosen)  # type: ignore[operator]
    return chosen, attention, [found.recordings[row] for row in rows]


def _traces(source: Path) -> dict[str, tuple[Floats, Floats]]:
    table = pd.read_parquet(source / "traces.parquet", columns=["recording", "time", "valence"])
    return {
        str(name): (rows["time"].to_numpy(float), rows["valence"].to_numpy(float))
        for name, rows in table.groupby("recording", sort=False)
    }
