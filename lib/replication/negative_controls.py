"""Negative controls: every model on permuted labels must score at chance."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from lib import params
from lib.corpora import emotic
from lib.evaluation.metrics import HEADLINE, METRICS, average_precisions
from lib.evaluation.predictions import gather, kind_of, names_of, reported, truth_and_scores
from lib.evaluation.scores import score_table
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.audiovisual import settings as av_settings
from lib.papers.context import runs as context
from lib.papers.context import settings as context_settings
from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal import settings as skeletal_settings
from lib.papers.valence import runs as valence
from lib.papers.valence import settings as valence_settings
from lib.papers.valence.postprocessing import ChainSettings, post_process
from lib.params import project_path
from lib.replication import permuted_labels as permuted
from lib.replication.settings import ControlStage
from lib.settings import Settings
from lib.splits import schemes as split_schemes

Stage = TypeVar("Stage", bound=Settings)
Scores = Callable[[float], pd.DataFrame]
"""Function of a coverage: the score table of a corpus's models with such intervals."""


def every_model(stage: ControlStage, folder: str) -> pd.DataFrame:
    """Scores of every model of every paper on permuted labels of the corpora in `params.yaml`.

    Each interval covers 95 % by itself, so that about one in twenty misses chance even if nothing
    is wrong. The simultaneous intervals cover 95 % for all models together (Bonferroni).

    Parameters
    ----------
    stage : ControlStage
    folder : str
        Folder for the predictions, relative to the project.

    Returns
    -------
    DataFrame
        ``paper``, ``corpus``, ``experiment``, ``metric``, ``score``, ``low``, ``high``,
        ``simultaneous low``, ``simultaneous high``, ``chance``, ``contains chance`` and
        ``simultaneously``: whether the two intervals contain it.
    """
    kinds: dict[str, Callable[[str, ControlStage, str], Scores]] = {
        "skeletal": _skeletal,
        "audiovisual": _audiovisual,
        "context": _context,
        "valence": _valence,
    }
    corpora = params.load_yaml()
    found = {
        (kind, corpus): scores_of(corpus, stage, f"{folder}/{kind}_{corpus}.parquet")
        for kind, scores_of in kinds.items()
        for corpus in corpora[kind]["corpora"]
    }

    def table(level: float) -> pd.DataFrame:
        tables = [
            scores(level).assign(paper=kind, corpus=corpus)
            for (kind, corpus), scores in found.items()
        ]
        return pd.concat(tables, ignore_index=True)

    single = table(0.95)
    together = table(1 - 0.05 / len(single))
    single["simultaneous low"], single["simultaneous high"] = together["low"], together["high"]
    for name, prefix in (("contains chance", ""), ("simultaneously", "simultaneous ")):
        single[name] = single["chance"].between(single[f"{prefix}low"], single[f"{prefix}high"])
    columns = ["paper", "corpus", "experiment", "metric", "score", "low", "high"]
    columns += ["simultaneous low", "simultaneous high", "chance"]
    return single[[*columns, "contains chance", "simultaneously"]]


def shortened(settings: Stage, epochs: int) -> Stage:
    """Copy of a stage's settings in which no model trains for more than the given epochs."""
    found: dict[str, Any] = settings.model_dump()
    trainings = [found["training"], *(model["training"] for model in found["models"].values())]
    for training in trainings:
        if "epochs" in training:
            training["epochs"] = min(epochs, training["epochs"])
    return type(settings).model_validate(found)


def _training(paper: str, schema: type[Stage], corpus: str, stage: ControlStage) -> Stage:
    return shortened(params.read(f"{paper}.training", schema, corpus), stage.epochs)


def _skeletal(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = _training("skeletal", skeletal_settings.TrainingStage, corpus, stage)
    ablations = params.read("skeletal.ablations", skeletal_settings.AblationStage, corpus)
    source = skeletal.Source.of(corpus, f"outputs/skeletal/01_extraction/{corpus}")
    source = replace(source, folder=permuted.copy(source.folder, stage.seed))
    splits = split_schemes.make(
        settings.scheme, source.samples(), settings.folds, 1, settings.seed
    )[: stage.folds]
    names = list(dict.fromkeys([*settings.experiments, *ablations.experiments]))
    done = skeletal.perform(names, settings, source, splits)
    return _against_chance(gather(done.folders, project_path(path)), stage)


def _audiovisual(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = _training("audiovisual", av_settings.TrainingStage, corpus, stage)
    source = audiovisual.Source.of(corpus, f"outputs/audiovisual/01_extraction/{corpus}")
    source = replace(source, folder=permuted.copy(source.folder, stage.seed))
    splits, unit = audiovisual.draw(settings.scheme, source, settings, 1)
    done = audiovisual.perform(list(settings.models), settings, source, splits[: stage.folds], unit)
    return _against_chance(audiovisual.gather_clips(done, project_path(path), unit), stage)


def _context(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = _training("context", context_settings.TrainingStage, corpus, stage)
    extraction = params.read("context.extraction", context_settings.ExtractionStage, corpus)
    source = context.Source.of(corpus, f"outputs/context/01_extraction/{corpus}")
    folder = permuted.copy(source.folder, stage.seed, emotic.LABELS)
    source = replace(source, folder=folder)
    splits = context.release_splits(source.samples(), 1, settings.seed)
    done = context.perform(list(settings.models), settings, extraction, source, splits)
    predictions = gather(done.folders, project_path(path))
    test = reported(predictions)
    truth, _ = truth_and_scores(test[test["experiment"] == test["experiment"].iloc[0]])
    return _against_chance(predictions, stage, random_precision(truth, stage.seed))


def random_precision(truth: np.ndarray, seed: int, draws: int = 200) -> float:
    """mAP of random scores: a little above the mean prevalence where positives are few."""
    generator = np.random.default_rng(seed)
    found = [
        np.nanmean(average_precisions(truth, generator.random(truth.shape))) for _ in range(draws)
    ]
    return float(np.mean(found))


def _valence(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = _training("valence", valence_settings.TrainingStage, corpus, stage)
    ablations = params.read("valence.ablations", valence_settings.AblationStage, corpus)
    extraction = params.read("valence.extraction", valence_settings.ExtractionStage, corpus)
    source = valence.Source.of(corpus, f"outputs/valence/01_extraction/{corpus}")
    source = replace(source, folder=permuted.copy(source.folder, stage.seed, None))
    splits = valence.release_splits(source.table("samples"), settings.development, 1, settings.seed)
    names = list(dict.fromkeys([*settings.experiments, *ablations.experiments]))
    done = valence.perform(names, settings, extraction, source, splits)
    predictions = gather(done.folders, project_path(path))
    processed, _ = post_process(predictions, ChainSettings(windows=[], shifts=[]))
    return _against_chance(processed[processed["processing"] == "raw"], stage)


def _against_chance(
    predictions: pd.DataFrame, stage: ControlStage, chance: float | None = None
) -> Scores:
    """Scores in the headline metric of a kind of predictions, with their level of chance."""
    metric = HEADLINE[kind_of(predictions).name]
    if chance is None:
        classes = max(1, len(names_of(predictions)))
        chance = METRICS[metric].chance(np.full(classes, 1 / classes))

    def scores(level: float) -> pd.DataFrame:
        table = score_table(predictions, stage.bootstrap_draws, stage.seed, level)
        return table[table["metric"] == metric].assign(chance=chance)

    return scores
