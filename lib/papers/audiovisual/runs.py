"""Experiments of priyasad2020: the runs that they make, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from lib.evaluation.predictions import gather, store
from lib.evaluation.voting import majority_vote
from lib.features.store import FeatureStore
from lib.papers.audiovisual.settings import TrainingStage
from lib.params import merge, project_path, project_root
from lib.runs import phases
from lib.runs.phases import Results
from lib.runs.run import Run, file_version, plan
from lib.splits import schemes as split_schemes
from lib.splits.split import Split
from lib.training.settings import TrainingSettings

WORK = "lib.papers.audiovisual.training"
LEAKING = "segment_kfold (leaking)"
"""Folds over segments: other segments of a tested clip have been trained on."""

Unit = Literal["clip", "segment"]


@dataclass(frozen=True)
class Source:
    """What extraction wrote for a corpus; the folder is relative to the project."""

    corpus: str
    folder: str
    classes: list[str]

    @classmethod
    def of(cls, corpus: str, extraction: str | Path) -> "Source":
        """Read it from the folder that extraction wrote for the corpus."""
        folder = Path(relpath(project_path(extraction), project_root())).as_posix()
        path = project_path(folder) / "faces.arrow"
        if not path.is_file():
            raise FileNotFoundError(f"no {path}: run audiovisual/01_extraction first")
        return cls(corpus, folder, FeatureStore(path).metadata["classes"])

    def table(self, name: str) -> pd.DataFrame:
        """``samples``, ``segments`` or ``excluded``."""
        return pd.read_parquet(project_path(f"{self.folder}/{name}.parquet"))


def with_encoders(names: Sequence[str], stage: TrainingStage) -> list[str]:
    """Experiments with those that train the encoders of their fusions, which come first."""
    wanted: list[str] = []
    for name in names:
        for needed in (*stage.models[name].encoders.values(), name):
            if needed not in wanted:
                wanted.append(needed)
    return wanted


def draw(
    scheme: str, source: Source, stage: TrainingStage, repeats: int, variant: str = "speech"
) -> tuple[list[Split], Unit]:
    """Splits of a scheme over clips, or of `LEAKING` over segments."""
    samples = source.table("samples")
    if scheme != LEAKING:
        made = split_schemes.make(scheme, samples, stage.folds, repeats, stage.seed)
        return made, "clip"
    segments = source.table("segments").query("variant == @variant")
    table = segments.merge(samples[["sample_id", "label"]], on="sample_id")
    table = table.assign(sample_id=table["segment"])
    drawn = split_schemes.make("stratified_kfold", table, stage.folds, repeats, stage.seed)
    return drawn, "segment"


def perform(
    names: Sequence[str],
    stage: TrainingStage,
    source: Source,
    splits: list[Split],
    unit: Unit = "clip",
) -> Results:
    """Do every run of some experiments in two phases: single modalities, then fusions."""
    names = with_encoders(names, stage)
    encoders = {name: stage.models[name].encoders for name in names}
    return phases.perform(
        names, encoders, lambda name: plan_runs(name, stage, source, splits, unit)
    )


def plan_runs(
    name: str, stage: TrainingStage, source: Source, splits: list[Split], unit: Unit
) -> list[Run]:
    """Runs of one experiment, one a split."""
    model = stage.models[name]
    training = TrainingSettings.model_validate(merge(stage.training.model_dump(), model.training))
    settings: dict[str, Any] = {
        "folder": source.folder,
        "classes": source.classes,
        "unit": unit,
        "model": model.model_dump(exclude={"encoders", "training"}),
        "backbone": stage.backbone.model_dump(),
        "training": training.model_dump(),
    }
    files = ["samples.parquet", "segments.parquet"]
    if model.modality != "video":
        files.append(f"mel_{model.variant}.arrow")
    if model.modality != "audio":
        files.append("faces.arrow")
    paths = [f"{source.folder}/{file}" for file in files]
    if stage.backbone.weights is not None:
        paths.append(stage.backbone.weights)
    data = {path: file_version(project_path(path)) for path in paths}
    return plan(f"{WORK}:train", name, source.corpus, splits, stage.seed, settings, data)


def gather_clips(results: Results, path: Path, unit: Unit = "clip") -> pd.DataFrame:
    """Predictions of clips of all runs as one table; see `lib.evaluation.predictions.gather`.

    Of folds over segments a clip's segments are tested in several folds; their votes are counted
    together, under fold 0.
    """
    if unit == "clip":
        return gather(results.folders, path)
    table = pd.concat(
        [pd.read_parquet(folder / "predictions.parquet") for folder in results.folders],
        ignore_index=True,
    )
    first = table.groupby(["experiment", "repeat"])["seed"].transform("first")
    table = table.assign(fold=0, seed=first)
    table = table[table["part"] == "test"]
    voted = majority_vote(table, table["sample_id"].str.rsplit("#", n=1).str[0])
    return store(voted, path)
