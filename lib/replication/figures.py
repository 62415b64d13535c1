"""Figures of controls and verdicts."""

from textwrap import shorten

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from lib.figures.style import PALETTE

VERDICTS = {
    "agrees": PALETTE[2],
    "inconclusive": PALETTE[1],
    "differs": PALETTE[5],
    "protocol differs": PALETTE[3],
    "not comparable": PALETTE[4],
    "not run": "0.85",
}


TELLING = {"at chance": PALETTE[0], "not at chance": PALETTE[5]}


def positive_figure(table: pd.DataFrame) -> Figure:
    """Comparisons with their intervals, one line for each statement and corpus.

    Dots are filled where the interval lies on the expected side of the null value, and green.
    """
    lines = list(table.groupby(["corpus", "claim", "statement"], sort=False))
    figure, axis = plt.subplots(figsize=(9.5, 0.8 + 0.4 * len(lines)))
    for place, (_, rows) in enumerate(reversed(lines)):
        shifts = np.linspace(0.3, -0.3, len(rows)) if len(rows) > 1 else [0.0]
        for shift, row in zip(shifts, rows.to_dict("records"), strict=True):
            estimate, low, high = (row[name] - row["null"] for name in ("estimate", "low", "high"))
            color, fill = (PALETTE[2], PALETTE[2]) if row["recovered"] else (PALETTE[5], "white")
            axis.plot([low, high], [place + shift] * 2, color=color, lw=0.8)
            axis.plot(estimate, place + shift, "o", color=color, mfc=fill, markersize=3)
    names = [f"{corpus}: {shorten(str(statement), 60)}" for (corpus, _, statement), _ in lines]
    axis.set_yticks(range(len(lines)), names[::-1], fontsize=7)
    axis.axvline(0, color="0.5", linestyle="--")
    axis.set(xlabel="estimate minus null, 95 % interval", ylim=(-0.7, len(lines) - 0.3))
    return figure


def negative_figure(table: pd.DataFrame) -> Figure:
    """Scores on permuted and on true labels minus chance, one panel for each paper.

    Thick lines are the models' own intervals, thin ones the simultaneous intervals, triangles the
    scores on true labels. Models that prove nothing are grey; others are red where their interval
    misses chance.
    """
    groups = list(table.groupby(["paper", "metric"], sort=False))
    heights = [len(rows) for _, rows in groups]
    size = (7.5, 1.0 * len(groups) + 0.21 * sum(heights))
    figure, axes = plt.subplots(len(groups), figsize=size, squeeze=False, height_ratios=heights)
    for axis, ((paper, metric), rows) in zip(axes[:, 0], groups, strict=True):
        for place, row in enumerate(rows.iloc[::-1].to_dict("records")):
            color = TELLING.get(row["verdict"], "0.7")
            for prefix, width in (("simultaneous ", 0.8), ("", 2.4)):
                bounds = [row[f"{prefix}{end}"] - row["chance"] for end in ("low", "high")]
                axis.plot(bounds, [place, place], color=color, lw=width)
            axis.plot(row["score"] - row["chance"], place, "o", color=color, markersize=4)
            axis.plot(row["true score"] - row["chance"], place, ">", color="0.3", markersize=3)
        names = rows["experiment"] + ", " + rows["corpus"]
        axis.set_yticks(range(len(rows)), names.to_list()[::-1], fontsize=7)
        axis.axvline(0, color="0.5", linestyle="--")
        axis.set(title=f"{paper}: {metric} minus chance", ylim=(-0.7, len(rows) - 0.3))
    return figure


def power_figure(curves: pd.DataFrame, level: float) -> Figure:
    """Share of corpora on which each effect is found, by strength, one panel for each study."""
    groups = list(curves.groupby(["study", "effect"], sort=False))
    size = (2.4 * len(groups), 2.8)
    figure, axes = plt.subplots(1, len(groups), figsize=size, sharey=True, squeeze=False)
    for axis, ((study, effect), rows) in zip(axes[0], groups, strict=True):
        error = [rows["rate"] - rows["low"], rows["high"] - rows["rate"]]
        axis.errorbar(rows["strength"], rows["rate"], error, fmt="o-", color=PALETTE[0])
        axis.axhline(level, color="0.5", linestyle="--")
        axis.set(title=f"{study}: {effect}", xlabel="strength", ylim=(-0.03, 1.03))
    axes[0, 0].set_ylabel("share found, 95 % interval")
    return figure


def interval_figure(covered: pd.DataFrame, rates: pd.DataFrame, level: float = 0.95) -> Figure:
    """Coverage of intervals and level of tests, a dot for each study, with trainings by size."""
    figure, axes = plt.subplots(2, figsize=(8.5, 7.5), layout="constrained")
    sides = [(axes[0], covered, "covered", "trainings", level, "truth inside the interval")]
    sides.append((axes[1], rates, "rate", "repeats", 1 - level, "true nulls rejected"))
    for axis, table, value, number, target, label in sides:
        methods, studies = list(table["method"].unique()), list(table["study"].unique())
        counts = sorted(table[number].unique())
        for row in table.to_dict("records"):
            study = studies.index(row["study"])
            shift = 0.12 * (study - (len(studies) - 1) / 2)
            place = len(methods) - 1 - methods.index(row["method"]) - shift
            size = 3 + 2.5 * counts.index(row[number])
            axis.plot(row[value], place, "o", mfc="none", color=PALETTE[study], markersize=size)
        axis.axvline(target, color="0.4", linestyle="--")
        axis.set_yticks(range(len(methods)), methods[::-1], fontsize=8)
        axis.set_xlabel(f"share of {label}")
    handles = [Patch(color=PALETTE[place], label=name) for place, name in enumerate(studies)]
    axes[1].legend(handles=handles, fontsize=7)
    return figure


def verdict_figure(cells: pd.DataFrame, across: int = 60) -> Figure:
    """Every published cell as a tile, exhibit by exhibit, in the colour of its verdict."""
    exhibits = list(cells.groupby(["paper", "exhibit"], sort=False))
    rows = [int(np.ceil(len(group) / across)) for _, group in exhibits]
    figure, axis = plt.subplots(figsize=(9, 0.8 + 0.22 * (sum(rows) + len(rows))))
    top, ticks = 0.0, {}
    for (key, group), number in zip(exhibits, rows, strict=True):
        for index, verdict in enumerate(group["verdict"]):
            place = (index % across, top + index // across)
            colour = VERDICTS[verdict.split(":")[0]]
            axis.add_patch(Rectangle(place, 0.9, 0.85, color=colour))
        ticks[f"{str(key[0]).split('-')[0]}, {key[1]}"] = top + number / 2
        top += number + 0.6
    axis.set(xlim=(0, across), ylim=(top, -0.4), xticks=[])
    axis.set_yticks(list(ticks.values()), list(ticks), fontsize=8)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    handles = [Patch(color=colour, label=name) for name, colour in VERDICTS.items()]
    axis.legend(handles=handles, ncols=4, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
    return figure
