"""Experiments of shi2020 and shi2021: their variants, the runs that they make, and in which order."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pandas as pd

from lib.models.registry import modalities
from lib.papers.extracted import Source
from lib.papers.skeletal.settings import (
    AblationStage,
    FineTuningStage,
    InputSettings,
    ModelSettings,
    TrainingStage,
)
from lib.project import project_path
from lib.runs import phases
from lib.runs.phases import Experiment, Results, changed
from lib.runs.run import Run
from lib.splits import schemes
from lib.splits.split import Split

WORK = "lib.papers.skeletal.training"
FUSION_WORK = "lib.papers.skeletal.fusions"
BASELINES = {
    "skeleton": "random forest on motion statistics",
    "audio": "random forest on speech statistics",
}
UNFILTERED, MASKED, JOINT = "unpreprocessed", "padding kept out", "with a joint layer"
FURTHER = "encoders trained further"
_UNFILTERED: dict[str, Any] = {"inputs": {"skeleton": {"store": "unfiltered"}}}
Variants = dict[str, tuple[str, ModelSettings]]
"""Model or experiment that is varied, and settings, by the name of the variant."""


def stores(source: Source, kinds: Collection[str], inputs: InputSettings) -> dict[str, str]:
    """Feature stores of some modalities, by name; word vectors if the extraction was given GloVe's file."""
    names: dict[str, list[str]] = {
        "skeleton": [inputs.skeleton.store],
        "audio": ["mfcc", "prosody"],
        "text": ["glove"],
        "mocap": ["mocap"],
    }
    files = {name: source.file(f"{name}.arrow") for kind in kinds for name in names[kind]}
    return {name: file for name, file in files.items() if name != "glove" or project_path(file).is_file()}


def possible(names: list[str], stage: TrainingStage, source: Source) -> list[str]:
    """Experiments whose modalities the corpus has, with the encoders that fusions need first."""
    available = set(source.metadata["modalities"])
    wanted = [name for name in names if available.issuperset(modalities(stage.models[name].model))]
    return phases.with_encoders(wanted, lambda name: stage.models[name].encoders)


def _shared(
    source: Source, kinds: Collection[str], inputs: InputSettings
) -> tuple[dict[str, Any], list[str]]:
    """Settings and files of every run on some modalities."""
    samples, files = source.file("samples.parquet"), stores(source, kinds, inputs)
    settings = {"samples": samples, "classes": source.classes, "stores": files}
    return settings, [samples, *files.values()]


def experiment(model: ModelSettings, stage: TrainingStage, source: Source) -> Experiment:
    """What the runs of one model share."""
    inputs, kinds = changed(stage.inputs, model.inputs), modalities(model.model)
    settings, files = _shared(source, kinds, inputs)
    settings |= {
        "inputs": {kind: getattr(inputs, kind).model_dump() for kind in kinds},
        "model": model.model_dump(include={"model", "arguments", "freeze"}),
        "training": changed(stage.training, model.training).model_dump(),
    }
    work = f"{FUSION_WORK if model.encoders else WORK}:train"
    built = (model.model, *(stage.models[name].model for name in model.encoders.values()))
    return Experiment(work, settings, files, built, model.encoders)


def plan_runs(
    name: str,
    model: ModelSettings,
    stage: TrainingStage,
    source: Source,
    splits: list[Split],
    start: Results | None = None,
) -> list[Run]:
    """Runs of one experiment, one per split.

    `start` are finished runs, one per split, whose weights the training starts from.
    """
    shared = experiment(model, stage, source)
    made = phases.plan(name, shared, source.corpus, splits, stage.seed)
    if start is None:
        return made
    return [
        replace(
            run,
            settings=run.settings | {"start": phases.weights_of(before, folder)},
            data=run.data | phases.weights_version(folder),
        )
        for run, before, folder in zip(made, start.runs, start.folders, strict=True)
    ]


def perform(names: list[str], stage: TrainingStage, source: Source, splits: list[Split]) -> Results:
    """Do every run of some experiments: the single models first, then the fusions on them."""
    wanted = possible(names, stage, source)
    experiments = {name: experiment(stage.models[name], stage, source) for name in wanted}
    return phases.train(experiments, source.corpus, splits, stage.seed)


