"""One look for all figures, and deterministic PNG files with captions."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart with any colour vision; black is left to text and axes.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
# Figures carry their own light ground, so that they read the same on a dark page.
GROUND = "#FFFFFF"


def use_style() -> None:
    """Set the theme of all figures of the project; texts in notebooks' tables are shown whole."""
    import pandas as pd
    import seaborn as sns

    pd.set_option("display.max_colwidth", None)
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


def save_figure(figure: "Figure", path: Path, caption: str, marker: str = "") -> Path:
    """Write a figure as PNG, with its caption beside it.

    Parameters
    ----------
    figure : Figure
    path : Path
        The file, ending in ``.png``; its folder is made. The caption goes to ``<stem>.txt``.
    caption : str
        Names the paper, the exhibit and the provenance of the data.
    marker : str
        The data's marker, for example ``"synthetic sample"``: printed across the figure's corner
        and appended to the caption unless it is there already.

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
        figure.text(
            0.995, 0.005, marker, ha="right", va="bottom", fontsize="x-small", color="#8A2A00",
            alpha=0.9,
        )  # fmt: skip
        if marker.lower() not in caption.lower():
            caption = f"{caption.rstrip()} Data: {marker}."
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
    path.with_suffix(".txt").write_text(caption.strip() + "\n", encoding="utf-8")
    return path


def confusion_matrix_figure(
    matrices: dict[str, NDArray[np.integer]], classes: Sequence[str]
) -> "Figure":
    """Confusion matrices side by side, rows as shares of the true class.

    Parameters
    ----------
    matrices : dict of array, (classes, classes)
        Counts, true class by predicted class, by title.
    classes : sequence of str
    """
    import pandas as pd

    shares = {
        title: pd.DataFrame(
            counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
            index=pd.Index(classes),
            columns=pd.Index(classes),
        )
        for title, counts in matrices.items()
    }
    return matrix_figure(shares, ("predicted", "true"))


def matrix_figure(matrices: dict[str, "pd.DataFrame"], axes_labels: tuple[str, str]) -> "Figure":
    """Matrices of shares side by side, with numbers.

    Parameters
    ----------
    matrices : dict of DataFrame
        Values between 0 and 1 by title; index and columns name the ticks.
    axes_labels : (str, str)
        Of columns and rows.
    """
    import matplotlib.pyplot as plt
    import seaborn as sns

    figure, axes = plt.subplots(
        1, len(matrices), figsize=(3.4 * len(matrices) + 0.4, 3.4), squeeze=False
    )
    for axis, (title, shares) in zip(axes[0], matrices.items(), strict=True):
        sns.heatmap(
            shares, ax=axis, vmin=0, vmax=1, cmap="cividis", annot=True, fmt=".2f", cbar=False,
            square=True, annot_kws={"size": 9},
        )  # fmt: skip
        axis.set(title=title, xlabel=axes_labels[0], ylabel=axes_labels[1])
        plt.setp(axis.get_xticklabels(), rotation=30, ha="right", rotation_mode="anchor")
        axis.tick_params(axis="y", rotation=0)
    return figure


def score_figure(scores: "pd.DataFrame", metric: str, chance: float) -> "Figure":
    """Scores of experiments with their intervals; a dashed line at chance.

    Parameters
    ----------
    scores : DataFrame
        From `lib.evaluation.scores.score_table`.
    """
    import matplotlib.pyplot as plt

    rows = scores[scores["metric"] == metric]
    figure, axis = plt.subplots(figsize=(6.5, 0.9 + 0.3 * len(rows)))
    interval_plot(axis, list(rows["experiment"]), rows[["score", "low", "high"]].to_numpy())
    axis.axvline(chance, color="0.5", linestyle="--")
    axis.set(xlabel=f"{metric}, 95 % interval", xlim=(0, 1))
    return figure


def interval_plot(axis: "Axes", labels: Sequence[str], rows: NDArray[np.float64]) -> None:
    """Points with intervals, one row each.

    Parameters
    ----------
    axis : Axes
    labels : sequence of str
    rows : array, (labels, 3)
        Estimate, lower and upper end.
    """
    positions = np.arange(len(labels))[::-1]
    errors = np.abs(rows[:, 1:] - rows[:, :1]).T
    axis.errorbar(rows[:, 0], positions, xerr=errors, fmt="o", capsize=3, color=PALETTE[0])
    axis.set_yticks(positions, labels)
    axis.set_ylim(-0.6, len(labels) - 0.4)


def attention_figure(
    weights: NDArray[np.float64],
    skeleton: NDArray[np.float64],
    joints: Sequence[str],
    title: str,
) -> "Figure":
    """Attention of each head over frames and joints, above the joints' speed.

    Parameters
    ----------
    weights : array, (heads, time, joints)
        Attention maps brought to the skeleton's frames and joints.
    skeleton : array, (frames, joints, 3)
        The sequence that was classified, metres.
    joints : sequence of str
        Names of the joints.
    title : str
    """
    import matplotlib.pyplot as plt

    shown = min(len(weights), 4)
    figure, axes = plt.subplots(
        shown + 1, 1, figsize=(7.5, 1.5 * (shown + 1) + 0.4), sharex=True, squeeze=False
    )
    top = weights[:shown].max()
    for head, axis in enumerate(axes[:-1, 0]):
        image = axis.imshow(
            weights[head].T,
            aspect="auto",
            cmap="cividis",
            vmin=0,
            vmax=top,
            origin="upper",
        )
        axis.set_yticks(range(len(joints)), joints, fontsize=5)
        axis.set_ylabel(f"head {head + 1}", fontsize="small")
    figure.colorbar(image, ax=axes[:-1, 0], label="attention", shrink=0.8)
    speed = np.linalg.norm(np.diff(skeleton, axis=0), axis=2).mean(axis=1)
    axes[-1, 0].plot(np.arange(1, len(skeleton)), 1000 * speed, color=PALETTE[0])
    axes[-1, 0].set(xlabel="frame", ylabel="speed\n[mm/frame]")
    axes[0, 0].set_title(title)
    return figure


def curve_figure(curves: "pd.DataFrame", metrics: Sequence[str], chance: float) -> "Figure":
    """Scores over the share of training data, one line a start, with bands.

    Parameters
    ----------
    curves : DataFrame
        ``start``, ``ratio``, ``metric``, ``score``, ``low``, ``high``.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(metrics), figsize=(3.8 * len(metrics), 3.2), sharey=True, squeeze=False
    )
    for axis, metric in zip(axes[0], metrics, strict=True):
        for color, (start, group) in zip(
            PALETTE, curves[curves["metric"] == metric].groupby("start", sort=False), strict=False
        ):
            axis.plot(100 * group["ratio"], group["score"], "o-", color=color, label=start)
            axis.fill_between(
                100 * group["ratio"], group["low"], group["high"], color=color, alpha=0.2
            )
        axis.axhline(chance, color="0.5", linestyle="--")
        axis.set(xlabel="samples that train [%]", ylabel=metric, ylim=(0, 1))
    axes[0, 0].legend()
    return figure


def group_figure(scores: "pd.DataFrame", column: str, metric: str, chance: float) -> "Figure":
    """One dot a group (speaker, session), one row an experiment, a bar at their mean."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    rows = scores["experiment"].nunique()
    figure, axis = plt.subplots(figsize=(6.5, 1.3 + 0.45 * rows))
    np.random.seed(0)  # noqa: NPY002  seaborn draws the jitter from it
    sns.stripplot(scores, x=metric, y="experiment", ax=axis, color=PALETTE[0], jitter=0.15, size=5)
    means = scores.groupby("experiment", sort=False)[metric].mean()
    axis.scatter(means, range(rows), marker="|", s=400, color=PALETTE[5], zorder=3)
    axis.axvline(chance, color="0.5", linestyle="--")
    axis.set_yticks(range(rows), [fill(str(name), 34) for name in means.index])
    axis.set(xlim=(0, 1), ylabel="", xlabel=f"{metric}, one dot a {column}")
    return figure
