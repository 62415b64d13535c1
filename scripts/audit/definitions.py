"""Scores under every definition for which the field has a name."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score

from lib.evaluation.jackknife import Floats, Statistic, Weights, intervals
from lib.evaluation.metrics import HEADLINE, METRICS, names_of
from lib.evaluation.predictions import CLASSES, LABEL_SETS, truth_and_scores
from lib.evaluation.predictions import names_of as classes_of
from lib.evaluation.scores import STATISTICS
from lib.evaluation.values import SINGLE
from scripts.audit.predictions import Predictions

POOLED, MEAN = "folds pooled", "mean of folds"
DRAWS = 8
"""Draws of label sets that are scored at once, for little memory."""


def _shares(counts: NDArray[Any]) -> tuple[Floats, Floats, Floats, Floats]:
    """Precision, recall, F1 and share of the truth of each class, (..., classes)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(float)
    true, guessed = counts.sum(axis=-1), counts.sum(axis=-2)
    parts = [hits / np.where(own > 0, own, 1) for own in (guessed, true, (true + guessed) / 2)]
    return (*parts, true / np.maximum(true.sum(axis=-1, keepdims=True), 1))


def _mean(values: Floats, counts: NDArray[Any]) -> Floats:
    known = (counts.sum(axis=-1) + counts.sum(axis=-2)) > 0
    return (values * known).sum(axis=-1) / known.sum(axis=-1)


def _harmonic(counts: NDArray[Any]) -> Floats:
    precision, recall = (_mean(own, counts) for own in _shares(counts)[:2])
    return 2 * precision * recall / np.maximum(precision + recall, 1e-12)


def _weighted(counts: NDArray[Any]) -> Floats:
    *_, scores, shares = _shares(counts)
    return (scores * shares).sum(axis=-1)


MORE: dict[str, tuple[str, Callable[[NDArray[Any]], Floats]]] = {
    "macro F1": ("mean F1 of the classes that occur", lambda c: _mean(_shares(c)[2], c)),
    "weighted F1": ("F1 of each class weighted by its share of the truth", _weighted),
    "micro F1": ("F1 of all decisions together, which is accuracy (WAR)", METRICS["WAR"].function),
    "macro precision": ("mean precision of the classes that occur", lambda c: _mean(_shares(c)[0], c)),
    "F1 of means": ("harmonic mean of macro precision and recall, not macro F1", _harmonic),
}
"""Definitions of class labels besides those of `METRICS`: meaning and function of counts."""