def perform_baselines(
    names: list[str], stage: TrainingStage, source: Source, splits: list[Split], suffix: str = ""
) -> Results:
    """A random forest on plain statistics of each modality that some experiments use.

    `suffix` is appended to the baseline's name, for variants of the stage's inputs.
    """
    wanted = possible(names, stage, source)
    used = {kind for name in wanted for kind in modalities(stage.models[name].model)}
    experiments = {}
    for kind in (kind for kind in BASELINES if kind in used):
        settings, files = _shared(source, [kind], stage.inputs)
        settings["baseline"] = stage.baseline.model_dump()
        forest = Experiment(f"{WORK}:train_baseline", settings, files)
        experiments[BASELINES[kind] + suffix] = forest
    return phases.train(experiments, source.corpus, splits, stage.seed)


def points(stage: AblationStage, training: TrainingStage) -> Variants:
    """Every point of the ranges, as ``"LSTM (layers 1, hidden 128)"``; other models as they are."""
    found = {}
    for name in stage.experiments:
        model = training.models[name]
        if name not in stage.ranges:
            found[name] = (name, model)
        for arguments in stage.ranges.get(name, []):
            words = [
                f"{key} {'-'.join(map(str, value)) if isinstance(value, list) else value}"
                for key, value in arguments.items()
                if key != "pools"
            ]
            tried = changed(model, {"arguments": arguments})
            found[f"{name} ({', '.join(words)})"] = (name, tried)
    return found


def variants(stage: AblationStage, training: TrainingStage) -> Variants:
    """What is left out or added, one change each, with the experiment that it is compared with."""
    changes: list[tuple[str, list[str], dict[str, Any]]] = [
        (UNFILTERED, [stage.unfiltered], _UNFILTERED),
        (MASKED, stage.masked, {"arguments": {"mask_padding": True}}),
        (FURTHER, stage.further, {"freeze": False}),
        (JOINT, [stage.joint], {"arguments": {"joint": stage.joint_size}}),
    ]
    return {
        f"{name}, {words}": (name, changed(training.models[name], change))
        for words, names, change in changes
        for name in names
    }


def extended(training: TrainingStage, models: Variants) -> TrainingStage:
    """The training stage with more experiments to choose from."""
    added = {name: model for name, (_, model) in models.items()}
    return training.model_copy(update={"models": training.models | added})


def forests(
    stage: AblationStage, training: TrainingStage, source: Source, splits: list[Split]
) -> tuple[Results, list[tuple[str, str]]]:
    """The plain baseline with and without the low-pass filter, and the pair of their names."""
    suffix, names = f", {UNFILTERED}", [stage.unfiltered]
    done = perform_baselines(names, training, source, splits)
    done += perform_baselines(names, changed(training, _UNFILTERED), source, splits, suffix)
    forest = BASELINES["skeleton"]
    return done, [(forest, forest + suffix)]


def pretrain_and_tune(
    stage: FineTuningStage,
    training: TrainingStage,
    source: Source,
    samples: pd.DataFrame,
    before: list[Split],
) -> tuple[Results, Results]:
    """Pretrain on all other speakers, then train on shares of the held-out ones, from both starts.

    `before` are the splits of the pretraining, whose test parts are the held-out speakers' samples.

    Returns
    -------
    pretrained : Results
        Tested on the held-out speakers: what is reached without any of their data.
    tuned : Results
        Experiments ``"pretrained <ratio>"`` and ``"not pretrained <ratio>"`` on the same splits.
    """
    model = training.models[stage.experiment]
    pretrained = phases.execute(plan_runs(stage.experiment, model, training, source, before))
    planned = []
    for ratio in stage.ratios:
        for draw in range(stage.draws):
            splits = [
                schemes.fine_tuning(split, ratio, split.repeat * stage.draws + draw, samples, stage.by_class)
                for split in before
            ]
            for start, name in ((pretrained, "pretrained"), (None, "not pretrained")):
                name = f"{name} {ratio:g}"
                planned += plan_runs(name, model, training, source, splits, start)
    return pretrained, phases.execute(planned)
