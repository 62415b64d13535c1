"""Learning curves of an experiment's trainings."""

from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.style import PALETTE
from lib.runs.learning import curve

PARTS = {"train": PALETTE[0], "dev": PALETTE[5]}
COLUMNS = 4


def learning_figure(history: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Losses by epoch, one panel an experiment; see `lib.runs.learning` for both arguments.

    Lines are medians over trainings, bands their middle 80 %, dots the best epoch of each training,
    the dashed line the loss of a constant prediction.
    """
    rows = -(-len(table) // COLUMNS)
    size = (8, 0.5 + 1.8 * rows)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=size, squeeze=False)
    for axis in axes.flat[len(table) :]:
        axis.remove()
    for axis, row in zip(axes.flat, table.to_dict("records"), strict=False):
        own = history[history["experiment"] == row["experiment"]]
        for part, color in PARTS.items():
            band = curve(own, part)
            axis.plot(band.index, band["median"], color=color, label=part)
            axis.fill_between(band.index, band["low"], band["high"], color=color, alpha=0.2)
        best = own[own["best"]]
        axis.scatter(best["epoch"], best["dev"], s=14, color=PARTS["dev"])
        axis.axhline(row["constant"], color="0.5", linestyle="--")
        axis.set(title=fill(row["experiment"], 20))
    figure.supxlabel("epoch")
    figure.supylabel("loss")
    return figure
