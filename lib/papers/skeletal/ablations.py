"""Variants of the models for the ablations of shi2020 and shi2021."""

from typing import Any

from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal.runs import Source
from lib.papers.skeletal.settings import InputSettings, ModelSettings, TrainingStage
from lib.papers.skeletal.stages import AblationStage
from lib.params import merge
from lib.runs.phases import Results
from lib.splits.split import Split

UNFILTERED, MASKED, JOINT = "unpreprocessed", "padding kept out", "with a joint layer"
EXACT = "in float32"


def points(stage: AblationStage, training: TrainingStage) -> dict[str, tuple[str, ModelSettings]]:
    """Every point of the ranges, and the models without a range as they are.

    Returns
    -------
    dict of (model, settings)
        By experiment, for example ``"LSTM (layers 1, hidden 128)"``.
    """
    found = {}
    for name in stage.experiments:
        model = training.models[name]
        if name not in stage.ranges:
            found[name] = (name, model)
        for arguments in stage.ranges.get(name, []):
            words = ", ".join(
                f"{key} {_words(value)}" for key, value in arguments.items() if key != "pools"
            )
            changed = model.model_copy(update={"arguments": merge(model.arguments, arguments)})
            found[f"{name} ({words})"] = (name, changed)
    return found


def variants(stage: AblationStage, training: TrainingStage) -> dict[str, tuple[str, ModelSettings]]:
    """What is left out or added, one change each.

    Returns
    -------
    dict of (experiment, settings)
        By the variant's name; the experiment is what it is compared with.
    """
    unfiltered, masked, joint = (
        training.models[name] for name in (stage.unfiltered, stage.masked, stage.joint)
    )
    store = {"skeleton": {"store": "unfiltered"}}
    found = {
        f"{stage.unfiltered}, {UNFILTERED}": (
            stage.unfiltered,
            unfiltered.model_copy(update={"inputs": merge(unfiltered.inputs, store)}),
        ),
        f"{stage.masked}, {MASKED}": (stage.masked, _with(masked, {"mask_padding": True})),
        f"{stage.joint}, {JOINT}": (stage.joint, _with(joint, {"joint": stage.joint_size})),
    }
    if stage.exact is not None:
        exact = training.models[stage.exact]
        float32 = {"bfloat16": False, "channels_last": False}
        changed = exact.model_copy(update={"training": merge(exact.training, float32)})
        found[f"{stage.exact}, {EXACT}"] = (stage.exact, changed)
    return found


def extended(
    training: TrainingStage, models: dict[str, tuple[str, ModelSettings]]
) -> TrainingStage:
    """The training stage with more experiments to choose from."""
    added = {name: model for name, (_, model) in models.items()}
    return training.model_copy(update={"models": training.models | added})


def forests(
    stage: AblationStage, training: TrainingStage, source: Source, splits: list[Split]
) -> tuple[Results, list[tuple[str, str]]]:
    """The plain baseline with and without the low-pass filter, and the pair of their names."""
    store = {"skeleton": {"store": "unfiltered"}}
    inputs = InputSettings.model_validate(merge(training.inputs.model_dump(), store))
    unfiltered = training.model_copy(update={"inputs": inputs})
    suffix, names = f", {UNFILTERED}", [stage.unfiltered]
    done = skeletal.perform_baselines(names, training, source, splits)
    done += skeletal.perform_baselines(names, unfiltered, source, splits, suffix)
    forest = skeletal.BASELINES["skeleton"]
    return done, [(forest, forest + suffix)]


def _with(model: ModelSettings, arguments: dict[str, Any]) -> ModelSettings:
    return model.model_copy(update={"arguments": merge(model.arguments, arguments)})


def _words(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
