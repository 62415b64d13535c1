"""Figures of valence over time: aligned faces, traces, delay, attention."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lib.figures.plots import interval_plot
from lib.figures.style import PALETTE

Pictures = Sequence[NDArray[np.uint8]]


def faces_figure(rows: Mapping[str, Pictures], detected: Mapping[str, Sequence[bool]]) -> Figure:
    """Aligned faces over time, one recording per row; crosses mark frames without a face."""
    columns = max(len(pictures) for pictures in rows.values())
    figure, axes = _pictures(len(rows), columns, 0.95 * columns, 1.15 * len(rows))
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        line[0].set_title(name, fontsize=8)
        for axis, picture, found in zip(line, pictures, detected[name], strict=False):
            axis.imshow(picture)
            for ends in () if found else ([0, 1], [1, 0]):
                axis.plot([0, 1], ends, transform=axis.transAxes, color=PALETTE[5])
    return figure


def _pictures(rows: int, columns: int, width: float, height: float) -> tuple[Figure, Any]:
    """Figure with axes for pictures, (rows, columns)."""
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    return figure, axes


def alignment_figure(pairs: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> Figure:
    """Frames above, the aligned faces below."""
    figure, axes = _pictures(2, len(pairs), 1.6 * len(pairs), 3)
    for (frame, face), (above, below) in zip(pairs, axes.T, strict=True):
        above.imshow(frame)
        below.imshow(face)
        for share in (0.31, 0.69):  # the template's eyes
            below.axvline(share * len(face) - 0.5, color=PALETTE[4], lw=0.6)
        below.axhline(0.36 * len(face) - 0.5, color=PALETTE[4], lw=0.6)
    return figure


def trace_figure(
    truth: Mapping[str, pd.DataFrame], predicted: Mapping[str, Mapping[str, pd.DataFrame]]
) -> Figure:
    """Gold and predicted valence of recordings, with a band of the raters (lee2018 Figs. 3 and 4).

    The tables in `truth`, by recording, have ``time``, ``valence`` and ``spread``, the standard
    deviation of the raters (missing without individual ratings); those in `predicted`, by recording
    and experiment, have ``time`` and ``prediction``.
    """
    size = (7.5, 2.4 * len(truth))
    figure, axes = plt.subplots(len(truth), figsize=size, squeeze=False, sharex=True, sharey=True)
    for axis, (name, gold) in zip(axes[:, 0], truth.items(), strict=True):
        time, valence, spread = gold[["time", "valence", "spread"]].to_numpy(float).T
        if np.isfinite(spread).all():
            band = {"color": "0.85", "label": "raters, one standard deviation"}
            axis.fill_between(time, valence - spread, valence + spread, **band)
        axis.plot(time, valence, color="0.25", label="gold standard")
        for (label, trace), color in zip(predicted[name].items(), PALETTE, strict=False):
            axis.plot("time", "prediction", data=trace, color=color, lw=1.5, label=label)
        axis.set(title=name, ylabel="valence")
    axes[0, 0].legend(fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.12))
    axes[-1, 0].set_xlabel("time [s]")
    return figure


def score_figure(scores: pd.DataFrame) -> Figure:
    """CCC of every experiment with its interval, before and after post-processing."""
    size = (8, 1.0 + 0.38 * scores["experiment"].nunique())
    figure, axes = plt.subplots(1, 2, figsize=size, sharex=True, sharey=True)
    for axis, kind in zip(axes, ("raw", "post-processed"), strict=True):
        rows = scores[(scores["processing"] == kind) & (scores["metric"] == "CCC")]
        interval_plot(axis, list(rows["experiment"]), rows[["score", "low", "high"]].to_numpy())
        axis.set(title=kind, xlabel="CCC, 95 % interval")
        axis.locator_params(axis="x", nbins=5)
    return figure


def curve_figure(curves: pd.DataFrame, planted: tuple[float, float] | None = None) -> Figure:
    """CCC by the delay of the predictions; `planted` is the raters' delay where it is known."""
    figure, axis = plt.subplots(figsize=(8.5, 3.4))
    if planted is not None:
        axis.axvspan(*planted, color="0.9", label="planted delay of the raters")
    sns.lineplot(curves, x="delay", y="CCC", hue="experiment", style="experiment", ax=axis)
    axis.axvline(0, color="0.6", lw=0.8)
    axis.set(xlabel="predictions delayed by [s]")
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def attention_figure(
    clips: NDArray[np.float32], attention: NDArray[np.float32], titles: Sequence[str], frames: int
) -> Figure:
    """Faces of clips with the attention on them, warm where it is high (lee2018 Fig. 5).

    `clips` are (clips, 3, time, size, size), -1 to 1, `attention` is (clips, time, size, size);
    `frames` of each clip are drawn.
    """
    chosen = np.linspace(0, clips.shape[2] - 1, frames).round().astype(int)
    figure, axes = _pictures(2 * len(clips), frames, 1.1 * frames, 2.35 * len(clips))
    for number, title in enumerate(titles):
        pair, top = axes[2 * number : 2 * number + 2], attention[number].max()
        pair[0, 0].set_title(title, fontsize=8)
        for frame, (above, below) in zip(chosen, pair.T, strict=True):
            picture = np.clip(clips[number, :, frame].transpose(1, 2, 0) / 2 + 0.5, 0, 1)
            above.imshow(picture)
            below.imshow(picture.mean(axis=2), cmap="gray", vmin=0, vmax=1)
            below.imshow(attention[number, frame], cmap="jet", alpha=0.5, vmin=0, vmax=top)
    return figure


def region_figure(shares: pd.DataFrame, costs: pd.DataFrame) -> Figure:
    """Attention on regions relative to area, and the CCC lost when each is covered."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), gridspec_kw={"wspace": 0.15})
    names = list(shares.index)
    sns.barplot(x=shares["ratio"], y=names, color=PALETTE[0], ax=left)
    left.axvline(1, color="0.4", linestyle="--")
    left.set(xlabel="attention by area (1: even)", ylabel="")
    for number, (experiment, rows) in enumerate(costs.groupby("experiment", sort=False)):
        own = rows.set_index("covered").loc[names]
        place = np.arange(len(names)) + 0.22 * number - 0.11
        error = [own["difference"] - own["low"], own["high"] - own["difference"]]
        style = {"fmt": "o", "markersize": 4, "color": PALETTE[number], "label": experiment}
        right.errorbar(own["difference"], place, xerr=error, **style)
    right.axvline(0, color="0.4", linestyle="--")
    right.set_yticks(range(len(names)), [])
    right.set(xlabel="CCC lost by covering it, 95 % interval", ylim=left.get_ylim())
    right.legend(fontsize=8)
    return figure
