"""Tables that the valence notebooks show."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.evaluation.tests import holm, students_t
from lib.evaluation.values import (
    METRICS,
    recording_scores,
    recording_weights,
    scores_of,
    sums,
    value_differences,
)
from lib.features.traces import advanced, delay_curve
from lib.papers.valence.predictions import RUN, traces
from lib.published.tables import cells_of

PAPER = "lee2018-valence"
EXHIBITS = {"recola": ("Table 1", "Table 2"), "sewa": ("Table 3",)}
"""Tables of the paper by corpus."""
ROWS = {
    "Table 1": {"2D-CNN": "2D-CNN", "3D-CNN": "3D-CNN", "3D-CNN + STA": "3D-CNN + STA"},
    "Table 2": {
        "CNN": "CNN [1]",
        "CNN + RNN (1 s)": "CNN + RNN (1 s) [1]",
        "CNN + RNN (4 s)": "CNN + RNN (4 s) [1]",
        "3D-CNN + STA": "3D-CNN + STA (4 s)",
    },
    "Table 3": {
        "CNN": "CNN [1]",
        "CNN + RNN (4 s)": "CNN + RNN (4 s) [1]",
        "3D-CNN + STA": "3D-CNN + STA (4 s)",
    },
}
"""Row of the paper's table by experiment."""


def beside(scores: pd.DataFrame, exhibit: str, marker: str, comparable: bool) -> pd.DataFrame:
    """Each printed row of a table that has an experiment here beside ours, with a verdict.

    Ours are post-processed by the chain that is fitted on training recordings; the one fitted on
    the reported recordings, which the paper's procedure may be, stands in ``optimistic``.

    Parameters
    ----------
    scores : DataFrame
        From `lib.evaluation.values.value_scores`.
    """
    printed = cells_of([PAPER], metrics=list(METRICS))
    printed = printed[printed["exhibit"] == exhibit]
    ours = scores.assign(row=scores["experiment"].map(ROWS[exhibit])).dropna(subset="row")
    honest = ours[ours["processing"] == "post-processed"]
    best = ours[ours["processing"] == "fitted on the reported recordings"]
    table = printed.merge(honest, on=["row", "metric"], suffixes=("", "_ours"))
    optimistic = table[["row", "metric"]].merge(best, on=["row", "metric"], how="left")["score"]
    inside = (table["value"] >= table["low"]) & (table["value"] <= table["high"])
    verdict = np.where(inside, "agrees", "differs") if comparable else f"not comparable: {marker}"
    found = table[["cell_id", "paper", "exhibit", "row", "metric", "unit"]].assign(
        published=table["value"], ours=table["score"], low=table["low"], high=table["high"],
        runs=table["runs_ours"], gap=table["score"] - table["value"],
        optimistic=optimistic.to_numpy(), verdict=verdict,
    )  # fmt: skip
    return found.round({"ours": 4, "low": 4, "high": 4, "gap": 4, "optimistic": 4})


def whole_table(scores: pd.DataFrame, exhibit: str) -> pd.DataFrame:
    """A table of the paper whole, methods by metric, with ours of the same row beside."""
    printed = cells_of([PAPER], metrics=list(METRICS))
    printed = printed[printed["exhibit"] == exhibit]
    table = printed.pivot_table(index="row", columns="metric", values="value", sort=False)
    honest = scores[scores["processing"] == "post-processed"]
    ours = honest.assign(row=honest["experiment"].map(ROWS[exhibit])).dropna(subset="row")
    own = ours.pivot_table(index="row", columns="metric", values="score")
    for metric in METRICS:
        table[f"{metric} ours"] = own[metric].reindex(table.index) if metric in own else np.nan
    return table


def tests(
    processed: pd.DataFrame, pairs: Sequence[tuple[str, str]], draws: int, seed: int
) -> pd.DataFrame:
    """Differences of pairs by a bootstrap over recordings and a paired t-test on recordings.

    Holm's correction is over the pairs, within processing and metric. The t-test sees each
    recording's own score, averaged over repetitions; recordings show different people, so that it
    is valid as far as their scores are near normal.
    """
    known = set(processed["experiment"])
    chosen = [pair for pair in pairs if set(pair) <= known]
    table = pd.concat(
        [value_differences(processed, *pair, draws, seed) for pair in chosen], ignore_index=True
    )
    own = recording_scores(processed).groupby(["processing", "experiment", "recording"])[
        list(METRICS)
    ].mean()  # fmt: skip
    p_values = []
    for row in table.to_dict("records"):
        metric, _, single = str(row["metric"]).partition(" ")
        pair = [own.xs((row["processing"], row[name]))[metric] for name in ("first", "second")]
        both = pd.concat(pair, axis=1).to_numpy(float)
        p_values.append(students_t(both[:, 0], both[:, 1], True).p if single else np.nan)
    table["p t-test"] = p_values
    table["Holm bootstrap"] = table.groupby(["processing", "metric"])["p bootstrap"].transform(
        lambda values: holm(list(values))
    )
    return table


def curves(processed: pd.DataFrame, delays: Sequence[float]) -> pd.DataFrame:
    """CCC by the delay of the predictions: ``experiment``, ``delay``, ``CCC``.

    Of raw predictions, the mean over repetitions.
    """
    rows = []
    raw = processed[processed["processing"] == "raw"]
    for (experiment, *_), run in raw.groupby(RUN, sort=False):
        own = list(traces(run).values())
        found = delay_curve(
            [(trace.times, trace.truth) for trace in own], [t.predicted for t in own], delays
        )
        rows += [
            {"experiment": experiment, "delay": delay, "CCC": score}
            for delay, score in zip(delays, found, strict=True)
        ]
    table = pd.DataFrame(rows)
    return table.groupby(["experiment", "delay"], sort=False)["CCC"].mean().reset_index()


def best_delays(
    processed: pd.DataFrame, delays: Sequence[float], draws: int, seed: int
) -> pd.DataFrame:
    """Delay at which raw predictions fit best, with an interval from a bootstrap over recordings.

    Of the first repetition: ``experiment``, ``delay``, ``low``, ``high``.
    """
    raw = processed[(processed["processing"] == "raw") & (processed["repeat"] == 0)]
    rows = []
    for experiment, run in raw.groupby("experiment", sort=False):
        own = list(traces(run).values())
        table = np.array(
            [
                [sums(trace.truth, advanced(trace.times, trace.predicted, -delay)) for trace in own]
                for delay in delays
            ]
        )  # (delays, recordings, 6)
        weights = recording_weights(len(own), draws, seed)
        drawn = scores_of(np.einsum("br,drk->bdk", weights, table))["CCC"].argmax(axis=1)
        best = int(scores_of(table.sum(axis=1))["CCC"].argmax())
        low, high = np.quantile(np.asarray(delays)[drawn], [0.025, 0.975])
        rows.append({"experiment": experiment, "delay": delays[best], "low": low, "high": high})
    return pd.DataFrame(rows)


def interpolated_shares(predictions: pd.DataFrame) -> pd.DataFrame:
    """Share of reported values that are interpolated or held, recordings by experiment."""
    test = predictions[predictions["part"] == "test"]
    return test.pivot_table(
        index="recording", columns="experiment", values="interpolated", aggfunc="mean", sort=False
    )
