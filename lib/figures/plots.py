"""Figures that several papers share, and those of the audit of their numbers."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lib.evaluation.metrics import even_chance
from lib.figures.style import PALETTE

OUTCOMES = {"consistent": PALETTE[2], "inconsistent": PALETTE[5], "cannot be decided": PALETTE[1]}
"""Colours by the outcome of a check of printed numbers."""


def confusion_matrix_figure(matrices: dict[str, NDArray[np.integer]], classes: Sequence[str]) -> Figure:
    """Confusion matrices, (true class, predicted class), as shares of the true class by title."""
    names = pd.Index(classes)
    shares = {
        title: pd.DataFrame(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), names, names)
        for title, counts in matrices.items()
    }
    return matrix_figure(shares, ("predicted", "true"))


def matrix_figure(matrices: dict[str, pd.DataFrame], axes_labels: tuple[str, str]) -> Figure:
    """Matrices of shares by title, side by side, with the number in each cell.

    Index and columns name the ticks, `axes_labels` the axes of columns and rows.
    """
    figure, axes = plt.subplots(1, len(matrices), figsize=(3.4 * len(matrices) + 0.4, 3.4), squeeze=False)
    for axis, (title, shares) in zip(axes[0], matrices.items(), strict=True):
        look = {"cmap": "cividis", "fmt": ".2f", "annot_kws": {"size": 9}}
        sns.heatmap(shares, ax=axis, vmin=0, vmax=1, annot=True, cbar=False, square=True, **look)
        axis.set(title=title, xlabel=axes_labels[0], ylabel=axes_labels[1])
        plt.setp(axis.get_xticklabels(), rotation=30, ha="right", rotation_mode="anchor")
        axis.tick_params(axis="y", rotation=0)
    return figure


def score_figure(scores: pd.DataFrame, metric: str, classes: int) -> Figure:
    """Scores from `score_table` with their intervals; the dashed line is `even_chance`."""
    rows = scores[scores["metric"] == metric]
    figure, axis = plt.subplots(figsize=(6.5, 0.9 + 0.3 * len(rows)))
    interval_plot(axis, list(rows["experiment"]), rows[["score", "low", "high"]].to_numpy())
    axis.axvline(even_chance(metric, classes), color="0.5", linestyle="--")
    axis.set(xlabel=f"{metric}, 95 % interval", xlim=(0, 1))
    return figure


def interval_plot(axis: Axes, labels: Sequence[str], rows: NDArray[np.float64]) -> None:
    """Draw one labelled interval for each row: estimate, lower and upper end, (labels, 3)."""
    positions = np.arange(len(labels))[::-1]
    errors = np.abs(rows[:, 1:] - rows[:, :1]).T
    axis.errorbar(rows[:, 0], positions, xerr=errors, fmt="o", capsize=3, color=PALETTE[0])
    axis.set_yticks(positions, labels)
    axis.set_ylim(-0.6, len(labels) - 0.4)


def curve_figure(curves: pd.DataFrame, metrics: Sequence[str], classes: int) -> Figure:
    """Scores over the share of training data with bands, one line for each start.

    Columns of `curves`: ``start``, ``ratio``, ``metric``, ``score``, ``low``, ``high``.
    """
    figure, axes = plt.subplots(
        1, len(metrics), figsize=(3.8 * len(metrics), 3.2), sharey=True, squeeze=False
    )
    for axis, metric in zip(axes[0], metrics, strict=True):
        lines = curves[curves["metric"] == metric].groupby("start", sort=False)
        for color, (start, line) in zip(PALETTE, lines, strict=False):
            percent = 100 * line["ratio"]
            axis.plot(percent, line["score"], "o-", color=color, label=start)
            axis.fill_between(percent, line["low"], line["high"], color=color, alpha=0.2)
        axis.axhline(even_chance(metric, classes), color="0.5", linestyle="--")
        axis.set(xlabel="samples used for training [%]", ylabel=metric, ylim=(0, 1))
    axes[0, 0].legend()
    return figure


def group_figure(scores: pd.DataFrame, column: str, metric: str, classes: int) -> Figure:
    """One dot for each group (speaker, session) in a row for each experiment; a bar at the mean."""
    rows = scores["experiment"].nunique()
    figure, axis = plt.subplots(figsize=(6.5, 1.3 + 0.45 * rows))
    np.random.seed(0)  # noqa: NPY002  seaborn draws the jitter from it
    sns.stripplot(scores, x=metric, y="experiment", ax=axis, color=PALETTE[0], jitter=0.15, size=5)
    means = scores.groupby("experiment", sort=False)[metric].mean()
    axis.scatter(means, range(rows), marker="|", s=400, color=PALETTE[5], zorder=3)
    axis.axvline(even_chance(metric, classes), color="0.5", linestyle="--")
    axis.set_yticks(range(rows), [fill(str(name), 34) for name in means.index])
    axis.set(xlim=(0, 1), ylabel="", xlabel=f"{metric}, one dot per {column}")
    return figure


def difference_figure(differences: pd.DataFrame, metric: str) -> Figure:
    """Differences from `lib.evaluation.scores.differences`; the dashed line is zero."""
    rows = differences[differences["metric"] == metric]
    names = [fill(f"{row.first} - {row.second}", 40) for row in rows.itertuples()]
    figure, axis = plt.subplots(figsize=(8, 1.1 + 0.5 * len(rows)))
    interval_plot(axis, names, rows[["difference", "low", "high"]].to_numpy())
    axis.axvline(0, color="0.5", linestyle="--")
    axis.set(xlabel=f"difference in {metric}, 95 % interval")
    return figure


def p_value_figure(table: pd.DataFrame, columns: Sequence[str], alpha: float) -> Figure:
    """p-values of each comparison on a logarithmic axis, one marker for each test."""
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


def audit_figure(checks: pd.DataFrame) -> Figure:
    """Outcomes of the audit's checks by paper, and gaps between the numbers."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), width_ratios=[1, 2])
    counts = pd.crosstab(checks["paper"], checks["outcome"]).reindex(columns=list(OUTCOMES))
    counts = counts.fillna(0).loc[checks["paper"].unique()[::-1]]
    start = pd.Series(0.0, index=counts.index)
    for outcome, colour in OUTCOMES.items():
        left.barh(counts.index, counts[outcome], left=start, color=colour, label=outcome)
        start += counts[outcome]
    left.set(xlabel="checks", title="Outcome by paper")
    left.legend(loc="upper center", bbox_to_anchor=(0.2, -0.16), ncols=1, fontsize="small")
    both = checks.dropna(subset=["published", "recomputed"])
    both = both[(both["published"] != 0) & (both["outcome"] != "consistent")]
    gap = 100 * (both["recomputed"] - both["published"]) / both["published"]
    chosen = gap[gap.abs() > 0.01].sort_values()
    rows = both.loc[chosen.index]
    colours = [OUTCOMES[name] for name in rows["outcome"]]
    right.barh(rows["check_id"], chosen.clip(-120, 120), color=colours)
    for position, value in enumerate(chosen):
        end, side = min(max(value, -120), 120), "left" if value > 0 else "right"
        right.text(end, position, f" {value:+.1f} % ", va="center", ha=side, fontsize=6)
    right.axvline(0, color="0.3", linewidth=0.8)
    right.tick_params(axis="y", labelsize=6)
    right.set(
        xlim=(-175, 175),
        xlabel="recomputed against published [%], cut at 120",
        title="Numbers that do not come out as printed",
    )
    return figure


