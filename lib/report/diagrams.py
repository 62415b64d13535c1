"""Diagrams drawn by code: a paper's method, and the pipeline's stages."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import yaml

from lib.figures.style import PALETTE
from lib.runs.code import ROOT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def method_figure(
    boxes: Sequence[Sequence[str | None]], arrows: Sequence[Sequence[str]]
) -> "Figure":
    """Boxes in columns from left to right, with arrows between them; None leaves a place empty.

    Raises
    ------
    ValueError
        If an arrow names a box that there is not.
    """
    import matplotlib.pyplot as plt

    places = {}
    for column, names in enumerate(boxes):
        for row, name in enumerate(names):
            if name is not None:
                places[name] = (float(column), (len(names) - 1) / 2 - row)
    unknown = {name for arrow in arrows for name in arrow} - set(places)
    if unknown:
        raise ValueError(f"arrows name {sorted(unknown)}, which are no boxes")
    height = max(len(names) for names in boxes)
    figure, axis = plt.subplots(figsize=(1.5 * len(boxes), 0.8 * height + 0.2))
    for start, end in arrows:
        (x1, y1), (x2, y2) = places[start], places[end]
        axis.annotate(
            "", (x2 - 0.4, y2), (x1 + 0.4, y1),
            arrowprops={"arrowstyle": "-|>", "color": "0.4", "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    for name, (x, y) in places.items():
        axis.text(
            x, y, fill(name, 15), ha="center", va="center", fontsize=8.5,
            bbox={"boxstyle": "round,pad=0.4", "facecolor": "#E8F1F8", "edgecolor": PALETTE[0]},
        )  # fmt: skip
    axis.set(xlim=(-0.6, len(boxes) - 0.4), ylim=(-height / 2, height / 2))
    axis.axis("off")
    return figure


def stages(pipeline: Path | None = None) -> dict[str, set[str]]:
    """Stages of the pipeline and the stages that each rests on, matrices as one."""
    path = pipeline or ROOT / "dvc.yaml"
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]
    made = {
        _plain(out if isinstance(out, str) else next(iter(out))): name
        for name, stage in found.items()
        for out in stage.get("outs", [])
    }
    rests: dict[str, set[str]] = {}
    for name, stage in found.items():
        used = [_plain(dependency) for dependency in stage["deps"]]
        rests[name] = {
            maker
            for out, maker in made.items()
            for dependency in used
            if maker not in (name, "notebooks")
            and (out == dependency or out.startswith(f"{dependency}/")
                 or dependency.startswith(f"{out}/"))
        }  # fmt: skip
    return rests


def _plain(path: str) -> str:
    return re.sub(r"/\$\{item\.[a-z]+\}", "", path)


def pipeline_figure(rests: Mapping[str, set[str]]) -> "Figure":
    """One column a paper, its stages from top to bottom, with arrows from what each rests on."""
    import matplotlib.pyplot as plt

    groups: dict[str, list[str]] = {}
    for name in rests:
        if name != "notebooks":
            groups.setdefault(name.split("_")[0], []).append(name)
    last = groups.pop("replication", [])
    places: dict[str, tuple[float, float]] = {}
    for column, names in enumerate(groups.values()):
        for row, name in enumerate(names):
            places[name] = (float(column), float(-row))
    depth = max(len(names) for names in groups.values())
    for number, name in enumerate(last):
        places[name] = (1.0 + 2.0 * number, -depth - 0.7)
    figure, axis = plt.subplots(figsize=(2.3 * len(groups), 0.72 * (depth + 2)))
    for name, before in rests.items():
        for other in before:
            if name not in places or other not in places:
                continue
            (x1, y1), (x2, y2) = places[other], places[name]
            far = abs(y1 - y2) > 1.2 and x1 == x2
            axis.annotate(
                "", (x2, y2 + 0.28), (x1, y1 - 0.28),
                arrowprops={"arrowstyle": "-|>", "color": "0.75" if name in last else "0.45",
                            "connectionstyle": "arc3,rad=0.35" if far else "arc3", "lw": 0.8},
            )  # fmt: skip
    for name, (x, y) in places.items():
        paper, _, rest = name.partition("_")
        axis.text(
            x, y, f"{paper}\n{rest.replace('_', ' ')}", ha="center", va="center", fontsize=8,
            bbox={"boxstyle": "round,pad=0.3", "facecolor": "#E8F1F8", "edgecolor": PALETTE[0]},
        )  # fmt: skip
    axis.set(xlim=(-0.6, len(groups) - 0.4), ylim=(-depth - 1.3, 0.6))
    axis.axis("off")
    return figure
