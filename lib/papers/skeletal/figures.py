"""Figures of detections, skeletons and trajectories."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lib.corpora import catalogue
from lib.features.kinematics import H36M_PARENTS, UPPER_BODY
from lib.figures.style import PALETTE

_ARMS, _TRUNK = ((5, 6), (5, 7), (7, 9), (6, 8), (8, 10)), ((5, 11), (6, 12), (11, 12))
_LEGS, _HEAD = ((11, 13), (13, 15), (12, 14), (14, 16)), ((0, 1), (0, 2), (1, 3), (2, 4))
COCO_BONES = (*_ARMS, *_TRUNK, *_LEGS, *_HEAD)


def overlay(
    images: Sequence[NDArray[np.uint8]],
    detected: Sequence[NDArray[np.floating]],
    chosen: Sequence[Sequence[NDArray[np.floating]]],
    titles: Sequence[str],
) -> Figure:
    """Video frames with all detections (thin, grey) and the chosen people (thick, coloured).

    Parameters
    ----------
    images : sequence of array, (height, width, 3)
    detected : sequence of array, (people, 17, 3)
        Everybody that was detected in the frame.
    chosen : sequence of sequence of array, (17, 3)
        The person chosen on each side.
    """
    columns = min(2, len(images))
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.0 * columns, 2.2 * rows), squeeze=False)
    for axis in axes.ravel():
        axis.axis("off")
    for axis, image, people, persons, title in zip(
        axes.ravel(), images, detected, chosen, titles, strict=False
    ):
        axis.imshow(image)
        for person in people:
            for start, end in COCO_BONES:
                axis.plot(*person[[start, end], :2].T, color="0.6", linewidth=0.8)
        for person, colour in zip(persons, PALETTE[1:], strict=False):
            for start, end in COCO_BONES:
                axis.plot(*person[[start, end], :2].T, color=colour, linewidth=1.8)
        axis.set(xlim=(0, image.shape[1]), ylim=(image.shape[0], 0))
        axis.set_title(title, fontsize="small")
    return figure


def trajectory(
    raw: NDArray[np.floating], filtered: NDArray[np.floating], joint: str, title: str
) -> Figure:
    """The three coordinates of one joint before and after filtering.

    Parameters
    ----------
    raw, filtered : array, (frames, 3)
        Metres.
    """
    figure, axes = plt.subplots(3, 1, figsize=(7, 4.2), sharex=True)
    for index, (axis, name) in enumerate(zip(axes, "xyz", strict=True)):
        axis.plot(raw[:, index], color=PALETTE[1], linewidth=1, label="before")
        axis.plot(filtered[:, index], color=PALETTE[0], linewidth=1.8, label="after")
        axis.set_ylabel(f"{name} [m]")
    axes[0].legend(loc="upper right", ncols=2)
    axes[0].set_title(f"{title}: {joint}")
    axes[-1].set_xlabel("frame")
    return figure


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


def skeletons(
    sequence: NDArray[np.floating],
    corpus: str,
    title: str,
    weights: NDArray[np.floating] | None = None,
) -> Figure:
    """Six skeletons at even steps of a sequence, seen from the front.

    Parameters
    ----------
    sequence : array, (frames, joints, 3)
    weights : array, (frames, joints), optional
        Attention on each joint of each frame: the size of its dot.
    """
    shown = 6
    frames = np.linspace(0, len(sequence) - 1, shown).round().astype(int)
    sizes = np.full(sequence.shape[:2], 8.0) if weights is None else 110 * weights / weights.max()
    figure, axes = plt.subplots(1, shown, figsize=(1.5 * shown, 2.4), sharex=True, sharey=True)
    for axis, frame in zip(axes, frames, strict=True):
        pose = sequence[frame]
        for start, end in bones(corpus):
            axis.plot(*pose[[start, end], :2].T, color=PALETTE[0], linewidth=2)
        axis.scatter(
            *pose[:, :2].T, s=sizes[frame], color=PALETTE[5], alpha=0.8, zorder=3, clip_on=False
        )
        axis.set_title(f"frame {frame}", fontsize="x-small")
        axis.set_aspect("equal")
        axis.axis("off")
    axes[0].yaxis.set_inverted(corpus != "egait")  # its y grows upwards
    figure.suptitle(title, fontsize="small")
    return figure


def attention_figure(
    weights: NDArray[np.float64], skeleton: NDArray[np.float64], joints: Sequence[str], title: str
) -> Figure:
    """Attention of each head over frames and joints, above the joints' speed.

    Parameters
    ----------
    weights : array, (heads, time, joints)
        Attention maps brought to the skeleton's frames and joints.
    skeleton : array, (frames, joints, 3)
        The sequence that was classified, metres.
    """
    shown = min(len(weights), 4)
    figure, axes = plt.subplots(
        shown + 1, 1, figsize=(7.5, 1.5 * (shown + 1) + 0.4), sharex=True, squeeze=False
    )
    top = weights[:shown].max()
    for head, axis in enumerate(axes[:-1, 0]):
        image = axis.imshow(
            weights[head].T, aspect="auto", cmap="cividis", vmin=0, vmax=top, origin="upper"
        )
        axis.set_yticks(range(len(joints)), joints, fontsize=5)
        axis.set_ylabel(f"head {head + 1}", fontsize="small")
    figure.colorbar(image, ax=axes[:-1, 0], label="attention", shrink=0.8)
    speed = np.linalg.norm(np.diff(skeleton, axis=0), axis=2).mean(axis=1)
    axes[-1, 0].plot(np.arange(1, len(skeleton)), 1000 * speed, color=PALETTE[0])
    axes[-1, 0].set(xlabel="frame", ylabel="speed\n[mm/frame]")
    axes[0, 0].set_title(title)
    return figure
