"""Experiments of priyasad2020: the runs that they make, and in which order."""

from pathlib import Path
from typing import Literal

import pandas as pd

from lib.evaluation.predictions import gather, store
from lib.evaluation.voting import majority_vote
from lib.papers.audiovisual.settings import ModelSettings, TrainingStage
from lib.papers.extracted import Source
from lib.runs import phases
from lib.runs.phases import Experiment, Results, changed
from lib.splits import schemes as split_schemes
from lib.splits.split import Split

WORK = "lib.papers.audiovisual.training"
LEAKING = "segment_kfold (leaking)"
"""Folds over segments: other segments of a tested clip have been trained on."""

Unit = Literal["clip", "segment"]


def draw(scheme: str, source: Source, stage: TrainingStage, repeats: int) -> tuple[list[Split], Unit]:
    """Splits of a scheme over clips, or of `LEAKING` over segments."""
    samples = source.table("samples")
    if scheme != LEAKING:
        made = split_schemes.make(scheme, samples, stage.folds, repeats, stage.seed)
        return made, "clip"
    segments = source.table("segments").query("variant == 'speech'")
    table = segments.merge(samples[["sample_id", "label"]], on="sample_id")
    table = table.assign(sample_id=table["segment"])
    made = split_schemes.make("stratified_kfold", table, stage.folds, repeats, stage.seed)
    return made, "segment"


def perform(
    names: list[str], stage: TrainingStage, source: Source, splits: list[Split], unit: Unit = "clip"
) -> Results:
    """Do every run of some experiments in two phases: single modalities, then fusions."""
    wanted = phases.with_encoders(names, lambda name: stage.models[name].encoders)
    experiments = {name: experiment(stage.models[name], stage, source, unit) for name in wanted}
    return phases.train(experiments, source.corpus, splits, stage.seed)


def experiment(model: ModelSettings, stage: TrainingStage, source: Source, unit: Unit) -> Experiment:
    """What the runs of one model share."""
    from lib.models.weights import chosen_weights  # needs torch, which notebooks do without

    wanted = "torchvision's vgg19-dcbb9e9d.pth (ImageNet)"
    weights = chosen_weights(stage.backbone.weights, "audiovisual.training.backbone.weights", wanted)
    backbone = stage.backbone.model_dump()
    if weights == "random":
        backbone["weights"] = None
    settings = {
        "folder": source.folder,
        "classes": source.classes,
        "unit": unit,
        "model": model.model_dump(exclude={"encoders", "training"}),
        "backbone": backbone,
        "trained": stage.trained,
        "dropout": stage.dropout,
        "training": changed(stage.training, model.training).model_dump(),
    }
    images = {"audio": [f"mel_{model.variant}"], "video": ["faces"]}
    images["both"] = images["audio"] + images["video"]
    files = [source.file("samples.parquet"), source.file("segments.parquet")]
    files += [source.file(f"{name}.arrow") for name in images[model.modality]]
    if isinstance(weights, Path):
        files.append(str(stage.backbone.weights))
    return Experiment(f"{WORK}:train", settings, files, encoders=model.encoders)


def gather_clips(results: Results, path: Path, unit: Unit = "clip") -> pd.DataFrame:
    """Predictions of clips of all runs as one table; see `lib.evaluation.predictions.gather`.

    With folds over segments, a clip's segments are tested in several folds; their votes are
    counted together, under fold 0.
    """
    if unit == "clip":
        return gather(results.folders, path)
    tables = [pd.read_parquet(folder / "predictions.parquet") for folder in results.folders]
    table = pd.concat(tables, ignore_index=True)
    first = table.groupby(["experiment", "repeat"])["seed"].transform("first")
    table = table.assign(fold=0, seed=first).query("part == 'test'")
    voted = majority_vote(table, table["sample_id"].str.rsplit("#", n=1).str[0])
    return store(voted, path)
