"""Experiments of lee2018: the runs that they make."""

from functools import partial

import numpy as np
import pandas as pd

from lib.papers.extracted import Source
from lib.papers.runs import perform as shared_perform
from lib.papers.valence.settings import ExtractionStage, ModelSettings, TrainingStage
from lib.params import merge
from lib.runs.phases import Experiment, changed
from lib.splits.split import Split


def release_splits(samples: pd.DataFrame, development: int, repeats: int, seed: int) -> list[Split]:
    """Splits whose test part is the release's development part.

    The challenges' own test parts have no public labels, so the paper reports the development
    part. Here nothing is chosen on it: early stopping and post-processing see `development`
    recordings of the training part that the network is not trained on, drawn again in every
    repetition.

    Raises
    ------
    ValueError
        If the release has too few training recordings, or none to report.
    """
    train, reported = (tuple(samples.loc[samples["part"] == part, "sample_id"]) for part in ("train", "dev"))
    if len(train) <= development or not reported:
        raise ValueError(
            f"{len(train)} recordings to train on, {len(reported)} to report: "
            f"{development} of the first cannot be kept for choices"
        )
    splits = []
    for repeat in range(repeats):
        order = np.random.default_rng([seed, repeat]).permutation(len(train))
        kept = {train[index] for index in order[:development]}
        trained = tuple(name for name in train if name not in kept)
        chosen_on = tuple(name for name in train if name in kept)
        splits.append(Split("release", repeat, 0, seed, trained, chosen_on, reported))
    return splits


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
        **stage.model_dump(include={"prediction_stride", "longest_gap", "augmentation"}),
        "training": changed(stage.training, model.training).model_dump(),
    }
    files = [source.file(name) for name in ("faces.arrow", "frames.parquet", "traces.parquet")]
    return Experiment("lib.papers.valence.training:train", settings, files)


perform = partial(shared_perform, experiment)
