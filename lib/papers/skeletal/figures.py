"""Figures of skeletons and of the attention on them."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lib.corpora import catalogue
from lib.features.kinematics import H36M_PARENTS, UPPER_BODY
from lib.figures.style import PALETTE


def bones(corpus: str) -> list[tuple[int, int]]:
    """Pairs of joints of a corpus's stored skeletons that a bone joins."""
    reader = catalogue.reader(corpus)
    if hasattr(reader, "PARENTS"):
        return [(joint, parent) for joint, parent in enumerate(reader.PARENTS) if parent >= 0]
    return [
        (UPPER_BODY.index(joint), UPPER_BODY.index(H36M_PARENTS[joint]))
        for joint in UPPER_BODY
        if H36M_PARENTS[joint] in UPPER_BODY
    ]


def skeletons(sequence: NDArray[Any], corpus: str, title: str, weights: NDArray[Any] | None = None) -> Figure:
    """Six skeletons at even steps of a sequence, (frames, joints, 3), seen from the front.

    The size of a joint's dot is its attention among `weights`, (frames, joints), if given.
    """
    shown = 6
    frames = np.linspace(0, len(sequence) - 1, shown).round().astype(int)
    sizes = np.full(sequence.shape[:2], 8.0) if weights is None else 110 * weights / weights.max()
    dots: dict[str, Any] = {"color": PALETTE[5], "alpha": 0.8, "zorder": 3, "clip_on": False}
    figure, axes = plt.subplots(1, shown, figsize=(1.5 * shown, 2.4), sharex=True, sharey=True)
    for axis, frame in zip(axes, frames, strict=True):
        pose = sequence[frame]
        for start, end in bones(corpus):
            axis.plot(*pose[[start, end], :2].T, color=PALETTE[0], linewidth=2)
        axis.scatter(*pose[:, :2].T, s=sizes[frame], **dots)
        axis.set_title(f"frame {frame}", fontsize="x-small")
        axis.set_aspect("equal")
        axis.axis("off")
    axes[0].yaxis.set_inverted(not hasattr(catalogue.reader(corpus), "joints"))  # whose y grows upwards
    figure.suptitle(title, fontsize="small")
    return figure


def on_skeleton(maps: NDArray[Any], pools: Sequence[Sequence[int]], shape: Sequence[int]) -> NDArray[Any]:
    """Attention maps at the frames and joints of a skeleton of `shape` that each weight covers.

    `maps`, (heads, time', joints'), come after `pools`, pairs of frames and joints; the windows lie
    in the middle of what each weight sees.
    """
    frames, joints = np.prod(pools, axis=0)
    rows = np.arange(min(shape[0], maps.shape[1] * frames)) // frames
    return maps[:, rows][:, :, np.arange(shape[1]) // joints]


def attention_figure(
    weights: NDArray[Any], skeleton: NDArray[Any], joints: Sequence[str], title: str
) -> Figure:
    """Attention of four heads, (heads, frames, joints), above the joints' speed.

    `skeleton`, (frames, joints, 3), is the sequence that was classified, in metres.
    """
    shown = min(len(weights), 4)
    rows, size = shown + 1, (7.5, 1.5 * (shown + 1) + 0.4)
    figure, axes = plt.subplots(rows, 1, figsize=size, sharex=True)
    image: dict[str, Any] = {"aspect": "auto", "cmap": "cividis", "origin": "upper"}
    image |= {"vmin": 0, "vmax": weights[:shown].max()}
    for head, axis in enumerate(axes[:-1]):
        drawn = axis.imshow(weights[head].T, **image)
        axis.set_yticks(range(len(joints)), joints, fontsize=5)
        axis.set_ylabel(f"head {head + 1}", fontsize="small")
    figure.colorbar(drawn, ax=axes[:-1], label="attention", shrink=0.8)
    speed = np.linalg.norm(np.diff(skeleton, axis=0), axis=2).mean(axis=1)
    axes[-1].plot(np.arange(1, len(skeleton)), 1000 * speed, color=PALETTE[0])
    axes[-1].set(xlabel="frame", ylabel="speed\n[mm/frame]")
    axes[0].set_title(title)
    return figure
