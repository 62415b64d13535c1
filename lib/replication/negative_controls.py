"""Negative controls: every model on permuted labels must score at chance."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from lib import params
from lib.corpora import emotic
from lib.evaluation import predictions as stored
from lib.evaluation.metrics import HEADLINE, average_precisions, even_chance
from lib.evaluation.scores import score_table
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.audiovisual import settings as audiovisual_settings
from lib.papers.context import runs as context
from lib.papers.context import settings as context_settings
from lib.papers.extracted import Source
from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal import settings as skeletal_settings
from lib.papers.valence import runs as valence
from lib.papers.valence import settings as valence_settings
from lib.params import SettingsType, project_path
from lib.replication import permuted_labels as permuted
from lib.replication.settings import ControlStage
from lib.splits import schemes as split_schemes

PAPERS: dict[str, tuple[Any, Any]] = {
    "skeletal": (skeletal, skeletal_settings),
    "audiovisual": (audiovisual, audiovisual_settings),
    "context": (context, context_settings),
    "valence": (valence, valence_settings),
}
"""Modules with the runs and the settings of each paper."""
PERMUTED = {"context": emotic.LABELS, "valence": None}
"""What `lib.replication.permuted_labels.copy` permutes, where it is not the label."""


def every_model(stage: ControlStage, folder: str) -> pd.DataFrame:
    """Scores of every model of every paper on permuted labels of the corpora in `params.yaml`.

    Each interval covers 95 % by itself, so that about one in twenty misses chance even if nothing
    is wrong. The simultaneous intervals cover 95 % for all models together (Bonferroni).
    Predictions are stored in `folder`, relative to the project.

    Returns
    -------
    DataFrame
        ``paper``, ``corpus``, ``experiment``, ``metric``, ``score``, ``low``, ``high``,
        ``simultaneous low``, ``simultaneous high``, ``chance``, and whether the two intervals
        contain it: ``contains chance`` and ``simultaneously``.
    """
    found = {
        (paper, corpus): predict(paper, corpus, stage, f"{folder}/{paper}_{corpus}.parquet")
        for paper in PAPERS
        for corpus in params.load_yaml()[paper]["corpora"]
    }

    def table(level: float) -> pd.DataFrame:
        tables = []
        for (paper, corpus), predictions in found.items():
            metric = HEADLINE[stored.kind_of(predictions).name]
            scores = score_table(predictions, level)
            own = scores[scores["metric"] == metric]
            chance = chance_level(predictions, metric, stage.seed)
            tables.append(own.assign(paper=paper, corpus=corpus, chance=chance))
        return pd.concat(tables, ignore_index=True)

    own = table(0.95)
    together = table(1 - 0.05 / len(own))[["low", "high"]].add_prefix("simultaneous ")
    single = own.join(together)
    columns = ["paper", "corpus", "experiment", "metric", "score", "low", "high"]
    single = single[[*columns, *together.columns, "chance"]]
    for name, prefix in (("contains chance", ""), ("simultaneously", "simultaneous ")):
        single[name] = single["chance"].between(single[f"{prefix}low"], single[f"{prefix}high"])
    return single


def predict(paper: str, corpus: str, stage: ControlStage, path: str) -> pd.DataFrame:
    """Predictions of a paper's models on permuted labels of a corpus, stored as `path`.

    Context and valence are tested on the release's parts, the others on the first folds of their
    cross-validation over clips or utterances.
    """
    runs, schemas = PAPERS[paper]
    training = params.read(f"{paper}.training", schemas.TrainingStage, corpus)
    ablations = params.read(f"{paper}.ablations", schemas.AblationStage, corpus)
    settings = shortened(training, stage.epochs)
    names = [*settings.experiments, *ablations.experiments]
    source = Source.of(corpus, f"outputs/{paper}/01_extraction/{corpus}")
    columns = PERMUTED.get(paper, ("label",))
    source = replace(source, folder=permuted.copy(source.folder, stage.seed, columns))
    samples, shared = source.samples(), [source]
    if paper in PERMUTED:
        extraction = params.read(f"{paper}.extraction", schemas.ExtractionStage, corpus)
        shared = [extraction, source]
        kept = [settings.development] if paper == "valence" else []
        splits = runs.release_splits(samples, *kept, 1, settings.seed)
    else:
        splits = split_schemes.make(settings.scheme, samples, settings.folds, 1, settings.seed)
        splits = splits[: stage.folds]
    done = runs.perform(list(dict.fromkeys(names)), settings, *shared, splits)
    return stored.gather(done.folders, project_path(path))


def shortened(settings: SettingsType, epochs: int) -> SettingsType:
    """Copy of a stage's settings in which no model trains for more than the given epochs."""
    found: dict[str, Any] = settings.model_dump()
    for holder in (found, *found["models"].values()):
        if "epochs" in holder["training"]:
            holder["training"]["epochs"] = min(epochs, holder["training"]["epochs"])
    return type(settings).model_validate(found)


def chance_level(predictions: pd.DataFrame, metric: str, seed: int) -> float:
    """Score of a guess in the metric of a kind of predictions."""
    if stored.kind_of(predictions) is stored.LABEL_SETS:
        test = stored.reported(predictions)
        first = test[test["experiment"] == test["experiment"].iloc[0]]
        return random_precision(stored.truth_and_scores(first)[0], seed)
    return even_chance(metric, max(1, len(stored.names_of(predictions))))


def random_precision(truth: np.ndarray, seed: int, draws: int = 200) -> float:
    """mAP of random scores: a little above the mean prevalence where positives are few."""
    generator = np.random.default_rng(seed)
    scores = (generator.random(truth.shape) for _ in range(draws))
    return float(np.mean([np.nanmean(average_precisions(truth, drawn)) for drawn in scores]))
