"""Negative controls: every model on permuted labels must score at chance."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lib.corpora import emotic
from lib.evaluation import predictions as stored
from lib.evaluation.scores import score_table
from lib.papers.extracted import Source
from lib.replication import permuted_labels as permuted
from lib.replication.chance import chance_level, headline
from lib.replication.settings import NegativeControlStage
from lib.replication.trainings import instances, stage_of, train

PERMUTED = {"context": emotic.LABELS, "valence": None}
"""What `lib.replication.permuted_labels.copy` permutes, where it is not the label."""
NOT_LEARNT = "proves nothing: at chance on true labels too"
CONSTANT = "proves nothing: most trainings give one answer to all"
AT_CHANCE, OFF_CHANCE = "at chance", "not at chance"
VERDICTS = (AT_CHANCE, OFF_CHANCE, CONSTANT, NOT_LEARNT)
STILL = 0.01
"""Spread of predicted values, relative to that of the truth, below which they count as constant."""


def listed() -> list[tuple[str, str, str]]:
    """Paper, corpus and model of every negative control."""
    return [(*each, name) for each in instances() for name in stage_of(*each)[1]]


def every_model(stage: NegativeControlStage, folder: Path) -> pd.DataFrame:
    """Every model on permuted labels and, with the same budget, on true ones.

    Each training has its own permutation, its own seed and the epochs and folds of the stage that
    reports the model. Each interval covers 95 % by itself, so that about one in twenty misses
    chance even if nothing is wrong. The simultaneous intervals cover 95 % for all models together
    (Bonferroni). Predictions are stored in `folder`.

    Returns
    -------
    DataFrame
        ``paper``, ``corpus``, and the columns of `beside_twins`.
    """
    rows, models = listed(), len(listed())
    tables = []
    for paper, corpus in instances():
        source = Source.of(corpus, f"outputs/{paper}/01_extraction/{corpus}")
        found = predict(paper, source, stage, folder / f"{paper}_{corpus}.parquet")
        true = train(paper, source, range(stage.trainings))
        twin = stored.gather(true.folders, folder / f"{paper}_{corpus}_true.parquet")
        own = beside_twins(found, twin, models).set_index("experiment")
        own = own.loc[[row[2] for row in rows if row[:2] == (paper, corpus)]].reset_index()
        own.insert(0, "corpus", corpus)
        own.insert(0, "paper", paper)
        tables.append(own)
    return pd.concat(tables, ignore_index=True)


def predict(paper: str, source: Source, stage: NegativeControlStage, path: Path) -> pd.DataFrame:
    """Predictions of a paper's models on permuted labels of an extraction, stored as `path`."""
    folders = []
    for repeat in range(stage.trainings):
        columns = PERMUTED.get(paper, ("label",))
        own = permuted.copy(source.folder, stage.seed, repeat, columns)
        folders += train(paper, replace(source, folder=own), [repeat]).folders
    return stored.gather(folders, path)


def beside_twins(found: pd.DataFrame, twin: pd.DataFrame, models: int) -> pd.DataFrame:
    """Scores on permuted labels beside those on true ones.

    Parameters
    ----------
    found, twin : DataFrame
        Predictions of the same experiments on permuted and on true labels.
    models : int
        Number of models in all, for the simultaneous intervals.

    Returns
    -------
    DataFrame
        ``experiment``, ``metric``, ``chance``; on permuted labels ``score``, ``low``, ``high``,
        ``simultaneous low``, ``simultaneous high``, ``trainings`` (repetitions by folds),
        ``constant`` (how many of them give one answer to all); ``true score``, ``true low``, ``true
        high`` on true labels; whether the two intervals contain chance (``contains chance``,
        ``simultaneously``), and the ``verdict``, one of `VERDICTS`.
    """
    own, true = _headline(found), _headline(twin)[["score", "low", "high"]].add_prefix("true ")
    together = _headline(found, 1 - 0.05 / models)[["low", "high"]].add_prefix("simultaneous ")
    still = constant(found).groupby("experiment", sort=False).agg(["size", "sum"])
    still = still.set_axis(["trainings", "constant"], axis=1)
    table = own[["metric", "score", "low", "high"]].join([together, still, true])
    table.insert(1, "chance", chance_level(found))
    for name, prefix in (("contains chance", ""), ("simultaneously", "simultaneous ")):
        table[name] = table["chance"].between(table[f"{prefix}low"], table[f"{prefix}high"])
    conditions = {
        NOT_LEARNT: ~(table["true low"] > table["chance"]),
        CONSTANT: 2 * table["constant"] > table["trainings"],
        AT_CHANCE: table["contains chance"],
    }
    verdicts = np.select(list(conditions.values()), list(conditions), OFF_CHANCE)
    return table.assign(verdict=verdicts).reset_index()


def _headline(predictions: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Scores in the main metric, indexed by experiment."""
    scores = score_table(predictions, level)
    return scores[scores["metric"] == headline(predictions)].set_index("experiment")


def constant(predictions: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a training gives one answer to all test samples, by experiment, repeat and fold.

    Values count as constant where their spread is below `STILL` of the truth's.
    """
    kind, test = stored.kind_of(predictions), stored.reported(predictions)

    def still(own: pd.DataFrame) -> bool:
        if kind is stored.VALUES:
            spread = own[["prediction", "truth"]].std()
            return bool(spread["prediction"] < STILL * spread["truth"])
        if kind is stored.LABEL_SETS:
            return bool((np.ptp(stored.truth_and_scores(own)[1], axis=0) == 0).all())
        return len(set(own["prediction"])) == 1

    names = ["experiment", "repeat", "fold"]
    found = {key: still(own) for key, own in test.groupby(names, sort=False)}
    return pd.Series(found).rename_axis(names)
