"""Experiments of lee2018: the runs that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

import numpy as np
import pandas as pd

from lib.papers.valence.settings import ExtractionStage, TrainingStage
from lib.params import merge, project_path, project_root
from lib.runs import phases
from lib.runs.phases import Results
from lib.runs.run import Run, file_version, plan
from lib.splits.split import Split
from lib.training.settings import TrainingSettings

WORK = "lib.papers.valence.training"
FILES = ("faces.arrow", "frames.parquet", "traces.parquet")


@dataclass(frozen=True)
class Source:
    """What extraction wrote for a corpus; the folder is relative to the project."""

    corpus: str
    folder: str

    @classmethod
    def of(cls, corpus: str, extraction: str | Path) -> "Source":
        """Find it, or say which stage makes it."""
        folder = Path(relpath(project_path(extraction), project_root())).as_posix()
        if not project_path(f"{folder}/faces.arrow").is_file():
            raise FileNotFoundError(f"no faces in {folder}: run valence/01_extraction first")
        return cls(corpus, folder)

    def table(self, name: str) -> pd.DataFrame:
        """``samples``, ``frames`` or ``traces``."""
        return pd.read_parquet(project_path(f"{self.folder}/{name}.parquet"))


def release_splits(samples: pd.DataFrame, development: int, repeats: int, seed: int) -> list[Split]:
    """The release's development part is reported; some training recordings are kept for choices.

    Labels of the challenges' test parts are not public, so the paper reports the development part.
    Here nothing is chosen on it: early stopping and post-processing see recordings of the training
    part that the network is not trained on, drawn anew in every repetition.

    Parameters
    ----------
    development : int
        Recordings of the training part that are kept.

    Raises
    ------
    ValueError
        If there are no more training recordings than that.
    """
    names = {part: list(rows["sample_id"]) for part, rows in samples.groupby("part", sort=False)}
    train = names.get("train", [])
    if len(train) <= development or not names.get("dev"):
        raise ValueError(
            f"{len(train)} recordings to train on, {len(names.get('dev', []))} to report: "
            f"{development} of the first cannot be kept for choices"
        )
    splits = []
    for repeat in range(repeats):
        order = np.random.default_rng([seed, repeat]).permutation(len(train))
        kept = {train[index] for index in order[:development]}
        trained = tuple(name for name in train if name not in kept)
        chosen_on = tuple(name for name in train if name in kept)
        splits.append(Split("release", repeat, 0, seed, trained, chosen_on, tuple(names["dev"])))
    return splits


def perform(
    names: Sequence[str], stage: TrainingStage, extraction: ExtractionStage, source: Source,
    splits: list[Split],
) -> Results:  # fmt: skip
    """Do every run of some experiments."""
    return phases.execute(
        [run for name in names for run in plan_runs(name, stage, extraction, source, splits)]
    )


def plan_runs(
    name: str, stage: TrainingStage, extraction: ExtractionStage, source: Source,
    splits: list[Split],
) -> list[Run]:  # fmt: skip
    """Runs of one experiment, one a repetition."""
    model = stage.models[name]
    training = TrainingSettings.model_validate(merge(stage.training.model_dump(), model.training))
    attention = merge(stage.attention_arguments, model.attention_arguments)
    settings = {
        "folder": source.folder,
        "model": {
            "kind": model.kind,
            "frames": model.frames,
            "size": extraction.faces.size,
            "arguments": merge(stage.arguments, model.arguments),
            "attention": attention if model.attention else None,
        },
        "delay": model.delay,
        "frame_rate": extraction.frame_rate,
        "stride": stage.stride or model.frames,
        "prediction_stride": stage.prediction_stride,
        "longest_gap": stage.longest_gap,
        "augmentation": stage.augmentation.model_dump(),
        "training": training.model_dump(),
    }
    paths = [f"{source.folder}/{file}" for file in FILES]
    data = {path: file_version(project_path(path)) for path in paths}
    return plan(f"{WORK}:train", name, source.corpus, splits, stage.seed, settings, data)
