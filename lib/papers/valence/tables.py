"""Tables that the valence notebooks show."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.beside import beside_published
from lib.evaluation.metrics import HEADLINE, names_of
from lib.evaluation.predictions import reported
from lib.evaluation.values import scores_of, sums
from lib.features.traces import advanced, delay_curve
from lib.papers.valence.postprocessing import RUN, PredictedTrace, by_recording
from lib.published.tables import select

PAPER = "lee2018-valence"
METRICS = names_of("values")
EXHIBITS = {"recola": "Table 2", "sewa": "Table 3"}
"""The paper's table of all methods by corpus."""
COMPARED = {
    "CNN": "CNN [1]",
    "CNN + RNN (1 s)": "CNN + RNN (1 s) [1]",
    "CNN + RNN (4 s)": "CNN + RNN (4 s) [1]",
    "3D-CNN + STA": "3D-CNN + STA (4 s)",
}
ROWS = {
    "Table 1": {name: name for name in ("2D-CNN", "3D-CNN", "3D-CNN + STA")},
    "Table 2": COMPARED,
    "Table 3": COMPARED,
}
"""Row of the paper's table by experiment."""


def beside(scores: pd.DataFrame, exhibit: str, obstacle: str) -> pd.DataFrame:
    """Printed rows of a table that have an experiment here, beside ours.

    Ours are post-processed by the chain that is fitted on training recordings. ``optimistic`` has
    the chain fitted on the reported recordings, which may be what the paper did.
    """
    printed, on = select(PAPER, exhibit).reset_index(), ["row", "metric"]
    honest = _ours(scores, exhibit, "post-processed")
    best = _ours(scores, exhibit, "fitted on the reported recordings")
    table = beside_published(honest, printed, obstacle, on)
    optimistic = table[on].merge(best, on=on, how="left")["score"].round(4)
    table.insert(len(table.columns) - 1, "optimistic", optimistic)
    return table


def whole_table(scores: pd.DataFrame, exhibit: str) -> pd.DataFrame:
    """A whole table of the paper, methods by metric, with our scores of the same row beside."""
    table = select(PAPER, exhibit).reset_index().pivot_table("value", "row", "metric", sort=False)
    own = _ours(scores, exhibit, "post-processed").pivot_table("score", "row", "metric")
    own = own.reindex(index=table.index, columns=METRICS)
    return pd.concat([table, own.add_suffix(" ours")], axis=1)


def _ours(scores: pd.DataFrame, exhibit: str, processing: str) -> pd.DataFrame:
    chosen = scores[scores["processing"] == processing]
    return chosen.assign(row=chosen["experiment"].map(ROWS[exhibit])).dropna(subset="row")


def curves(processed: pd.DataFrame, delays: Sequence[float]) -> pd.DataFrame:
    """``experiment``, ``delay``, ``CCC``: mean over repetitions for delayed raw predictions."""
    tables = []
    raw = processed[processed["processing"] == "raw"]
    for (experiment, *_), run in raw.groupby(RUN, sort=False):
        own = by_recording(run)
        truth = [(trace.times, trace.truth) for trace in own]
        found = delay_curve(truth, [trace.predicted for trace in own], delays)
        tables.append(pd.DataFrame({"experiment": experiment, "delay": delays, "CCC": found}))
    table = pd.concat(tables)
    return table.groupby(["experiment", "delay"], sort=False)["CCC"].mean().reset_index()


def best_delays(
    processed: pd.DataFrame, delays: Sequence[float], seed: int, draws: int = 2000
) -> pd.DataFrame:
    """Delay at which raw predictions fit best, mean over trainings, with a bootstrap interval.

    Trainings and recordings are drawn with replacement, crossed. The delay is one of a few values
    and so no smooth function of the recordings, which a jackknife needs. The columns are
    ``experiment``, ``delay``, ``low``, ``high``.
    """
    raw = processed[processed["processing"] == "raw"]
    metric, seconds = METRICS.index(HEADLINE["values"]), np.asarray(delays, float)
    generator = np.random.default_rng(seed)
    rows = []
    for experiment, group in raw.groupby("experiment", sort=False):
        trainings = [by_recording(run) for _, run in group.groupby("repeat")]
        totals = np.array([[_delayed_sums(own, delay) for own in trainings] for delay in delays])
        weights, shares = (
            generator.multinomial(number, np.full(number, 1 / number), draws)
            for number in totals.shape[2:0:-1]
        )  # of recordings and trainings, (draws, number)
        best = []
        for drawn in (np.ones((1, weights.shape[1])), weights):
            scores = scores_of(drawn @ totals)[..., metric]  # (delays, trainings, draws)
            best.append(seconds[scores.argmax(axis=0)])
        bounds = np.quantile((best[1] * shares.T).sum(axis=0) / len(trainings), [0.025, 0.975])
        rows.append((experiment, best[0].mean(), *bounds))
    return pd.DataFrame(rows, columns=["experiment", "delay", "low", "high"])


def _delayed_sums(traces: Sequence[PredictedTrace], delay: float) -> list[NDArray[np.float64]]:
    """`sums` of each recording, whose prediction is delayed by some seconds."""
    return [sums(trace.truth, advanced(trace.times, trace.predicted, -delay)) for trace in traces]


def interpolated_shares(predictions: pd.DataFrame) -> pd.DataFrame:
    """Share of reported values that are interpolated or held, recordings by experiment."""
    return reported(predictions).pivot_table(
        "interpolated", "recording", "experiment", aggfunc="mean", sort=False
    )
