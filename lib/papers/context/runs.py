"""Experiments of vo2022: the runs that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

import pandas as pd

from lib.papers.context.settings import ExtractionStage, LossSettings, TrainingStage
from lib.params import merge, project_path, project_root
from lib.runs import phases
from lib.runs.phases import Results
from lib.runs.run import Run, file_version, plan
from lib.splits.split import Split
from lib.training.settings import TrainingSettings

WORK = "lib.papers.context.training"
RELEASE_PARTS = {"train": "train", "dev": "val", "test": "test"}


@dataclass(frozen=True)
class Source:
    """What extraction wrote for a corpus; the folder is relative to the project."""

    corpus: str
    folder: str

    @classmethod
    def of(cls, corpus: str, extraction: str | Path) -> "Source":
        """Find it, or say which stage makes it."""
        folder = Path(relpath(project_path(extraction), project_root())).as_posix()
        if not project_path(f"{folder}/pictures.arrow").is_file():
            raise FileNotFoundError(f"no pictures in {folder}: run context/01_extraction first")
        return cls(corpus, folder)

    def samples(self) -> pd.DataFrame:
        """The table of kept people."""
        return pd.read_parquet(project_path(f"{self.folder}/samples.parquet"))


def release_splits(samples: pd.DataFrame, repeats: int, seed: int) -> list[Split]:
    """The release's own parts, once a repetition: only seeds differ; no picture is shared."""
    pictures = dict(zip(samples["sample_id"], samples["cluster"], strict=True))
    parts = {
        part: tuple(samples.loc[samples["part"] == name, "sample_id"])
        for part, name in RELEASE_PARTS.items()
    }
    return [Split("release", repeat, 0, seed, **parts, apart=pictures) for repeat in range(repeats)]


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
    loss = LossSettings.model_validate(merge(stage.loss.model_dump(), model.loss))
    settings = {
        "folder": source.folder,
        "model": {"streams": model.streams, "fusion": model.fusion},
        "backbone": extraction.backbone.model_dump(),
        "trained": stage.trained,
        "store_frozen": stage.store_frozen,
        "hidden": stage.hidden,
        "loss": loss.model_dump(),
        "augmentation": stage.augmentation.model_dump(),
        "training": training.model_dump(),
    }
    files = ["samples.parquet", "pictures.arrow", *(f"{s}.safetensors" for s in model.streams)]
    paths = [f"{source.folder}/{file}" for file in files]
    data = {path: file_version(project_path(path)) for path in paths}
    return plan(f"{WORK}:train", name, source.corpus, splits, stage.seed, settings, data)
