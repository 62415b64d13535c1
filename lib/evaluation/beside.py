"""Our scores beside the papers' numbers, with a verdict by an equivalence test."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.evaluation.metrics import METRICS
from lib.evaluation.scores import INTERVAL

MARGIN = 0.05
"""Margin of numbers that are no registered metric, on the scale from 0 to 1."""
AGREES, DIFFERS, INCONCLUSIVE = "agrees", "differs", "inconclusive"
GAP = ["gap", "gap low", "gap high", "margin"]
MANNER = "run, in the manner of: "
"""Before what is ours in another paper's method: `lib.published.tables.cells`, ``state``."""


def margin_of(metric: str) -> float:
    """Largest difference of two values of a metric that is still agreement; zero for counts."""
    if metric == "count":
        return 0.0
    return METRICS[metric].margin if metric in METRICS else MARGIN


def verdicts(low: pd.Series, high: pd.Series, margin: pd.Series) -> NDArray[np.str_]:
    """Verdicts from the intervals of ours minus the printed numbers.

    It agrees if the whole interval lies within the margin, differs if the whole interval lies
    beyond it, and is inconclusive otherwise, so that a wider interval never helps either.
    """
    inside = (low >= -margin) & (high <= margin)
    outside = (low > margin) | (high < -margin)
    return np.select([inside, outside], [AGREES, DIFFERS], INCONCLUSIVE)


def hindered(verdict: str, obstacle: str, reason: str) -> str:
    """A verdict behind the obstacle to a comparison, and behind what else differs in the protocol."""
    if reason and (not obstacle or obstacle.startswith("protocol differs")):
        return f"{obstacle}; {reason}" if obstacle else f"protocol differs: {reason}"
    return obstacle or verdict


def manner(published: pd.DataFrame) -> "pd.Series[str]":
    """What is ours in other papers' methods, by printed cell; empty elsewhere."""
    states = published.get("state", pd.Series(index=published.index, dtype=str)).fillna("")
    return states.where(states.str.startswith(MANNER), "").str.removeprefix(MANNER)


def beside_published(
    scores: pd.DataFrame,
    published: pd.DataFrame,
    obstacle: str = "",
    on: Sequence[str] = ("experiment", "metric"),
) -> pd.DataFrame:
    """Ours beside the papers' numbers, in the unit in which they are printed, with a verdict.

    The interval of the gap contains both our uncertainty and that of the printed mean, where the
    paper prints its spread over runs (Student's t with runs - 1 degrees of freedom).

    The printed numbers are cells of `lib.published.tables` with ``cell_id`` as a column; a cell and
    our score share the columns `on`. `obstacle` is the verdict where there can be no comparison;
    see `lib.comparability`.

    Returns
    -------
    DataFrame
        ``cell_id``, ``paper``, ``exhibit``, columns `on`, ``metric``, ``unit``, ``published``,
        ``ours``, ``low``, ``high``, ``runs``, ``gap``, ``gap low``, ``gap high``, ``margin``,
        ``verdict``.
    """
    table = published.merge(scores, on=list(on), suffixes=("", " ours"))
    columns = list(dict.fromkeys(["cell_id", "paper", "exhibit", *on, "metric", "unit"]))
    factor = np.where(table["unit"] == "percent", 100, 1)
    found = table[columns].assign(published=table["value"])
    found[["ours", "low", "high"]] = table[INTERVAL].mul(factor, axis=0)
    found["runs"] = table["runs ours"]
    spread, runs = (pd.to_numeric(table[name]).to_numpy(float) for name in ("spread", "runs"))
    error = spread / np.sqrt(np.where(runs > 1, runs, np.nan))
    printed = np.nan_to_num(error * stats.t.isf(0.025, np.where(runs > 1, runs - 1, 1)))
    found["gap"] = found["ours"] - found["published"]
    middle = (found["low"] + found["high"]) / 2  # of intervals that are corrected for bias
    half = np.hypot((found["high"] - found["low"]) / 2, printed)
    found["gap low"], found["gap high"] = (middle - found["published"] + side * half for side in (-1, 1))
    found["margin"] = table["metric"].map(margin_of).to_numpy(float) * factor
    words = verdicts(*(found[name] for name in GAP[1:]))
    ours = zip(words, manner(table), strict=True)
    return found.assign(verdict=[hindered(word, obstacle, reason) for word, reason in ours]).round(4)