def class_statistic(rows: pd.DataFrame, by_fold: bool) -> Statistic:
    """Every definition from the pooled folds of each repetition, or means over the folds' scores."""
    classes = len(classes_of(rows))
    groups = [pd.factorize(rows[name], sort=True)[0] for name in ("repeat", "fold", "cluster")]
    groups[1] = groups[1] * by_fold
    shape = (*(int(own.max()) + 1 for own in groups), classes, classes)
    place = np.ravel_multi_index((*groups, rows["label"].to_numpy(), rows["prediction"].to_numpy()), shape)
    counts = np.bincount(place, minlength=int(np.prod(shape))).reshape(*shape[:3], classes**2)
    known = np.bincount(rows["label"], minlength=classes) > 0
    functions = {name: METRICS[name].function for name in names_of("classes")}
    functions |= {name: function for name, (_, function) in MORE.items()}

    def scores(weights: Weights) -> Floats:
        drawn: Any = (weights @ counts).reshape(*shape[:2], len(weights), classes, classes)
        support = drawn.sum(axis=-1) > 0
        complete = support.any(axis=-1) if by_fold else support[..., known].all(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # folds that a draw leaves empty
            found = np.stack([make(drawn) for make in functions.values()], axis=-1)
            return np.nanmean(np.where(complete[..., None], found, np.nan), axis=1)

    bounds = {name: METRICS[name].bounds if name in METRICS else (0.0, 1.0) for name in functions}
    return Statistic({name: {"metric": name} for name in functions}, shape[2], scores, bounds)


def statistic(rows: pd.DataFrame, kind: str) -> Statistic:
    """The project's own statistic of a kind, for label sets a few draws at a time."""
    own = STATISTICS[kind](rows)
    if kind != LABEL_SETS.name:
        return class_statistic(rows, by_fold=False) if kind == CLASSES.name else own
    about = {name: {"metric": name if name == "mAP" else f"AP {name}"} for name in own.about}

    def scores(weights: Weights) -> Floats:
        return np.concatenate(
            [own.scores(weights[start : start + DRAWS]) for start in range(0, len(weights), DRAWS)], 1
        )

    return Statistic(about, own.clusters, scores, own.bounds)


def scored(each: Statistic) -> list[tuple[str, tuple[float, float, float]]]:
    """Each number's metric, estimate and limits, which are NaN for fewer than two clusters."""
    if each.clusters > 1:
        return [(each.about[name]["metric"], own[:3]) for name, own in intervals(each).items()]
    return [(each.about[name]["metric"], (own, np.nan, np.nan)) for name, own in each.estimates().items()]


def _label_means(rows: pd.DataFrame) -> dict[str, tuple[float, str]]:
    """Other means of average precisions and F1 of label sets: score and meaning by name."""
    truth, scores = truth_and_scores(rows)
    names = [f"chosen_{name}" for name in classes_of(rows)]
    given = set(names) <= set(rows)
    chosen, sets = (
        (rows[names].to_numpy(bool), "predicted sets") if given else (scores >= 0.5, "scores from 0.5")
    )
    known = truth.any(axis=0)
    words = {"micro": "all labels ranked together", "weighted": "labels weighted by their positives"}
    found = {
        f"{name} AP": (
            float(average_precision_score(truth[:, known], scores[:, known], average=name)),
            f"AP, {text}",
        )
        for name, text in words.items()
    }
    own = average_precision_score(truth[:, known], scores[:, known], average=None)
    found["mAP of all labels"] = (float(np.sum(own)) / known.size, "mAP, labels without positives count as 0")
    for name in ("macro", "micro", "weighted", "samples"):
        score = float(f1_score(truth, chosen, average=name, zero_division=0.0))
        found[f"{name} F1"] = (score, f"{name} F1 of {sets}")
    exact = float((truth == chosen).all(axis=1).mean())
    return found | {"exact match": (exact, f"share of samples whose whole set is correct, {sets}")}


def _meaning(name: str) -> str:
    if name in MORE:
        return MORE[name][0]
    base = name.removesuffix(SINGLE)
    text = METRICS["AP" if base.startswith("AP ") else base].meaning
    return f"{text.partition(', recordings')[0]}; mean over single recordings" if base != name else text


def definitions(predictions: Predictions) -> pd.DataFrame:
    """Scores of each model under each definition, with intervals over clusters and trainings, crossed.

    Returns
    -------
    DataFrame
        ``model``, ``metric``, ``folds`` (`POOLED` or `MEAN`), ``score``, ``low``, ``high`` (NaN for
        fewer than two clusters, or where a definition has no interval), ``definition``.
    """
    kind, rows = predictions.kind, []
    for model in predictions.models:
        own = predictions.of(model)
        made = {POOLED: statistic(own, kind.name)}
        if kind is CLASSES and 1 < own["fold"].nunique() <= 200:
            made[MEAN] = class_statistic(own, by_fold=True)
        for folds, each in made.items():
            for metric, interval in scored(each):
                rows.append((model, metric, folds, *interval, _meaning(metric)))
        if kind is LABEL_SETS:
            several = [_label_means(group) for _, group in own.groupby("repeat")]
            for name, (_, text) in several[0].items():
                score = float(np.mean([each[name][0] for each in several]))
                rows.append((model, name, POOLED, score, np.nan, np.nan, text))
    return pd.DataFrame(rows, columns=["model", "metric", "folds", "score", "low", "high", "definition"])


def detectable(predictions: Predictions, table: pd.DataFrame) -> pd.DataFrame:
    """Smallest difference between two models that this design finds with a power of 0.8.

    From the interval of the main score, for models whose errors correlate as `ERRORS_TOGETHER`.
    """
    from scipy import stats

    from lib.published.detectable import ALPHA, ERRORS_TOGETHER, multiplier

    main = table[(table["metric"] == HEADLINE[predictions.kind.name]) & (table["folds"] == POOLED)]
    freedom = max(predictions.clusters - 1, 1)
    factor = multiplier(freedom) / stats.t.ppf(1 - ALPHA / 2, freedom) * np.sqrt(2 * (1 - ERRORS_TOGETHER))
    size = (main["high"] - main["low"]) / 2 * factor
    return main[["model", "metric", "score"]].assign(detectable=size, clusters=predictions.clusters)
