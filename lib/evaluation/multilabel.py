"""Average precision of many labels with its bootstrap over pictures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.bootstrap import Interval
from lib.evaluation.label_predictions import labels_of, truth_and_scores
from lib.evaluation.metrics import average_precisions
from lib.evaluation.predictions import PredictionsError

Floats = NDArray[np.float64]


def weighted_average_precisions(
    truth: NDArray[np.bool_], scores: Floats, weights: Floats
) -> Floats:
    """AP of each label under many weightings of the samples at once.

    Parameters
    ----------
    truth : array of bool, (samples, labels)
    scores : array, (samples, labels)
    weights : array, (draws, samples)
        How often a draw has each sample.

    Returns
    -------
    array, (draws, labels)
        NaN where a draw has no positive sample of a label.
    """
    found = np.full((len(weights), truth.shape[1]), np.nan)
    for label in range(truth.shape[1]):
        order = np.argsort(-scores[:, label], kind="stable")
        ranked = scores[order, label]
        ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # last of equal scores
        drawn = weights[:, order]
        positive = drawn * truth[order, label]
        hits = np.cumsum(positive, axis=1)[:, ends]
        seen = np.cumsum(drawn, axis=1)[:, ends]
        precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
        gained = np.diff(hits, axis=1, prepend=0)
        total = hits[:, -1]
        area = (precision * gained).sum(axis=1)
        found[:, label] = np.where(total > 0, area / np.where(total > 0, total, 1), np.nan)
    return found


def cluster_weights(clusters: NDArray[np.str_], draws: int, seed: int) -> Floats:
    """How often each of `draws` resamplings of whole clusters has each sample, (draws, samples)."""
    names, codes = np.unique(clusters, return_inverse=True)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return drawn[:, codes].astype(np.float64)


def interval(estimate: float, drawn: Floats, level: float = 0.95) -> Interval:
    """Percentile interval of a bootstrap, and its p-value against no difference."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):  # a label without positives
        return Interval(estimate, np.nan, np.nan, level, 0)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    below, above = np.mean(known <= 0), np.mean(known >= 0)
    p = min(1.0, 2 * (min(float(below), float(above)) * len(known) + 1) / (len(known) + 1))
    return Interval(estimate, float(low), float(high), level, len(known), float(p))


def precision_scores(
    predictions: pd.DataFrame, draws: int, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """AP of each label and mAP of each experiment on its test samples.

    Of several repetitions the mean is given; intervals, which cover `level`, are from a bootstrap
    over pictures that draws the same pictures in every repetition.

    Returns
    -------
    DataFrame
        ``experiment``, ``row`` (label or ``mAP``), ``metric`` (AP or mAP), ``score``, ``low``,
        ``high``, ``spread`` (over repetitions), ``runs``, ``samples``, ``positives``.
    """
    test = predictions[predictions["part"] == "test"]
    labels = labels_of(predictions)
    rows = []
    for experiment, group in test.groupby("experiment", sort=False):
        estimates, drawn = _by_repeat(group, draws, seed)
        truth, _ = truth_and_scores(group[group["repeat"] == group["repeat"].min()])
        for number, name in enumerate([*labels, "mAP"]):
            found = interval(float(np.mean(estimates[:, number])), drawn[:, number], level)
            rows.append(
                {"experiment": experiment, "row": name,
                 "metric": "mAP" if name == "mAP" else "AP", "score": found.estimate,
                 "low": found.low, "high": found.high,
                 "spread": np.std(estimates[:, number], ddof=1) if len(estimates) > 1 else np.nan,
                 "runs": len(estimates), "samples": len(truth),
                 "positives": int(truth.any(axis=1).sum() if name == "mAP"
                                  else truth[:, number].sum())}
            )  # fmt: skip
    return pd.DataFrame(rows)


def map_values(scores: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """mAP of a score table: by experiment and metric the score, its interval and sizes."""
    rows = scores[scores["row"] == "mAP"].to_dict("records")
    names = ("score", "low", "high", "runs", "samples")
    return {row["experiment"]: {"mAP": {name: row[name] for name in names}} for row in rows}


def precision_differences(
    predictions: pd.DataFrame, first: str, second: str, draws: int, seed: int
) -> pd.DataFrame:
    """AP of each label and mAP of one experiment minus another's, paired by picture.

    Returns
    -------
    DataFrame
        ``row``, ``first``, ``second``, ``difference``, ``low``, ``high``, ``p bootstrap``.

    Raises
    ------
    PredictionsError
        If the experiments were not tested on the same samples.
    """
    test = predictions[predictions["part"] == "test"]
    pair = [
        test[test["experiment"] == name].sort_values(["repeat", "sample_id"], ignore_index=True)
        for name in (first, second)
    ]
    if not pair[0][["repeat", "sample_id"]].equals(pair[1][["repeat", "sample_id"]]):
        raise PredictionsError(f"{first} and {second} were not tested on the same samples")
    (one, drawn_one), (two, drawn_two) = (_by_repeat(group, draws, seed) for group in pair)
    rows = []
    for number, name in enumerate([*labels_of(predictions), "mAP"]):
        estimate = float(np.mean(one[:, number] - two[:, number]))
        found = interval(estimate, drawn_one[:, number] - drawn_two[:, number])
        rows.append(
            {"row": name, "first": first, "second": second, "difference": found.estimate,
             "low": found.low, "high": found.high, "p bootstrap": found.p}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _by_repeat(group: pd.DataFrame, draws: int, seed: int) -> tuple[Floats, Floats]:
    """AP by label and mAP: (repetitions, labels + 1), and their mean in each draw."""
    estimates, drawn = [], []
    for _, repeat in group.groupby("repeat"):
        ordered = repeat.sort_values("sample_id")
        truth, scores = truth_and_scores(ordered)
        weights = cluster_weights(ordered["cluster"].to_numpy(str), draws, seed)
        single = average_precisions(truth.astype(int), scores)
        estimates.append(np.append(single, np.nanmean(single)))
        resampled = weighted_average_precisions(truth, scores, weights)
        drawn.append(np.column_stack([resampled, np.nanmean(resampled, axis=1)]))
    return np.array(estimates), np.mean(drawn, axis=0)
