"""Figures of people in pictures: boxes, label shares, precision by label, impact weights."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from lib.figures.plots import interval_plot
from lib.figures.style import PALETTE

STREAM_COLOURS = dict(zip(("body", "place", "gist"), PALETTE, strict=False))


def people_figure(
    pictures: Sequence[NDArray[np.uint8]], boxes: Sequence[Sequence[float]], titles: Sequence[str]
) -> Figure:
    """Pictures with one person's box each and its categories."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(2.2 * len(pictures), 2.6), squeeze=False)
    for axis, picture, (x1, y1, x2, y2), title in zip(axes[0], pictures, boxes, titles, strict=True):
        axis.imshow(picture)
        axis.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, color=PALETTE[5], lw=1.5))
        axis.set_title(fill(title, 26), fontsize=8)
        axis.axis("off")
    return figure


def shares_figure(shares: pd.DataFrame) -> Figure:
    """Share of people with each label (index) in each part (``train``, ``val``, ``test``)."""
    figure, axis = plt.subplots(figsize=(6.5, 6))
    shares = shares.sort_values("train")
    for part, color in zip(("train", "val", "test"), PALETTE, strict=False):
        axis.plot(100 * shares[part], shares.index, "o", color=color, label=part, markersize=4)
    axis.set(xlabel="people with the label [%]", xlim=(0, None))
    axis.legend()
    return figure


def precision_figure(scores: pd.DataFrame, experiment: str) -> Figure:
    """Average precision of each label with its interval; a tick at its share of positives."""
    rows = scores[(scores["experiment"] == experiment) & (scores["row"] != "mAP")]
    figure, axis = _intervals(rows, "row", "score", 6.5)
    places = np.arange(len(rows))[::-1]
    axis.plot(rows["positives"] / rows["samples"], places, "|", color="0.3", markersize=10)
    axis.set(xlabel="average precision, 95 % interval; tick: prevalence", xlim=(0, 1))
    return figure


def map_figure(scores: pd.DataFrame) -> Figure:
    """mAP of experiments with their intervals."""
    rows = scores[scores["row"] == "mAP"]
    figure, axis = _intervals(rows, "experiment", "score", 0.9 + 0.35 * len(rows))
    axis.set(xlabel="mAP, 95 % interval")
    return figure


def label_difference_figure(tests: pd.DataFrame, first: str, second: str) -> Figure:
    """Average precision of one experiment minus another's, by label, with intervals."""
    rows = tests[(tests["first"] == first) & (tests["second"] == second)]
    figure, axis = _intervals(rows, "row", "difference", 6.8)
    axis.axvline(0, color="0.5", linestyle="--")
    axis.set(xlabel=f"average precision, {first} minus {second}, 95 % interval")
    return figure


def _intervals(rows: pd.DataFrame, name: str, value: str, height: float) -> tuple[Figure, Axes]:
    figure, axis = plt.subplots(figsize=(6.5, height))
    interval_plot(axis, list(rows[name]), rows[[value, "low", "high"]].to_numpy())
    return figure, axis


def weights_figure(weights: pd.DataFrame, streams: Sequence[str]) -> Figure:
    """Distribution of the impact weights of each stream (vo2022 Fig. 4)."""
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for stream in streams:
        style = {"element": "step", "color": STREAM_COLOURS[stream], "alpha": 0.35}
        bins = np.linspace(0, 1, 41).tolist()
        sns.histplot(weights[stream], bins=bins, ax=axis, label=stream, **style)
    axis.set(xlabel="impact weight", ylabel="people", xlim=(0, 1))
    axis.legend()
    return figure


def attribution_figure(
    pictures: Mapping[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]],
    maps: Mapping[str, NDArray[np.float32]],
    weights: pd.DataFrame,
    people: pd.DataFrame,
) -> Figure:
    """Scene with the person's box, body with its Grad-CAM, impact weights, and categories (vo2022 Fig. 1).

    One person a column. By sample, `pictures` has scene and body (size, size, 3), `maps` the Grad-CAM
    (size, size), `weights` a column for each stream, and `people` is the sample table.
    """
    size, heights = (1.9 * len(pictures), 5.4), {"height_ratios": [1, 1, 0.7]}
    figure, axes = plt.subplots(3, len(pictures), figsize=size, squeeze=False, gridspec_kw=heights)
    colours = [STREAM_COLOURS[name] for name in weights.columns]
    for (sample, (scene, body)), (top, middle, bottom) in zip(pictures.items(), axes.T, strict=True):
        row = people.loc[[sample]].to_dict("records")[0]
        x1, y1, x2, y2 = (row[name] for name in ("x1", "y1", "x2", "y2"))
        top.imshow(scene, extent=(0, row["width"], row["height"], 0))
        top.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, color=PALETTE[5], lw=1.5))
        top.set_title(fill(row["label"], 20), fontsize=8)
        middle.imshow(body)
        middle.imshow(maps[sample], cmap="inferno", alpha=0.5, vmin=0, vmax=1)
        bottom.bar(weights.columns, weights.loc[sample], color=colours)
        bottom.tick_params(axis="x", labelsize=8)
        bottom.set(ylim=(0, 1))
    for axis in axes[:2].flat:
        axis.axis("off")
    for axis in axes[2, 1:]:
        axis.set_yticklabels([])
    axes[2, 0].set_ylabel("weight")
    return figure
