"""The style of all figures, and PNG files with reproducible bytes."""

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from lib.files import write_text, written

# Okabe and Ito's colours, distinct for any colour vision; black is left to text and axes.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
GROUND = "#FFFFFF"  # background, so that figures look the same on a dark page


def use_style(kind: str | None = None) -> None:
    """Set the theme of all figures and, in a notebook, tables with sentences on a kind of data."""
    from IPython import get_ipython

    from lib.figures.sentences import told_html

    if shell := get_ipython():
        told = partial(told_html, kind=kind)
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, told)
    sns.set_theme(
        context="notebook",
        style="ticks",
        palette=PALETTE,
        font="DejaVu Sans",
        rc={
            "figure.dpi": 110,
            "figure.facecolor": GROUND,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": GROUND,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": "medium",
            "axes.titlelocation": "left",
            "legend.frameon": False,
        },
    )


def save_figure(figure: Figure, path: Path, caption: str, marker: str = "") -> Path:
    """Write a figure as PNG, and its caption beside it to ``<stem>.txt``.

    The caption names the paper, the exhibit and the provenance of the data. The data's `marker`
    ("synthetic sample") is printed in the figure's corner and appended to the caption unless it is
    there already. The folder is created.

    Raises
    ------
    ValueError
        If the caption is empty.
    """
    if not caption.strip():
        raise ValueError(f"{path}: a figure needs a caption")
    if marker:
        strip = 0.2 / figure.get_figheight()  # inches below the axes, for the marker
        layout = figure.get_layout_engine()
        if layout is not None:
            layout.set(rect=(0, strip, 1, 1 - strip))  # type: ignore[call-arg]
        look: dict[str, Any] = {"fontsize": "x-small", "color": "#8A2A00", "alpha": 0.9}
        figure.text(0.995, 0.005, marker, ha="right", va="bottom", **look)
        if marker.lower() not in caption.lower():
            caption = f"{caption.rstrip()} Data: {marker}."
    path.parent.mkdir(parents=True, exist_ok=True)
    with written(path) as own:
        figure.savefig(own, metadata={"Software": None})
    write_text(path.with_suffix(".txt"), caption.strip() + "\n")
    return path
