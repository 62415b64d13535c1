"""Experiments of vo2022: the runs that they make."""

from collections.abc import Sequence

import pandas as pd

from lib.papers.context.settings import ExtractionStage, ModelSettings, TrainingStage
from lib.papers.extracted import Source
from lib.runs import phases
from lib.runs.phases import Experiment, Results, changed
from lib.splits.split import Split

WORK = "lib.papers.context.training"
RELEASE_PARTS = {"train": "train", "dev": "val", "test": "test"}
"""The release's part for each part of a split."""


def release_splits(samples: pd.DataFrame, repeats: int, seed: int) -> list[Split]:
    """The release's own parts for every repetition, which differ by seed; no picture is shared."""
    pictures = dict(zip(samples["sample_id"], samples["cluster"], strict=True))
    parts = {
        part: tuple(samples.loc[samples["part"] == name, "sample_id"])
        for part, name in RELEASE_PARTS.items()
    }
    return [Split("release", repeat, 0, seed, **parts, apart=pictures) for repeat in range(repeats)]


def perform(
    names: Sequence[str],
    stage: TrainingStage,
    extraction: ExtractionStage,
    source: Source,
    splits: list[Split],
) -> Results:
    """Do every run of some experiments."""
    experiments = {
        name: experiment(stage.models[name], stage, extraction, source) for name in names
    }
    return phases.train(experiments, source.corpus, splits, stage.seed)


def experiment(
    model: ModelSettings, stage: TrainingStage, extraction: ExtractionStage, source: Source
) -> Experiment:
    """What the runs of one model share."""
    settings = {
        "folder": source.folder,
        "model": {"streams": model.streams, "fusion": model.fusion},
        "backbone": extraction.backbone.model_dump(),
        "trained": stage.trained,
        "store_frozen": stage.store_frozen,
        "hidden": stage.hidden,
        "loss": changed(stage.loss, model.loss).model_dump(),
        "augmentation": stage.augmentation.model_dump(),
        "training": changed(stage.training, model.training).model_dump(),
    }
    files = ["samples.parquet", "pictures.arrow", *(f"{s}.safetensors" for s in model.streams)]
    return Experiment(f"{WORK}:train", settings, [source.file(file) for file in files])
