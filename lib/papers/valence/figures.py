"""Figures of valence over time: aligned faces, traces, delay, attention."""

from collections.abc import Mapping, Sequence

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
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(0.95 * columns, 1.15 * len(rows)), squeeze=False
    )
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for axis in line:
            axis.axis("off")
        for axis, picture, found in zip(line, pictures, detected[name], strict=False):
            axis.imshow(picture)
            if not found:
                axis.plot([0, 1], [0, 1], transform=axis.transAxes, color=PALETTE[5])
                axis.plot([0, 1], [1, 0], transform=axis.transAxes, color=PALETTE[5])
        line[0].set_title(name, fontsize=8)
    return figure


def alignment_figure(pairs: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> Figure:
    """Frames above, the aligned faces below."""
    figure, axes = plt.subplots(2, len(pairs), figsize=(1.6 * len(pairs), 3), squeeze=False)
    for column, (frame, face) in enumerate(pairs):
        axes[0, column].imshow(frame)
        axes[1, column].imshow(face)
        for share in (0.31, 0.69):  # the template's eyes
            axes[1, column].axvline(share * len(face) - 0.5, color=PALETTE[4], lw=0.6)
        axes[1, column].axhline(0.36 * len(face) - 0.5, color=PALETTE[4], lw=0.6)
    for axis in axes.ravel():
        axis.axis("off")
    return figure


def trace_figure(
    truth: Mapping[str, pd.DataFrame], predicted: Mapping[str, Mapping[str, pd.DataFrame]]
) -> Figure:
    """Gold and predicted valence of recordings, with a band of the raters' standard deviation.

    The tables in `truth`, by recording, have ``time``, ``valence`` and ``spread`` (missing without
    individual ratings); those in `predicted`, by recording and experiment, have ``time`` and
    ``prediction``.

    References
    ----------
    lee2018 Figs. 3 and 4.
    """
    figure, axes = plt.subplots(
        len(truth), 1, figsize=(7.5, 2.4 * len(truth)), squeeze=False, sharex=True, sharey=True
    )
    for axis, (name, gold) in zip(axes[:, 0], truth.items(), strict=True):
        time, valence = gold["time"].to_numpy(float), gold["valence"].to_numpy(float)
        spread = gold["spread"].to_numpy(float)
        if np.isfinite(spread).all():
            band = {"color": "0.85", "label": "raters, one standard deviation"}
            axis.fill_between(time, valence - spread, valence + spread, **band)
        axis.plot(time, valence, color="0.25", label="gold standard")
        for number, (label, trace) in enumerate(predicted[name].items()):
            axis.plot(
                trace["time"], trace["prediction"], color=PALETTE[number], lw=1.5, label=label
            )
        axis.set(title=name, ylabel="valence")
    axes[0, 0].legend(fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.12))
    axes[-1, 0].set_xlabel("time [s]")
    return figure


def score_figure(scores: pd.DataFrame, metric: str = "CCC") -> Figure:
    """A metric of every experiment with its interval, before and after post-processing."""
    kinds = ("raw", "post-processed")
    experiments = list(scores["experiment"].unique())
    figure, axes = plt.subplots(
        1, 2, figsize=(8, 1.0 + 0.38 * len(experiments)), sharex=True, sharey=True
    )
    for axis, kind in zip(axes, kinds, strict=True):
        rows = scores[(scores["processing"] == kind) & (scores["metric"] == metric)]
        interval_plot(axis, list(rows["experiment"]), rows[["score", "low", "high"]].to_numpy())
        axis.set(title=kind, xlabel=f"{metric}, 95 % interval")
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
    """Faces of clips with the attention on them, warm where it is high.

    Parameters
    ----------
    clips : array, (clips, 3, time, size, size)
        -1 to 1.
    attention : array, (clips, time, size, size)
    frames : int
        Number of frames drawn per clip.

    References
    ----------
    lee2018 Fig. 5.
    """
    chosen = np.linspace(0, clips.shape[2] - 1, frames).round().astype(int)
    figure, axes = plt.subplots(
        2 * len(clips), frames, figsize=(1.1 * frames, 2.35 * len(clips)), squeeze=False
    )
    for number, title in enumerate(titles):
        top = attention[number].max()
        for column, frame in enumerate(chosen):
            picture = np.clip(clips[number, :, frame].transpose(1, 2, 0) / 2 + 0.5, 0, 1)
            above, below = axes[2 * number, column], axes[2 * number + 1, column]
            above.imshow(picture)
            below.imshow(picture.mean(axis=2), cmap="gray", vmin=0, vmax=1)
            below.imshow(attention[number, frame], cmap="jet", alpha=0.5, vmin=0, vmax=top)
        axes[2 * number, 0].set_title(title, fontsize=8)
    for axis in axes.ravel():
        axis.axis("off")
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
    right.set(xlabel="CCC lost where it is covered, 95 % interval", ylim=left.get_ylim())
    right.legend(fontsize=8)
    return figure
