"""Several models on the same samples: the valid tests beside the usual ones, and ranks."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from lib.evaluation.jackknife import intervals
from lib.evaluation.metrics import average_precisions
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES, paired, truth_and_scores
from lib.evaluation.predictions import names_of as labels_of
from lib.evaluation.scores import DIFFERENCE
from lib.evaluation.tests import (
    CORRECTED,
    MCNEMAR,
    STUDENT,
    corrected_resampled_t,
    holm,
    mcnemar,
    students_t,
    table_of_tests,
)
from lib.evaluation.values import recording_scores
from scripts.audit.definitions import statistic
from scripts.audit.predictions import Predictions


def ratio_of(folds: pd.DataFrame | None) -> float:
    """Samples that test to samples that train: of stored parts, else of a k-fold, else NaN."""
    if folds is None:
        return float("nan")
    if "part" in folds:
        sizes = folds["part"].value_counts()
        return float(sizes["test"] / sizes["train"])
    return 1 / (folds["fold"].nunique() - 1)


LABELS = "p over labels"
"""p of a paired t-test over the labels' AP, which treats labels as independent."""
USUAL = ("unit", "n", *STUDENT, *CORRECTED, LABELS, "d", "d_z", *MCNEMAR, "p t-test")
"""Columns of the tests that the field usually prints, beside the test over clusters and trainings."""


def marked(compared: pd.DataFrame) -> pd.DataFrame:
    """A table of `compare` whose usual tests stand last, their columns named ``usual: <column>``."""
    usual = [name for name in compared if name in (*USUAL, "Holm corrected", "Holm McNemar")]
    first = [name for name in compared if name not in usual]
    return compared[first + usual].rename(columns={name: f"usual: {name}" for name in usual})


