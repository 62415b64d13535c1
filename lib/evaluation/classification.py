"""Result tables computed from stored predictions."""

import numpy as np
import pandas as pd

from lib.evaluation.bootstrap import bootstrap_classification
from lib.evaluation.metrics import classification_scores
from lib.evaluation.predictions import classes_of

METRICS = ("WAP", "UAR", "WAR")


def score_table(
    predictions: pd.DataFrame, draws: int, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Scores of each experiment on its test predictions.

    The score of a repetition is computed on its folds' pooled predictions (shi2021 section IV.C);
    the table has the mean over repetitions, their standard deviation (NaN for one) and the cluster
    bootstrap interval.

    Parameters
    ----------
    predictions : DataFrame
        See `lib.evaluation.predictions`.
    draws : int
        Bootstrap draws.
    seed : int
        Seed of the bootstrap.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per experiment and metric: ``experiment``, ``metric``, ``score``, ``low``, ``high``,
        ``spread``, ``repeats``, ``runs``, ``samples``.
    """
    test = predictions[predictions["part"] == "test"]
    classes = classes_of(predictions)
    rows = []
    for experiment, group in test.groupby("experiment", sort=False):
        intervals = bootstrap_classification(
            group["label"].to_numpy(), group["prediction"].to_numpy(),
            group["cluster"].to_numpy(), len(classes), seed, group["repeat"].to_numpy(), draws,
            level,
        )  # fmt: skip
        per_repeat = pd.DataFrame(
            classification_scores(part["label"].to_numpy(), part["prediction"].to_numpy())
            for _, part in group.groupby("repeat")
        )
        for metric in METRICS:
            interval = intervals[metric]
            rows.append(
                {"experiment": experiment, "metric": metric, "score": interval.estimate,
                 "low": interval.low, "high": interval.high,
                 "spread": per_repeat[metric].std(ddof=1), "repeats": len(per_repeat),
                 "runs": len(group[["repeat", "fold"]].drop_duplicates()),
                 "samples": group["sample_id"].nunique()}
            )  # fmt: skip
    return pd.DataFrame(rows)


def per_class_recall(predictions: pd.DataFrame) -> pd.DataFrame:
    """Recall of each class on all test predictions, experiments by classes, plus class sizes."""
    test = predictions[predictions["part"] == "test"]
    classes = classes_of(predictions)
    rows = {}
    for experiment, group in test.groupby("experiment", sort=False):
        hits = group["label"] == group["prediction"]
        rows[experiment] = hits.groupby(group["label"]).mean().reindex(range(len(classes)))
    table = pd.DataFrame(rows).T
    table.columns = pd.Index(classes)
    return table


def beside_published(
    scores: pd.DataFrame, published: pd.DataFrame, marker: str, comparable: bool
) -> pd.DataFrame:
    """Ours beside the papers' numbers, each in the unit in which it is printed, with a verdict.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`.
    published : DataFrame
        From `lib.published.tables.cells_of`; ``row`` is the experiment.
    marker : str
        Provenance of our data.
    comparable : bool
        False unless our data are the paper's own corpus.

    Returns
    -------
    DataFrame
        ``cell_id``, ``paper``, ``exhibit``, ``experiment``, ``metric``, ``unit``, ``published``,
        ``ours``, ``low``, ``high``, ``runs``, ``gap``, ``verdict``.
    """
    table = published.merge(
        scores, left_on=["row", "metric"], right_on=["experiment", "metric"], how="inner"
    )
    factor = np.where(table["unit"] == "percent", 100, 1)
    ours = table[["score", "low", "high"]].mul(factor, axis=0)
    inside = (table["value"] >= ours["low"]) & (table["value"] <= ours["high"])
    verdict = np.where(inside, "agrees", "differs") if comparable else f"not comparable: {marker}"
    found = table[["cell_id", "paper", "exhibit", "experiment", "metric", "unit"]].assign(
        published=table["value"], ours=ours["score"], low=ours["low"], high=ours["high"],
        runs=table["runs_y"], gap=ours["score"] - table["value"], verdict=verdict,
    )  # fmt: skip
    return found.round({"published": 4, "ours": 4, "low": 4, "high": 4, "gap": 4})
