"""Every model on permuted labels: what is left must be chance."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from lib import params
from lib.corpora import emotic
from lib.evaluation.classification import score_table
from lib.evaluation.label_predictions import gather_labels, truth_and_scores
from lib.evaluation.multilabel import precision_scores, weighted_average_precisions
from lib.evaluation.predictions import classes_of, gather
from lib.evaluation.values import value_scores
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.audiovisual import settings as av_settings
from lib.papers.context import runs as context
from lib.papers.context import settings as context_settings
from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal import settings as skeletal_settings
from lib.papers.valence import runs as valence
from lib.papers.valence import settings as valence_settings
from lib.papers.valence.postprocessing import ChainSettings
from lib.papers.valence.predictions import gather_values, post_process
from lib.params import project_path
from lib.replication import permuted_labels as permuted
from lib.replication.settings import ControlStage
from lib.settings import Settings
from lib.splits import schemes as split_schemes

Stage = TypeVar("Stage", bound=Settings)


Scores = Callable[[float], pd.DataFrame]
"""Score table of a corpus's models with intervals of the given coverage."""


def every_model(stage: ControlStage, folder: str) -> pd.DataFrame:
    """Scores of every model of every paper on permuted labels of the corpora in `params.yaml`.

    Each interval covers 95 % by itself, so that about one in twenty misses chance where nothing is
    wrong. The simultaneous ones cover together: 95 % for all of them at once, by Bonferroni.

    Parameters
    ----------
    folder : str
        For the predictions, relative to the project.

    Returns
    -------
    DataFrame
        ``paper``, ``corpus``, ``experiment``, ``metric``, ``score``, ``low``, ``high``,
        ``simultaneous low``, ``simultaneous high``, ``chance``, ``contains chance`` and
        ``simultaneously``: whether the two intervals contain it.
    """
    kinds: dict[str, Callable[[str, ControlStage, str], Scores]] = {
        "skeletal": _skeletal, "audiovisual": _audiovisual, "context": _context,
        "valence": _valence,
    }  # fmt: skip
    corpora = params.load_yaml()
    found = {
        (kind, corpus): scores_of(corpus, stage, f"{folder}/{kind}_{corpus}.parquet")
        for kind, scores_of in kinds.items()
        for corpus in corpora[kind]["corpora"]
    }

    def table(level: float) -> pd.DataFrame:
        return pd.concat(
            [scores(level).assign(paper=kind, corpus=corpus)
             for (kind, corpus), scores in found.items()], ignore_index=True
        )  # fmt: skip

    single = table(0.95)
    together = table(1 - 0.05 / len(single))
    single["simultaneous low"], single["simultaneous high"] = together["low"], together["high"]
    for name, prefix in (("contains chance", ""), ("simultaneously", "simultaneous ")):
        single[name] = single["chance"].between(single[f"{prefix}low"], single[f"{prefix}high"])
    columns = ["paper", "corpus", "experiment", "metric", "score", "low", "high",
               "simultaneous low", "simultaneous high", "chance"]  # fmt: skip
    return single[[*columns, "contains chance", "simultaneously"]]


def shortened(settings: Stage, epochs: int) -> Stage:
    """The same stage with at most so many epochs for every model."""
    found: dict[str, Any] = settings.model_dump()
    found["training"]["epochs"] = min(epochs, found["training"]["epochs"])
    for model in found["models"].values():
        if "epochs" in model["training"]:
            model["training"]["epochs"] = min(epochs, model["training"]["epochs"])
    return type(settings).model_validate(found)


