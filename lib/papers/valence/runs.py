"""Experiments of lee2018: the runs that they make."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.papers.extracted import Source
from lib.papers.valence.settings import ExtractionStage, ModelSettings, TrainingStage
from lib.params import merge
from lib.runs import phases
from lib.runs.phases import Experiment, Results, changed
from lib.splits.split import Split

WORK = "lib.papers.valence.training"
FILES = ("faces.arrow", "frames.parquet", "traces.parquet")
REPORTED = "dev"
"""The release's part that is the test part here; labels of its own test part are not public."""


def release_splits(samples: pd.DataFrame, development: int, repeats: int, seed: int) -> list[Split]:
    """Splits whose test part is the release's development part, `REPORTED`.

    The challenges' own test parts have no public labels, so the paper reports the development
    part. Here nothing is chosen on it: early stopping and post-processing see recordings of the
    training part that the network is not trained on, drawn again in every repetition.

    Parameters
    ----------
    development : int
        Number of training recordings that are kept from training.

    Raises
    ------
    ValueError
        If the release has too few training recordings, or none to report.
    """
    names = {part: list(rows["sample_id"]) for part, rows in samples.groupby("part", sort=False)}
    train = names.get("train", [])
    if len(train) <= development or not names.get(REPORTED):
        raise ValueError(
            f"{len(train)} recordings to train on, {len(names.get(REPORTED, []))} to report: "
            f"{development} of the first cannot be kept for choices"
        )
    splits = []
    for repeat in range(repeats):
        order = np.random.default_rng([seed, repeat]).permutation(len(train))
        kept = {train[index] for index in order[:development]}
        trained = tuple(name for name in train if name not in kept)
        chosen_on = tuple(name for name in train if name in kept)
        splits.append(Split("release", repeat, 0, seed, trained, chosen_on, tuple(names[REPORTED])))
    return splits


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
    attention = merge(stage.attention_arguments, model.attention_arguments)
    network = {
        "kind": model.kind,
        "frames": model.frames,
        "size": extraction.faces.size,
        "arguments": merge(stage.arguments, model.arguments),
        "attention": attention if model.attention else None,
    }
    settings = {
        "folder": source.folder,
        "model": network,
        "delay": model.delay,
        "frame_rate": extraction.frame_rate,
        "stride": stage.stride or model.frames,
        "prediction_stride": stage.prediction_stride,
        "longest_gap": stage.longest_gap,
        "augmentation": stage.augmentation.model_dump(),
        "training": changed(stage.training, model.training).model_dump(),
    }
    return Experiment(f"{WORK}:train", settings, [source.file(file) for file in FILES])
