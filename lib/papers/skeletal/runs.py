"""Experiments of shi2020 and shi2021: the runs that they make, and in which order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from os.path import relpath
from pathlib import Path
from typing import Any

import pandas as pd

from lib.features.store import FeatureStore
from lib.papers.skeletal.settings import MODALITIES, InputSettings, ModelSettings, TrainingStage
from lib.params import merge, project_path, project_root
from lib.runs import phases
from lib.runs.phases import Results, execute
from lib.runs.run import Run, file_version, plan
from lib.splits.split import Split
from lib.training.settings import TrainingSettings

WORK = "lib.papers.skeletal.training"
BASELINES = {
    "skeleton": "random forest on motion statistics",
    "audio": "random forest on speech statistics",
}


@dataclass(frozen=True)
class Source:
    """What extraction wrote for a corpus; paths are relative to the project."""

    corpus: str
    folder: str
    classes: list[str]
    modalities: tuple[str, ...]

    @classmethod
    def of(cls, corpus: str, extraction: str | Path) -> "Source":
        """Read it from the folder that extraction wrote for the corpus."""
        folder = Path(relpath(project_path(extraction), project_root())).as_posix()
        stores: list[Path] = sorted(project_path(folder).glob("*.arrow"))
        if not stores:
            raise FileNotFoundError(f"no features in {folder}: run skeletal/01_extraction first")
        metadata = FeatureStore(stores[0]).metadata
        return cls(corpus, folder, metadata["classes"], tuple(metadata["modalities"]))

    def files(self, modalities: Collection[str], inputs: InputSettings) -> dict[str, str]:
        """Feature stores of some modalities, by name."""
        names: dict[str, list[str]] = {
            "skeleton": [inputs.skeleton.store],
            "audio": ["mfcc", "prosody"],
            "text": ["glove"] if inputs.text.glove else [],
            "mocap": ["mocap"],
        }
        return {
            name: f"{self.folder}/{name}.arrow"
            for modality in modalities
            for name in names[modality]
        }

    def samples(self) -> pd.DataFrame:
        """The table of kept samples."""
        return pd.read_parquet(project_path(f"{self.folder}/samples.parquet"))


def possible(names: Sequence[str], stage: TrainingStage, source: Source) -> list[str]:
    """Experiments whose modalities the corpus has, with the encoders that fusions need first."""
    wanted: list[str] = []
    for name in names:
        for needed in (*stage.models[name].encoders.values(), name):
            modalities = MODALITIES[stage.models[needed].name]
            if needed not in wanted and set(modalities) <= set(source.modalities):
                wanted.append(needed)
    return wanted


def plan_runs(
    experiment: str,
    model: ModelSettings,
    stage: TrainingStage,
    source: Source,
    splits: list[Split],
    start: Results | None = None,
) -> list[Run]:
    """Runs of one experiment, one a split.

    Parameters
    ----------
    start : Results, optional
        Finished runs, one a split, whose weights the training starts from.
    """
    inputs = InputSettings.model_validate(merge(stage.inputs.model_dump(), model.inputs))
    training = TrainingSettings.model_validate(merge(stage.training.model_dump(), model.training))
    modalities = MODALITIES[model.name]
    stores = source.files(modalities, inputs)
    settings = {
        "samples": f"{source.folder}/samples.parquet",
        "classes": source.classes,
        "stores": stores,
        "inputs": {name: getattr(inputs, name).model_dump() for name in modalities},
        "model": {"name": model.name, "arguments": model.arguments, "freeze": model.freeze},
        "training": training.model_dump(),
    }
    data = {path: file_version(project_path(path)) for path in _files(settings)}
    made = plan(f"{WORK}:train", experiment, source.corpus, splits, stage.seed, settings, data)
    if start is None:
        return made
    return [
        replace(
            run,
            settings=settings | {"start": phases.weights_of(before, folder)},
            data=data | phases.weights_version(folder),
        )
        for run, before, folder in zip(made, start.runs, start.folders, strict=True)
    ]


def perform(
    names: Sequence[str], stage: TrainingStage, source: Source, splits: list[Split]
) -> Results:
    """Do every run of some experiments: the single models first, then the fusions on them."""
    names = possible(names, stage, source)
    encoders = {name: stage.models[name].encoders for name in names}
    return phases.perform(
        names, encoders, lambda name: plan_runs(name, stage.models[name], stage, source, splits)
    )


def perform_baselines(
    names: Sequence[str],
    stage: TrainingStage,
    source: Source,
    splits: list[Split],
    suffix: str = "",
) -> Results:
    """A random forest on plain statistics of each modality that some experiments use.

    `suffix` is put behind the baseline's name, for variants of the stage's inputs.
    """
    used = {
        kind
        for name in possible(names, stage, source)
        for kind in MODALITIES[stage.models[name].name]
    }
    planned = []
    for modality in BASELINES:
        if modality not in used:
            continue
        stores = source.files([modality], stage.inputs)
        settings = {
            "samples": f"{source.folder}/samples.parquet",
            "classes": source.classes,
            "stores": stores,
            "baseline": stage.baseline.model_dump(),
        }
        data = {path: file_version(project_path(path)) for path in _files(settings)}
        planned += plan(
            f"{WORK}:train_baseline", BASELINES[modality] + suffix, source.corpus, splits,
            stage.seed, settings, data,
        )  # fmt: skip
    return execute(planned)


def _files(settings: dict[str, Any]) -> list[str]:
    return [settings["samples"], *settings["stores"].values()]