def _precisions(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """AP of each label and mAP (columns) of each group of rows; NaN for labels without positives."""
    found = {key: average_precisions(*truth_and_scores(own))[0] for key, own in rows.groupby(columns)}
    table = pd.DataFrame.from_dict(found, orient="index", columns=labels_of(rows))
    return table.assign(mAP=table.mean(axis=1))


def _label_tests(one: pd.DataFrame, two: pd.DataFrame, ratio: float) -> list[dict[str, object]]:
    """The usual tests on the APs of two models, one row for each label and for mAP.

    Student's t over repetitions, or over folds if there is one repetition, the corrected resampled
    t-test over all folds, and for mAP a paired t-test over the labels' AP.
    """
    folds = [_precisions(rows, ["repeat", "fold"]) for rows in (one, two)]
    repeats = [_precisions(rows, ["repeat"]) for rows in (one, two)]
    several = len(repeats[0]) > 1
    unit, units = ("repetitions", repeats) if several else ("folds", folds)
    made = []
    for name in folds[0]:
        row: dict[str, object] = {}
        a, b = (own[name].dropna() for own in units)
        if len(a) > 1:
            student = [students_t(a, b, paired=paired_) for paired_ in (False, True)]
            numbers = [number for found in student for number in (found.statistic, found.p)]
            row |= {"unit": unit, "n": len(a)} | dict(zip(STUDENT, numbers, strict=True))
        gaps = (folds[0][name] - folds[1][name]).dropna()
        if len(gaps) > 1:
            found = corrected_resampled_t(gaps, ratio)
            row |= dict(zip(CORRECTED, (found.statistic, found.p), strict=True))
        if name == "mAP":
            a, b = (own.drop(columns="mAP").mean().dropna() for own in repeats)
            row |= {LABELS: students_t(a, b, paired=True).p} if len(a) > 1 else {}
        made.append(row)
    return made


def compare(predictions: Predictions, ratio: float) -> pd.DataFrame:
    """Every pair of models: differences with intervals and p-values; one Holm family.

    The columns are those of `lib.evaluation.tests.table_of_tests`, for label sets also `LABELS`;
    where there is a single fold and repetition, tests over folds do not exist and are left out.
    """
    table, kind = predictions.table[predictions.table["part"] == "test"], predictions.kind
    pairs = list(combinations(predictions.models, 2))
    if kind is VALUES or (kind is CLASSES and len(table[["repeat", "fold"]].drop_duplicates()) > 1):
        return table_of_tests(table, pairs, ratio)
    rows: list[dict[str, object]] = []
    for first, second in pairs:
        one, two = paired(table, first, second)
        gap = statistic(one, kind.name) - statistic(two, kind.name)
        usual = _label_tests(one, two, ratio) if kind is LABEL_SETS else [{}] * len(gap.about)
        for (name, found), more in zip(intervals(gap).items(), usual, strict=True):
            row = {"first": first, "second": second} | gap.about[name]
            row |= dict(zip(DIFFERENCE, found[: len(DIFFERENCE)], strict=True))
            if name == "WAR":
                exact = mcnemar(one["label"], one["prediction"], two["prediction"])
                counts = (exact.statistic, exact.degrees - exact.statistic, exact.p)
                row |= dict(zip(MCNEMAR, counts, strict=True))
            rows.append(row | more)
    compared = pd.DataFrame(rows)
    for name in ("crossed", "corrected", "McNemar"):
        if f"p {name}" in compared:
            compared[f"Holm {name}"] = holm(compared[f"p {name}"].to_list())
    return compared


def blocks(predictions: Predictions) -> pd.DataFrame:
    """Scores of each block (rows) by model, means over repetitions.

    Blocks are clusters and their share of right answers, labels and their AP, or recordings and
    their CCC.
    """
    found = {}
    for model in predictions.models:
        own = predictions.of(model)
        if predictions.kind is CLASSES:
            found[model] = (
                own.assign(right=own["label"] == own["prediction"]).groupby("cluster")["right"].mean()
            )
        elif predictions.kind is LABEL_SETS:
            several = [average_precisions(*truth_and_scores(rows))[0] for _, rows in own.groupby("repeat")]
            found[model] = pd.Series(np.mean(several, axis=0), labels_of(own)).dropna()
        else:
            found[model] = recording_scores(own).groupby("recording")["CCC"].mean()
    return pd.DataFrame(found)[predictions.models]


def ranks(scores: pd.DataFrame, alpha: float = 0.05) -> tuple[pd.Series, float, float]:
    """Mean rank of each model, Nemenyi's critical difference and Friedman's p over blocks.

    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets"; at least three
    models. `scores` are blocks by models, where the best has rank 1.
    """
    number, models = scores.shape
    quantile = stats.studentized_range.ppf(1 - alpha, models, np.inf) / np.sqrt(2)
    distance = float(quantile * np.sqrt(models * (models + 1) / (6 * number)))
    p = float(stats.friedmanchisquare(*scores.to_numpy().T).pvalue)
    return scores.rank(axis=1, ascending=False).mean().sort_values(), distance, p


def rank_figure(means: "pd.Series[float]", distance: float) -> Figure:
    """Mean ranks on a line; a bar joins models whose ranks differ by less than the critical difference."""
    figure, axis = plt.subplots(figsize=(7, 1.2 + 0.3 * len(means)))
    values = means.to_numpy()
    axis.plot(values, np.arange(len(values)), "o", color="C0")
    ends = [values[(values >= low) & (values - low < distance)] for low in values]
    drawn = 0
    for number, joined in enumerate(ends):
        if len(joined) > 1 and (not number or joined[-1] > ends[number - 1][-1]):
            drawn += 1
            axis.hlines(-0.4 - 0.25 * drawn, joined[0], joined[-1], color="C1", linewidth=4)
    axis.set_yticks(np.arange(len(values)), list(means.index))
    axis.invert_yaxis()
    axis.set(xlabel=f"mean rank; critical difference {distance:.2f}", xlim=(0.8, len(values) + 0.2))
    return figure
