"""RMSE, CC and CCC of predicted values with their bootstrap over recordings."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.multilabel import interval
from lib.evaluation.predictions import PredictionsError

Floats = NDArray[np.float64]

METRICS = ("RMSE", "CC", "CCC")
PER_RECORDING = {name: f"{name} per recording" for name in METRICS}


def sums(truth: Floats, predicted: Floats) -> Floats:
    """What moments are made of: number, and sums of x, y, x x, y y, x y, (6,)."""
    x, y = truth, predicted
    return np.array([len(x), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()])


def scores_of(totals: Floats) -> dict[str, Floats]:
    """RMSE, CC and CCC of many series at once, from sums of them, with population moments.

    Parameters
    ----------
    totals : array, (..., 6)
        See `sums`; sums of recordings add up to those of their concatenation.

    Returns
    -------
    dict of array, (...)
        The same numbers as `lib.evaluation.metrics` gives for one series; CC and CCC are 0 where a
        series is constant.
    """
    number = totals[..., 0]
    mean_x, mean_y = totals[..., 1] / number, totals[..., 2] / number
    var_x = np.maximum(totals[..., 3] / number - mean_x**2, 0)
    var_y = np.maximum(totals[..., 4] / number - mean_y**2, 0)
    covariance = totals[..., 5] / number - mean_x * mean_y
    squared = (totals[..., 3] + totals[..., 4] - 2 * totals[..., 5]) / number
    spread, joint = np.sqrt(var_x * var_y), var_x + var_y + (mean_x - mean_y) ** 2
    tiny = 1e-12
    return {
        "RMSE": np.sqrt(np.maximum(squared, 0)),
        "CC": np.where(spread > tiny, covariance / np.maximum(spread, tiny), 0.0),
        "CCC": np.where(joint > tiny, 2 * covariance / np.maximum(joint, tiny), 0.0),
    }


def recording_weights(number: int, draws: int, seed: int) -> NDArray[np.int64]:
    """How often each of `draws` resamplings has each of `number` recordings, (draws, number)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(number, np.full(number, 1 / number), size=draws)


def recording_sums(table: pd.DataFrame) -> pd.DataFrame:
    """Sums (see `sums`) of each recording in each repetition.

    Returns
    -------
    DataFrame
        Indexed by ``repeat`` and ``recording``, six columns.
    """
    rows = {
        key: sums(group["truth"].to_numpy(float), group["prediction"].to_numpy(float))
        for key, group in table.groupby(["repeat", "recording"])
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["repeat", "recording"])
    return pd.DataFrame(list(rows.values()), index=index)


def value_scores(
    processed: pd.DataFrame, draws: int, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Scores of each experiment and processing on the reported recordings.

    Recordings are concatenated; the mean of the recordings' own scores stands beside it. Of several
    repetitions the mean is given, and a draw takes the same recordings in all of them.

    Parameters
    ----------
    processed : DataFrame
        See `lib.papers.valence.predictions.post_process`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        ``experiment``, ``processing``, ``metric`` (RMSE, CC, CCC, and each ``per recording``),
        ``score``, ``low``, ``high``, ``spread`` (over repetitions), ``runs``, ``samples``
        (recordings).
    """
    rows = []
    for (experiment, name), group in processed.groupby(["experiment", "processing"], sort=False):
        estimates, drawn, recordings = _by_repeat(group, draws, seed)
        for metric, values in estimates.items():
            found = interval(float(values.mean()), drawn[metric], level)
            rows.append(
                {"experiment": experiment, "processing": name, "metric": metric,
                 "score": found.estimate, "low": found.low, "high": found.high,
                 "spread": np.std(values, ddof=1) if len(values) > 1 else np.nan,
                 "runs": len(values), "samples": recordings}
            )  # fmt: skip
    return pd.DataFrame(rows)


def value_differences(
    processed: pd.DataFrame, first: str, second: str, draws: int, seed: int
) -> pd.DataFrame:
    """Scores of one experiment minus another's, paired by recording; see `value_scores`.

    Returns
    -------
    DataFrame
        ``processing``, ``metric``, ``first``, ``second``, ``difference``, ``low``, ``high``,
        ``p bootstrap``.

    Raises
    ------
    PredictionsError
        If the experiments were not tested on the same recordings.
    """
    rows = []
    for name, group in processed.groupby("processing", sort=False):
        pair = [group[group["experiment"] == experiment] for experiment in (first, second)]
        seen = [set(zip(own["repeat"], own["recording"], strict=True)) for own in pair]
        if seen[0] != seen[1] or not seen[0]:
            raise PredictionsError(f"{first} and {second} were not tested on the same recordings")
        (one, drawn_one, _), (two, drawn_two, _) = (_by_repeat(own, draws, seed) for own in pair)
        for metric in one:
            estimate = float(np.mean(one[metric] - two[metric]))
            found = interval(estimate, drawn_one[metric] - drawn_two[metric])
            rows.append(
                {"processing": name, "metric": metric, "first": first, "second": second,
                 "difference": found.estimate, "low": found.low, "high": found.high,
                 "p bootstrap": found.p}
            )  # fmt: skip
    return pd.DataFrame(rows)


def recording_scores(processed: pd.DataFrame) -> pd.DataFrame:
    """RMSE, CC and CCC of every recording by itself, a row each."""
    tables = []
    for key, group in processed.groupby(["experiment", "processing"], sort=False):
        experiment, name = map(str, key)
        table = recording_sums(group)
        scores = pd.DataFrame(scores_of(table.to_numpy()), index=table.index).reset_index()
        tables.append(scores.assign(experiment=experiment, processing=name))
    return pd.concat(tables, ignore_index=True)


def score_values(scores: pd.DataFrame, processing: str = "post-processed") -> dict[str, object]:
    """Of a score table, by experiment and metric: score, interval and sizes."""
    values: dict[str, dict[str, object]] = {}
    for row in scores[scores["processing"] == processing].to_dict("records"):
        names = ("score", "low", "high", "runs", "samples")
        values.setdefault(row["experiment"], {})[row["metric"]] = {key: row[key] for key in names}
    return dict(values)


def _by_repeat(
    group: pd.DataFrame, draws: int, seed: int
) -> tuple[dict[str, Floats], dict[str, Floats], int]:
    """Scores (repetitions,), their mean over repetitions in each draw (draws,), recordings."""
    table = recording_sums(group)
    number = table.index.get_level_values("recording").nunique()
    weights = recording_weights(number, draws, seed)
    estimates: dict[str, list[Floats]] = {}
    drawn: dict[str, list[Floats]] = {}
    for _, rows in table.groupby(level="repeat"):
        own = rows.sort_index().to_numpy()  # (recordings, 6)
        whole, resampled = scores_of(own.sum(axis=0)), scores_of(weights @ own)
        single = scores_of(own)
        for metric in METRICS:
            estimates.setdefault(metric, []).append(whole[metric])
            drawn.setdefault(metric, []).append(resampled[metric])
        for metric, name in PER_RECORDING.items():
            estimates.setdefault(name, []).append(single[metric].mean())
            drawn.setdefault(name, []).append(weights @ single[metric] / number)
    return (
        {name: np.array(values) for name, values in estimates.items()},
        {name: np.mean(values, axis=0) for name, values in drawn.items()},
        number,
    )
