"""Diagrams drawn by code: a paper's method, and the pipeline's stages."""

import re
from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import networkx as nx  # DVC's graphs are networkx graphs
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.figures.style import PALETTE
from lib.runs.code import ROOT


def method_figure(boxes: Sequence[Sequence[str | None]], arrows: Sequence[Sequence[str]]) -> Figure:
    """Boxes in columns from left to right with arrows between them; None leaves a place empty.

    Raises
    ------
    ValueError
        If an arrow names a box that does not exist.
    """
    places = {
        name: (float(column), (len(names) - 1) / 2 - row)
        for column, names in enumerate(boxes)
        for row, name in enumerate(names)
        if name is not None
    }
    unknown = {name for arrow in arrows for name in arrow} - set(places)
    if unknown:
        raise ValueError(f"arrows name {sorted(unknown)}, which are not boxes")
    height = max(len(names) for names in boxes)
    figure, axis = plt.subplots(figsize=(1.5 * len(boxes), 0.8 * height + 0.2))
    for start, end in arrows:
        (x1, y1), (x2, y2) = places[start], places[end]
        _arrow(axis, (x1 + 0.4, y1), (x2 - 0.4, y2))
    _boxes(axis, {fill(name, 15): place for name, place in places.items()})
    axis.set(xlim=(-0.6, len(boxes) - 0.4), ylim=(-height / 2, height / 2))
    return figure


def instances() -> nx.DiGraph:
    """Stage instances of the pipeline (``stage@corpus``); edges lead to what one depends on."""
    from dvc.repo import Repo

    with Repo(ROOT) as repo:  # data.dvc is a stage without a name
        graph = nx.relabel_nodes(repo.index.graph, lambda stage: getattr(stage, "name", "") or "")
    graph.remove_nodes_from([name for name in graph if not re.search(r"_\d\d_", name)])
    return graph


def stages(graph: nx.DiGraph) -> nx.DiGraph:
    """Stages and those that each one depends on; the instances of a stage count as one."""
    return nx.relabel_nodes(graph, lambda name: name.partition("@")[0])


def pipeline_figure(graph: nx.DiGraph) -> Figure:
    """One column for each paper, its stages from top to bottom, replication below all."""
    columns: dict[str, list[str]] = {}
    for name in graph:
        columns.setdefault(name.split("_")[0], []).append(name)
    last = columns.pop("replication", [])
    depth = max(map(len, columns.values()))
    places = {
        name: (float(column), float(-row))
        for column, names in enumerate(columns.values())
        for row, name in enumerate(names)
    }
    places |= {name: (1.0 + 2.0 * number, -depth - 0.7) for number, name in enumerate(last)}
    figure, axis = plt.subplots(figsize=(2.3 * len(columns), 0.72 * (depth + 2)))
    for name, other in nx.transitive_reduction(graph).edges:
        (x1, y1), (x2, y2) = places[other], places[name]
        bent = 0.35 if x1 == x2 and y1 - y2 > 1.2 else 0.0
        _arrow(axis, (x1, y1 - 0.28), (x2, y2 + 0.28), "0.75" if name in last else "0.45", bent)
    _boxes(axis, {name.replace("_", "\n", 1).replace("_", " "): places[name] for name in places})
    axis.set(xlim=(-0.6, len(columns) - 0.4), ylim=(-depth - 1.3, 0.6))
    return figure


Place = tuple[float, float]


def _arrow(axis: Axes, start: Place, end: Place, colour: str = "0.4", bent: float = 0.0) -> None:
    style = {"arrowstyle": "-|>", "color": colour, "connectionstyle": f"arc3,rad={bent}"}
    axis.annotate("", end, start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0, "lw": 0.8})


def _boxes(axis: Axes, places: dict[str, Place]) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": "#E8F1F8", "edgecolor": PALETTE[0]}
    for text, (x, y) in places.items():
        axis.text(x, y, text, ha="center", va="center", fontsize=8.5, bbox=box)
    axis.axis("off")
