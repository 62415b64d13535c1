"""Tables that the valence notebooks show."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.beside import beside_published, hindered, manner
from lib.evaluation.metrics import HEADLINE, names_of
from lib.evaluation.predictions import reported
from lib.evaluation.scores import differences
from lib.evaluation.values import scores_of, sums
from lib.features.traces import advanced
from lib.papers.valence.postprocessing import PredictedTrace, by_recording
from lib.papers.valence.settings import ModelSettings
from lib.published.tables import select

PAPER = "lee2018-valence"
METRICS = names_of("values")
CCC = METRICS.index(HEADLINE["values"])
EXHIBITS = {"recola": "Table 2", "sewa": "Table 3"}
"""The paper's table of all methods by corpus."""
STA = "3D-CNN + STA"
ROWS = {"Table 1": {name: name for name in ("2D-CNN", "3D-CNN", STA)}}
ROWS |= dict.fromkeys(
    EXHIBITS.values(),
    {"2D-CNN": "CNN [1]", STA: f"{STA} (4 s)"}
    | {f"CNN + RNN ({n} s)": f"CNN + RNN ({n} s) [1]" for n in (1, 4)},
)
"""Row of the paper's table by experiment. Section 2.3 calls the 2D-CNN that of [1], and Table 1 prints
the numbers of CNN [1] for it: one printed number stands beside one network here."""


def beside(scores: pd.DataFrame, exhibit: str, obstacle: str) -> pd.DataFrame:
    """Printed rows of a table that have an experiment here, beside ours.

    Ours are post-processed by the chain that is fitted on training recordings. ``optimistic`` has
    the chain fitted on the reported recordings, which may be what the paper did: only a verdict
    that both chains get stands.
    """
    printed, on = select(PAPER, exhibit).reset_index(), ["row", "metric"]
    table, best = (
        beside_published(_ours(scores, exhibit, processing), printed.assign(state=""), "", on)
        for processing in ("post-processed", "fitted on the reported recordings")
    )
    table.insert(len(table.columns) - 1, "optimistic", best["ours"])
    ours = table["cell_id"].map(manner(printed.set_index("cell_id")))
    found = []
    for own, word, other in zip(ours, table["verdict"], best["verdict"], strict=True):
        chains = "" if word == other else f"chain fitted elsewhere: {word}, on the reported part: {other}"
        found.append(hindered(word, obstacle, own or chains))
    return table.assign(verdict=found)


def _ours(scores: pd.DataFrame, exhibit: str, processing: str) -> pd.DataFrame:
    chosen = scores[scores["processing"] == processing]
    return chosen.assign(row=chosen["experiment"].map(ROWS[exhibit])).dropna(subset="row")


def delays_of(
    processed: pd.DataFrame, delays: Sequence[float], seed: int, draws: int = 2000
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """CCC of delayed raw predictions, and the delay at which they fit best with a bootstrap interval.

    Trainings and recordings are drawn with replacement, crossed. The delay is one of a few values
    and so no smooth function of the recordings, which a jackknife needs. The first table has
    ``experiment``, ``delay``, ``CCC``, the second ``experiment``, ``delay``, ``low``, ``high``; CCC
    and best delay are means over trainings.
    """
    raw = processed[processed["processing"] == "raw"]
    seconds, generator = np.asarray(delays, float), np.random.default_rng(seed)
    curves, rows = [], []
    for experiment, group in raw.groupby("experiment", sort=False):
        trainings = [by_recording(run) for _, run in group.groupby("repeat")]
        totals = np.array([[_delayed_sums(own, delay) for own in trainings] for delay in delays])
        weights, shares = (
            generator.multinomial(number, np.full(number, 1 / number), draws)
            for number in totals.shape[2:0:-1]
        )  # of recordings and trainings, (draws, number)
        plain, drawn = (scores_of(own @ totals)[..., CCC] for own in (np.ones_like(weights[:1]), weights))
        fit = plain.mean(axis=(1, 2))
        curves.append(pd.DataFrame({"experiment": experiment, "delay": delays, "CCC": fit}))
        best = seconds[drawn.argmax(axis=0)]  # (trainings, draws)
        bounds = np.quantile((best * shares.T).sum(axis=0) / len(trainings), [0.025, 0.975])
        rows.append((experiment, seconds[plain.argmax(axis=0)].mean(), *bounds))
    columns = ["experiment", "delay", "low", "high"]
    return pd.concat(curves, ignore_index=True), pd.DataFrame(rows, columns=columns)


def _delayed_sums(traces: Sequence[PredictedTrace], delay: float) -> list[NDArray[np.float64]]:
    """`sums` of each recording, whose prediction is delayed by some seconds."""
    return [sums(trace.truth, advanced(trace.times, trace.predicted, -delay)) for trace in traces]


def specification(processed: pd.DataFrame, models: Mapping[str, ModelSettings]) -> pd.DataFrame:
    """Every option of the attention, changed one at a time, and the difference that it makes.

    ``experiment``, ``option``, ``value``; ``difference`` (CCC after post-processing minus that of
    `STA`), ``low``, ``high``, missing where the model is not trained.
    """
    rows = [("3D-CNN", "attention", "none")]
    rows += [(name, *own) for name, model in models.items() for own in model.attention_arguments.items()]
    table = pd.DataFrame(rows, columns=["experiment", "option", "value"])
    chosen = processed[processed["processing"] == "post-processed"]
    trained = table.loc[table["experiment"].isin(chosen["experiment"]), "experiment"]
    found = differences(chosen, [(name, STA) for name in trained]).rename(columns={"first": "experiment"})
    columns = ["experiment", "difference", "low", "high"]
    return table.merge(found.loc[found["metric"] == HEADLINE["values"], columns], "left", "experiment")


def interpolated_shares(predictions: pd.DataFrame) -> pd.DataFrame:
    """Share of reported values without a face or clip at their time, recordings by experiment."""
    return reported(predictions).pivot_table("interpolated", "recording", "experiment", sort=False)
