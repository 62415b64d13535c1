"""Figures of differences between experiments and of their tests."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from lib.figures.style import PALETTE, interval_plot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def difference_figure(differences: "pd.DataFrame", metric: str) -> "Figure":
    """Differences of pairs with their intervals; a dashed line at zero.

    Parameters
    ----------
    differences : DataFrame
        From `lib.evaluation.scores.differences`.
    """
    import matplotlib.pyplot as plt

    rows = differences[differences["metric"] == metric]
    names = [fill(f"{row.first} - {row.second}", 40) for row in rows.itertuples()]
    figure, axis = plt.subplots(figsize=(8, 1.1 + 0.5 * len(rows)))
    interval_plot(axis, names, rows[["difference", "low", "high"]].to_numpy())
    axis.axvline(0, color="0.5", linestyle="--")
    axis.set(xlabel=f"difference in {metric}, 95 % interval")
    return figure


def p_value_figure(table: "pd.DataFrame", columns: Sequence[str], alpha: float) -> "Figure":
    """p-values of each comparison on a logarithmic axis, one marker a test."""
    import matplotlib.pyplot as plt

    names = [f"{row.first} - {row.second}, {row.metric}" for row in table.itertuples()]
    positions = np.arange(len(names))[::-1]
    figure, axis = plt.subplots(figsize=(7.5, 1.1 + 0.28 * len(names)))
    for marker, color, column in zip("osD^v", PALETTE, columns, strict=False):
        values = table[column].to_numpy(float).clip(1e-8)
        axis.plot(values, positions, marker, color=color, label=column, alpha=0.85)
    axis.axvline(alpha, color="0.5", linestyle="--")
    axis.set(xscale="log", xlabel="p", yticks=positions, yticklabels=names)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
