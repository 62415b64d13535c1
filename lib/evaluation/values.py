"""Values over time: scores of concatenated and of single recordings."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.jackknife import Statistic, Weights
from lib.evaluation.metrics import METRICS, Moments, names_of

Floats = NDArray[np.float64]

ROUNDING = 1e-13
"""Share of a mean square below which a variance is rounding."""
SINGLE = " per recording"
"""End of the name of a metric's mean over recordings."""


def sums(truth: Floats, predicted: Floats) -> Floats:
    """Sums from which moments follow: number, x, y, x x, y y, x y, (6,).

    Sums of recordings add up to those of the concatenated recordings. ValueError if a value is missing or
    infinite.
    """
    x, y = truth, predicted
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("values that are missing or infinite have no score")
    return np.array([len(x), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()])


def scores_of(totals: Floats) -> Floats:
    """Every metric of values from sums (..., 6), (..., metrics)."""
    number = totals[..., 0]
    x, y = totals[..., 1] / number, totals[..., 2] / number
    var_x = _variance(totals[..., 3] / number, x)
    var_y = _variance(totals[..., 4] / number, y)
    moments = Moments(x, y, var_x, var_y, totals[..., 5] / number - x * y)
    return np.stack([METRICS[name].function(moments) for name in names_of("values")], axis=-1)


def _variance(square: Floats, mean: Floats) -> Floats:
    """Mean square minus squared mean; rounding alone, as of a constant series, counts as 0."""
    found = square - mean**2
    return np.where(found > ROUNDING * square, found, 0.0)


def _recording_sums(table: pd.DataFrame) -> pd.DataFrame:
    """`sums` of each recording in each repetition, indexed by ``repeat`` and ``recording``."""
    rows = {
        key: sums(group["truth"].to_numpy(float), group["prediction"].to_numpy(float))
        for key, group in table.groupby(["repeat", "recording"])
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["repeat", "recording"])
    return pd.DataFrame(list(rows.values()), index)


def statistic(rows: pd.DataFrame) -> Statistic:
    """Every metric over concatenated recordings, and its mean over the recordings' own scores."""
    table = _recording_sums(rows)
    clusters = table.index.get_level_values("recording").nunique()
    totals = table.to_numpy().reshape(-1, clusters, 6)  # (repeats, recordings, 6)

    def scores(weights: Weights) -> Floats:
        shares = weights / weights.sum(axis=1, keepdims=True)
        single = shares @ scores_of(totals)  # (repeats, draws, metrics)
        return np.concatenate([scores_of(weights @ totals), single], axis=-1)

    bounds = {name + end: METRICS[name].bounds for end in ("", SINGLE) for name in names_of("values")}
    return Statistic({name: {"metric": name} for name in bounds}, clusters, scores, bounds)


def recording_scores(processed: pd.DataFrame) -> pd.DataFrame:
    """Every metric of each single recording, from predictions with a column ``processing``."""
    tables = []
    for key, group in processed.groupby(["experiment", "processing"], sort=False):
        experiment, name = map(str, key)
        own = _recording_sums(group)
        scores = pd.DataFrame(scores_of(own.to_numpy()), own.index, names_of("values"))
        tables.append(scores.reset_index().assign(experiment=experiment, processing=name))
    return pd.concat(tables, ignore_index=True)