def _skeletal(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = shortened(
        params.read("skeletal.training", skeletal_settings.TrainingStage, corpus), stage.epochs
    )
    ablations = params.read("skeletal.ablations", skeletal_settings.AblationStage, corpus)
    extraction = "outputs/skeletal/01_extraction"
    source = skeletal.Source.of(corpus, extraction)
    source = replace(source, folder=permuted.copy(source.folder, stage.seed))
    splits = split_schemes.make(
        settings.scheme, source.samples(), settings.folds, 1, settings.seed
    )[: stage.folds]
    names = list(dict.fromkeys([*settings.experiments, *ablations.experiments]))
    done = skeletal.perform(names, settings, source, splits)
    return _classified(gather(done.folders, project_path(path)), stage)


def _audiovisual(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = shortened(
        params.read("audiovisual.training", av_settings.TrainingStage, corpus), stage.epochs
    )
    source = audiovisual.Source.of(corpus, "outputs/audiovisual/01_extraction")
    source = replace(source, folder=permuted.copy(source.folder, stage.seed))
    splits, unit = audiovisual.draw(settings.scheme, source, settings, 1)
    done = audiovisual.perform(list(settings.models), settings, source, splits[: stage.folds], unit)
    return _classified(audiovisual.gather_clips(done, project_path(path), unit), stage)


def _context(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = shortened(
        params.read("context.training", context_settings.TrainingStage, corpus), stage.epochs
    )
    extraction = params.read("context.extraction", context_settings.ExtractionStage, corpus)
    source = context.Source.of(corpus, "outputs/context/01_extraction")
    folder = permuted.copy(source.folder, stage.seed, emotic.LABELS)
    source = replace(source, folder=folder)
    splits = context.release_splits(source.samples(), 1, settings.seed)
    done = context.perform(list(settings.models), settings, extraction, source, splits)
    predictions = gather_labels(done.folders, project_path(path))
    test = predictions[predictions["part"] == "test"]
    truth, _ = truth_and_scores(test[test["experiment"] == test["experiment"].iloc[0]])
    chance = random_precision(truth, stage.seed)

    def scores(level: float) -> pd.DataFrame:
        table = precision_scores(predictions, stage.bootstrap_draws, stage.seed, level)
        return table[table["row"] == "mAP"].assign(chance=chance)

    return scores


def random_precision(truth: np.ndarray, seed: int, draws: int = 200) -> float:
    """mAP of random scores: a little above the mean prevalence where positives are few."""
    generator = np.random.default_rng(seed)
    once = np.ones((1, len(truth)))
    found = [
        np.nanmean(weighted_average_precisions(truth, generator.random(truth.shape), once))
        for _ in range(draws)
    ]
    return float(np.mean(found))


def _valence(corpus: str, stage: ControlStage, path: str) -> Scores:
    settings = shortened(
        params.read("valence.training", valence_settings.TrainingStage, corpus), stage.epochs
    )
    ablations = params.read("valence.ablations", valence_settings.AblationStage, corpus)
    extraction = params.read("valence.extraction", valence_settings.ExtractionStage, corpus)
    source = valence.Source.of(corpus, "outputs/valence/01_extraction")
    source = replace(source, folder=permuted.copy(source.folder, stage.seed, None))
    splits = valence.release_splits(source.table("samples"), settings.development, 1, settings.seed)
    names = list(dict.fromkeys([*settings.experiments, *ablations.experiments]))
    done = valence.perform(names, settings, extraction, source, splits)
    predictions = gather_values(done.folders, project_path(path))
    processed, _ = post_process(predictions, ChainSettings(windows=[], shifts=[]))
    raw = processed[processed["processing"] == "raw"]

    def scores(level: float) -> pd.DataFrame:
        table = value_scores(raw, stage.bootstrap_draws, stage.seed, level)
        return table[table["metric"] == "CCC"].assign(chance=0.0)

    return scores


def _classified(predictions: pd.DataFrame, stage: ControlStage) -> Scores:
    chance = 1 / len(classes_of(predictions))

    def scores(level: float) -> pd.DataFrame:
        table = score_table(predictions, stage.bootstrap_draws, stage.seed, level)
        return table[table["metric"] == "UAR"].assign(chance=chance)

    return scores