def detectable_figure(table: pd.DataFrame) -> Figure:
    """Printed gain of each claim of `detectable` on the range from least to likely detectable."""
    colours = {"yes": PALETTE[2], "depends": PALETTE[1], "no": PALETTE[5]}
    figure, axis = plt.subplots(figsize=(9.5, 1.4 + 0.27 * len(table)))
    for place, row in enumerate(table.iloc[::-1].to_dict("records")):
        axis.plot([row["least"], row["likely"]], [place, place], color="0.75", lw=6)
        axis.plot(row["gain"], place, "o", color=colours[row["decidable"]], markersize=6)
    names = table["claim_id"] + ": " + table["subject"] + " - " + table["comparator"]
    names += ", " + table["metric"]
    axis.set_yticks(range(len(table)), names.to_list()[::-1], fontsize=7)
    shown = [Line2D([], [], color="0.75", lw=6, label="smallest detectable: least to likely")]
    shown += [
        Line2D([], [], marker="o", ls="", color=colour, label=f"printed gain, decidable: {name}")
        for name, colour in colours.items()
    ]
    axis.legend(handles=shown, ncols=2, fontsize=8, loc="lower left", bbox_to_anchor=(-0.4, 1))
    ticks = [0.003, 0.01, 0.03, 0.1, 0.3]
    axis.set(xscale="log", xlabel="difference (shares as fractions)")
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()
    return figure
