"""Experiments of vo2022: the runs that they make."""

from functools import partial

import pandas as pd

from lib.corpora import emotic
from lib.papers.context.settings import ExtractionStage, ModelSettings, TrainingStage
from lib.papers.extracted import Source
from lib.papers.runs import perform as shared_perform
from lib.runs.phases import Experiment, changed
from lib.splits.split import Split


def release_splits(samples: pd.DataFrame, repeats: int, seed: int) -> list[Split]:
    """The release's own parts for every repetition, which differ by seed; no picture is shared."""
    pictures = dict(zip(samples["sample_id"], samples["cluster"], strict=True))
    names = {"train": "train", "dev": "val", "test": "test"}
    parts = {part: tuple(samples.loc[samples["part"] == name, "sample_id"]) for part, name in names.items()}
    return [Split("release", repeat, 0, seed, **parts, apart=pictures) for repeat in range(repeats)]


def experiment(
    model: ModelSettings, stage: TrainingStage, extraction: ExtractionStage, source: Source
) -> Experiment:
    """What the runs of one model share."""
    settings = {
        "folder": source.folder,
        "model": model.model_dump(include={"streams", "fusion"}),
        "values": list(emotic.CONTINUOUS) if model.continuous else [],
        "backbone": extraction.backbone.model_dump(),
        **stage.model_dump(include={"store_frozen", "hidden", "augmentation"}),
        "trained": stage.trained if model.trained is None else model.trained,
        "loss": changed(stage.loss, model.loss).model_dump(),
        "training": changed(stage.training, model.training).model_dump(),
    }
    files = ["samples.parquet", "pictures.arrow", *(f"{s}.safetensors" for s in model.streams)]
    work = "lib.papers.context.training:train"
    return Experiment(work, settings, [source.file(file) for file in files])


perform = partial(shared_perform, experiment)
