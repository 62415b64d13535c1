"""The timeline of a recording: small pictures, and below them what each model says."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.figures.style import PALETTE
from scripts.predict.recording import Recording

SHOWN = 7  # names with a colour of their own
PICTURES = 10


def timeline(recording: Recording, table: pd.DataFrame, missing: pd.DataFrame) -> Figure:
    """Figure of one recording.

    Lines are means over the trainings, bands their standard deviation (for valence, the conformal interval);
    a line is thick where the class or label is in the conformal set. Grey are times without the part. Single
    answers, such as those on a picture, are bars.
    """
    models = list(table.groupby(["model", "paper", "corpus", "parts"], sort=False))
    shown = _pictures(recording)
    heights = [1.0] * bool(shown) + [2.0] * len(models)
    size = (9, 0.6 + 1.05 * sum(heights))
    figure, axes = plt.subplots(len(heights), 1, figsize=size, height_ratios=heights, squeeze=False)
    rows = list(axes[:, 0])
    if shown:
        _strip(rows.pop(0), shown, recording.seconds)
    for axis, ((model, paper, corpus, parts), own) in zip(rows, models, strict=True):
        axis.set_title(f"{parts}: {model} ({paper}, trained on {corpus})", fontsize="small")
        if (own["start"] == own["start"].iloc[0]).all():
            _bars(axis, own)
        else:
            _lines(axis, own)
            axis.set_xlim(0, recording.seconds)
            lacking = missing[missing["part"].isin(str(parts).split(" + "))]
            for start, end in lacking[["start", "end"]].to_numpy(float):
                axis.axvspan(start, end, color="0.85", linewidth=0)
            axis.set_xlabel("seconds" if axis is rows[-1] else "")
    return figure


def _pictures(recording: Recording) -> list[tuple[float, np.ndarray]]:
    if not recording.small:
        return [(0.0, recording.picture)] if recording.picture is not None else []
    chosen = np.linspace(0, len(recording.small) - 1, min(PICTURES, len(recording.small))).round().astype(int)
    return [recording.small[number] for number in chosen]


def _strip(axis: Axes, shown: list[tuple[float, np.ndarray]], seconds: float) -> None:
    """Small pictures side by side, with the time of each."""
    axis.set_axis_off()
    for number, (time, picture) in enumerate(shown):
        place = axis.inset_axes((number / len(shown), 0.0, 1 / len(shown), 0.85))
        place.imshow(picture)
        place.set_axis_off()
        place.set_title(f"{time:.1f} s" if seconds else "", fontsize="x-small", loc="center")


def _names(own: pd.DataFrame) -> list[str]:
    """Names with the highest mean values, in the order of the model's outputs."""
    best = own.groupby("name", sort=False)["value"].mean().astype(float).nlargest(SHOWN).index
    return [name for name in own["name"].unique() if name in best]


def _lines(axis: Axes, own: pd.DataFrame) -> None:
    for colour, name in zip(PALETTE, _names(own), strict=False):
        rows = own[own["name"] == name]
        middle = rows[["start", "end"]].mean(axis=1)
        value = rows["value"].to_numpy(float)
        low, high = value - rows["spread"], value + rows["spread"]
        if rows["low"].notna().all():
            low, high = rows["low"], rows["high"]
        axis.fill_between(middle, low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(middle, value, color=colour, linewidth=1, label=name)
        inside = rows["conformal"].fillna(False).to_numpy(bool)
        axis.plot(middle, np.where(inside, value, np.nan), color=colour, linewidth=3)
    axis.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))


def _bars(axis: Axes, own: pd.DataFrame) -> None:
    rows = own[own["name"].isin(_names(own))].iloc[::-1]
    inside = rows["conformal"].fillna(False).to_numpy(bool)
    colours = [PALETTE[0] if each else "0.75" for each in inside]
    axis.barh(rows["name"], rows["value"], xerr=rows["spread"].fillna(0), color=colours)
    axis.tick_params(labelsize="x-small")
