"""Learning curves."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from lib.figures.style import PALETTE


@sns.plotting_context("paper")
def learning_figure(history: pd.DataFrame) -> Figure:
    """Median and middle 80 % over runs of `lib.runs.learning.histories`; one panel per experiment."""
    panels = history.groupby("experiment", sort=False)
    rows, columns = -(-len(panels) // 4), min(len(panels), 4)
    figure = plt.figure(figsize=(2.1 * max(columns, 3), 0.6 + 1.7 * rows))
    for number, (name, own) in enumerate(panels):
        axis = figure.add_subplot(rows, columns, number + 1, title=name)
        for part, color in (("train", PALETTE[0]), ("dev", PALETTE[5])):
            losses = own.pivot_table(part, "epoch", "run")
            losses = losses[losses.count(axis=1) >= losses.shape[1] / 2]  # half of the runs go on
            low, median, high = losses.quantile([0.1, 0.5, 0.9], axis=1).to_numpy()
            axis.plot(losses.index, median, color=color, label=part)
            axis.fill_between(losses.index, low, high, color=color, alpha=0.2)
        best = own[own["best"]]
        axis.scatter(best["epoch"], best["dev"], s=10, color=color, label="best epochs")
        axis.axhline(own["constant"].median(), color="0.5", ls="--", label="constant prediction")
        axis.set_xlabel("epoch" if number + columns >= len(panels) else "")
        axis.set_ylabel("" if number % columns else "loss")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper left", ncols=4)
    return figure
