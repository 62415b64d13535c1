"""Experiments on skeletons: settings, and the runs that they make."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.params import Settings, project_path
from lib.runs import Run, file_version, plan
from lib.splits import Split
from lib.training_settings import TrainingSettings

BASELINE = "random forest on motion statistics"
WORK = "lib.experiments.skeletal_training"


class ModelSettings(Settings):
    """Which model, and the arguments of its class that differ from the defaults."""

    name: Literal["SMACN", "LSTM"]
    arguments: dict[str, Any]


class BaselineSettings(Settings):
    """Random forest on motion statistics."""

    trees: int


class TrainingStage(Settings):
    """Parameters of `skeletal/02_training`."""

    scheme: str
    folds: int
    repeats: int
    seed: int
    frames: int
    models: dict[str, ModelSettings]
    training: TrainingSettings
    baseline: BaselineSettings
    bootstrap_draws: int
    maps_drawn: int


def training_runs(
    stage: TrainingStage,
    corpus: str,
    splits: list[Split],
    samples: str,
    features: str,
    classes: list[str],
) -> list[Run]:
    """Every run of the stage: each model, and the plain baseline, on each split.

    Parameters
    ----------
    samples, features : str
        The extraction's sample table and feature store, relative to the project.
    """
    data = {path: file_version(project_path(path)) for path in (samples, features)}
    shared = {"samples": samples, "features": features, "classes": classes}
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        name: (
            "train",
            {"model": model.model_dump(), "training": stage.training.model_dump(),
             "frames": stage.frames},
        )
        for name, model in stage.models.items()
    }  # fmt: skip
    rows[BASELINE] = ("train_baseline", {"baseline": stage.baseline.model_dump()})
    return [
        run
        for name, (function, settings) in rows.items()
        for run in plan(
            f"{WORK}:{function}", name, corpus, splits, stage.seed, shared | settings, data
        )
    ]


def correct_samples(test: pd.DataFrame, number: int) -> list[str]:
    """Samples recognised with the highest probability, one a class in turn.

    Parameters
    ----------
    test : DataFrame
        Test predictions of one experiment.
    number : int
        How many.
    """
    columns = [column for column in map(str, test.columns) if column.startswith("probability_")]
    correct = test[test["label"] == test["prediction"]].copy()
    correct["probability"] = correct[columns].max(axis=1)
    correct["rank"] = correct.groupby("label")["probability"].rank(ascending=False, method="first")
    ordered = correct.sort_values(["rank", "label"])
    return ordered["sample_id"].drop_duplicates().head(number).to_list()


def maps_of(
    runs: list[Run], folders: list[Path], sample_ids: list[str]
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """SMACN's attention on samples, each from the first run that tested it.

    Returns
    -------
    dict of (weights, skeleton)
        By sample: (heads, frames, joints) and (frames, joints, 3).
    """
    from lib.experiments.skeletal_training import attention_maps

    maps = {}
    for sample in sample_ids:
        for run, folder in zip(runs, folders, strict=True):
            if run.experiment == "SMACN" and sample in run.split.test:
                maps[sample] = attention_maps(folder, run.settings, sample)
                break
    return maps
