"""Work of lee2018's runs: from clips of aligned faces to a network and predicted traces."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.evaluation.predictions import value_table
from lib.features.store import FeatureStore
from lib.features.traces import Floats, advanced
from lib.models.valence import SpatiotemporalAttention, ValenceCNN2D, ValenceCNN3D
from lib.papers.kept import keep
from lib.papers.valence.inputs import Clips, labelled
from lib.project import project_path
from lib.runs.run import Run
from lib.training.checkpoints import load_model, save_model
from lib.training.loop import fit, predict
from lib.training.score import training_score
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
    found = {}
    for name in ("train", "dev"):
        recordings = run.split.part(name)
        found[name] = clips_of(run, recordings, settings["stride"], settings["delay"])
        if not len(found[name]):
            raise ValueError(f"no recording of the {name} part has a clip of faces")
    shown = replace(found["train"], augmentation=settings["augmentation"]).part()
    torch.manual_seed(run.seed)
    model = build(settings["model"])
    training = TrainingSettings.model_validate(settings["training"])
    history = fit(model, shown, found["dev"].part(), training, run.seed, checkpoint=checkpoint)
    plain = found["train"].part()
    outputs = predict(model, plain, training)
    history.score = training_score(training.task, outputs, plain.targets)
    history.write(folder / "history.json")
    mean = float(shown.targets.mean())
    parts = {name: predicted_traces(run, model, training, name, mean) for name in ("dev", "test")}
    tables = [value_table(run, name, traces) for name, traces in parts.items()]
    pd.concat(tables, ignore_index=True).to_parquet(folder / "predictions.parquet", index=False)
    save_model(folder, model)
    store = FeatureStore(project_path(settings["folder"]) / "faces.arrow")
    keep(folder, run, store.metadata, {name: name for name in store}, mean=mean)


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


def clips_of(run: Run, recordings: Sequence[str], stride: int | None = None, delay: float = 0.0) -> Clips:
    """Clips of recordings; see `lib.papers.valence.inputs.labelled`. By default none overlap."""
    source = project_path(run.settings["folder"])
    store, frames = FeatureStore(source / "faces.arrow"), pd.read_parquet(source / "frames.parquet")
    faces = {name: store[name] for name in recordings}
    stride = stride or run.settings["model"]["frames"]
    return labelled(recordings, faces, frames, _traces(run), run.settings, stride, delay)


def predicted_traces(
    run: Run, model: nn.Module, training: TrainingSettings, part: str, mean: float
) -> pd.DataFrame:
    """Predictions of a part at the times of the labels.

    A clip's output is the valence at its centre. Between centres and over frames without a face,
    values are interpolated; beyond the ends, they are held. Values count as interpolated where the
    frame at their time has no face (also one that the nearest face fills), and further from a
    centre than half a clip. A recording without any clip gets `mean`, that of the training part.
    The columns are ``recording``, ``time``, ``truth``, ``prediction`` and ``interpolated``.
    """
    settings = run.settings
    stride, delay = settings["prediction_stride"], settings["delay"]
    recordings = run.split.part(part)
    clips = clips_of(run, recordings, stride)
    outputs = np.zeros(0)
    if len(clips):
        outputs = predict(model, clips.part(), training).double().numpy()
    reach = (settings["model"]["frames"] / 2 + stride) / settings["frame_rate"]
    owners = np.array(clips.recordings, dtype=object)
    traces, frames = _traces(run), pd.read_parquet(project_path(settings["folder"]) / "frames.parquet")
    tables = []
    for name in recordings:
        times, truth = traces[name]
        centres, values = clips.centres[owners == name], outputs[owners == name]
        prediction, missing = _trace(centres, values, times, delay, reach, mean)
        own = frames[frames["recording"] == name]
        shown = np.interp(times - delay, own["time"], np.arange(len(own))).round().astype(int)
        missing |= ~own["detected"].to_numpy(bool)[shown]
        columns = {"time": times, "truth": truth, "prediction": prediction}
        tables.append(pd.DataFrame({"recording": name, **columns, "interpolated": missing}))
    return pd.concat(tables, ignore_index=True)


def _trace(
    centres: Floats, values: Floats, times: Floats, delay: float, reach: float, mean: float
) -> tuple[Floats, NDArray[np.bool_]]:
    if not len(centres):
        return np.full(len(times), mean), np.ones(len(times), bool)
    found = advanced(times, np.interp(times, centres, values), -delay)
    distance = np.abs(times[:, None] - delay - centres[None]).min(axis=1)
    return found, distance > reach


@torch.no_grad()
def attention_of(
    run: Run, folder: Path, recordings: Sequence[str], clips: int
) -> tuple[Tensor, Tensor, list[str]]:
    """Clips spread over recordings, with the attention of a run's network on them.

    Returns clips (clips, 3, time, size, size), attention (clips, time, size, size) and the
    recording of each clip.
    """
    model = load(run, folder)
    found = clips_of(run, recordings)
    rows = np.unique(np.linspace(0, len(found) - 1, clips).round().astype(int))
    chosen = found[torch.from_numpy(rows)]
    attention = model.explain(chosen)  # type: ignore[operator]
    return chosen, attention, [found.recordings[row] for row in rows]


def _traces(run: Run) -> dict[str, tuple[Floats, Floats]]:
    """Times and valence by recording."""
    path = project_path(run.settings["folder"]) / "traces.parquet"
    return {
        str(name): (rows["time"].to_numpy(float), rows["valence"].to_numpy(float))
        for name, rows in pd.read_parquet(path).groupby("recording", sort=False)
    }
