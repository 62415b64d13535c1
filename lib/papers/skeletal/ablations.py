"""Variants of the models for the ablations of shi2020 and shi2021."""

from typing import Any

from lib.papers.extracted import Source
from lib.papers.skeletal.runs import BASELINES, perform_baselines
from lib.papers.skeletal.settings import AblationStage, ModelSettings, TrainingStage
from lib.runs.phases import Results, changed
from lib.splits.split import Split

UNFILTERED, MASKED, JOINT = "unpreprocessed", "padding kept out", "with a joint layer"
FURTHER = "encoders trained further"
_UNFILTERED: dict[str, Any] = {"inputs": {"skeleton": {"store": "unfiltered"}}}
Variants = dict[str, tuple[str, ModelSettings]]
"""Model or experiment that is varied, and settings, by the name of the variant."""


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
