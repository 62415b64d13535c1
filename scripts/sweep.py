"""Parameter sweeps: a notebook executed by papermill once per point, all results in one table."""

import argparse
import hashlib
import json
import sys
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from lib import processor
from lib.evaluation.metrics import HEADLINE, METRICS
from lib.files import write_text, written
from lib.instances import block_of
from lib.params import block, load_yaml, parse, project_path
from lib.settings import Settings
from scripts.cluster import shared_cluster
from scripts.notebook import execute, strip

SWEEPS = "outputs/sweeps"
MOST = 60
"""Most rows of a figure."""
WIDEST = 34
"""Most letters of a value in a figure."""
NUMBERS = ("score", "low", "high", "spread", "bias", "repeats", "runs", "samples")
"""Columns of a score, in the order in which tables show them."""
Grid = dict[str, list[Any]]
Point = dict[str, Any]


class SweepFile(Settings):
    """A sweep in YAML of a notebook such as ``skeletal/02_training``.

    The points are those of every grid, then the listed ones. Names are dotted, inside the
    notebook's block of parameters.
    """

    notebook: str
    corpus: str
    grids: list[Grid] = Field(default_factory=list)
    points: list[Point] = Field(default_factory=list)


@dataclass(frozen=True)
class Sweep:
    """What is executed: a notebook, a corpus and the points, each a dict of overrides."""

    name: str
    notebook: str
    corpus: str
    points: tuple[Point, ...]

    @property
    def folder(self) -> Path:
        """Where points, table and figure are kept."""
        return project_path(f"{SWEEPS}/{self.name}")

    def point_folder(self, point: Point) -> Path:
        """Folder of a point, named by its content."""
        text = json.dumps([self.notebook, self.corpus, point], sort_keys=True)
        return self.folder / hashlib.sha256(text.encode()).hexdigest()[:16]

    def parameters(self, point: Point) -> dict[str, Any]:
        """All parameters of the notebook's block at a point."""
        return block(block_of(self.notebook), self.corpus, point)


def grid(values: Grid | list[Grid], number: int | None = None, seed: int = 0) -> list[Point]:
    """Points of one grid or of several; with `number`, at most that many distinct random ones."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    every = ParameterGrid(values)
    if number is None:
        return list(every)
    return list(ParameterSampler(values, min(number, len(every)), random_state=seed))


def read_file(path: Path) -> Sweep:
    """Sweep described in a YAML file; see `SweepFile`."""
    content = SweepFile.model_validate(load_yaml(path))
    points = grid(content.grids) + content.points
    return Sweep(path.name.split(".")[0], content.notebook, content.corpus, tuple(points))


def _perform(sweep: Sweep, point: Point, source: Path) -> str:
    """Execute a point; the last line of its error, or an empty text."""
    folder = sweep.point_folder(point)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("error.txt", "finished.json"):
        (folder / name).unlink(missing_ok=True)
    write_text(folder / "point.json", json.dumps(point, indent=1))
    given = {"corpus": sweep.corpus, "overrides": point, "results": str(folder)}
    try:
        execute(source, folder / source.name, given)
    except Exception as error:
        text = "".join(traceback.format_exception_only(error)).strip()
        write_text(folder / "error.txt", text)
        return text.splitlines()[-1]
    write_text(folder / "finished.json", json.dumps(sweep.parameters(point)))
    return ""


def _finished(sweep: Sweep, point: Point) -> bool:
    path, wanted = sweep.point_folder(point) / "finished.json", json.dumps(sweep.parameters(point))
    return path.is_file() and json.loads(path.read_text(encoding="utf-8")) == json.loads(wanted)


def run(sweep: Sweep, jobs: int = 2) -> pd.DataFrame:
    """Execute the points that have no result for the present parameters, and gather all points.

    `jobs` notebooks are executed at once, in kernels held to the instructions of `lib.processor`;
    their runs share one cluster. Finished runs come from the store, so that executing a point again
    is cheap; a point that failed is tried again.

    Raises
    ------
    lib.params.ParamsError
        Before anything is executed, if a point names a parameter that does not exist.
    """
    waiting = [point for point in sweep.points if not _finished(sweep, point)]
    sources = sweep.folder / "source"
    strip(project_path("notebooks"), sources)
    source = sources / f"{sweep.notebook}.ipynb"
    print(f"{len(sweep.points) - len(waiting)} of {len(sweep.points)} points were finished before")
    if waiting:
        processor.pin()  # for the processes that start from here
        pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        with shared_cluster(), pool:
            errors = pool.map(_perform, repeat(sweep), waiting, repeat(source))
            for number, (point, error) in enumerate(zip(waiting, errors, strict=True), 1):
                outcome = f"failed: {error}" if error else "done"
                print(f"point {number} of {len(waiting)} {point}: {outcome}", flush=True)
    table = gather(sweep)
    with written(sweep.folder / "sweep.csv") as own:
        table.to_csv(own, index=False)
    draw(sweep, table)
    return table


def gather(sweep: Sweep) -> pd.DataFrame:
    """One row per point, experiment and metric: every parameter, the score, or the error."""
    rows: list[dict[str, Any]] = []
    for point in sweep.points:
        folder = sweep.point_folder(point)
        shown = {"point": folder.name} | {key: json.dumps(value) for key, value in point.items()}
        error = folder / "error.txt"
        if error.exists():
            rows.append(shown | {"error": error.read_text(encoding="utf-8").splitlines()[-1]})
            continue
        for path in sorted(folder.rglob("metrics.json")):
            values = json.loads(path.read_text(encoding="utf-8"))["values"]
            rows += [
                shown | {"experiment": experiment, "metric": metric} | entry
                for experiment, metrics in values.items()
                if isinstance(metrics, dict)
                for metric, entry in metrics.items()
                if isinstance(entry, dict) and "score" in entry
            ]
    table = pd.DataFrame(rows)
    last = [name for name in NUMBERS if name in table]
    return table[[*(name for name in table if name not in last), *last]]


def labels(sweep: Sweep, rows: pd.DataFrame) -> tuple[str, list[str]]:
    """Head and rows of a table in letters of one width: experiment, and the parameters that vary.

    Parameters are named by the end of their dotted name that no other one has.
    """
    given = [name for name in rows.columns if any(name in point for point in sweep.points)]
    names = [name for name in given if len(rows[name].unique()) > 1]
    if len(rows["experiment"].unique()) > 1 or not names:
        names = ["experiment", *names]
    columns = []
    for name in names:
        cells = [name if name == "experiment" else _end(name, given)]
        cells += ["" if pd.isna(value) else shorten(str(value), WIDEST) for value in rows[name]]
        columns.append([cell.ljust(max(map(len, cells))) for cell in cells])
    head, *lines = ("  ".join(cells) for cells in zip(*columns, strict=True))
    return head, lines


def shorten(text: str, width: int) -> str:
    """A text of at most `width` letters; dots stand for what is left out in its middle."""
    half = (width - 1) // 2
    return text if len(text) <= width else f"{text[: width - 1 - half]}\u2026{text[-half:]}"


def _end(name: str, names: Sequence[str]) -> str:
    parts = name.split(".")
    ends = [".".join(parts[-number:]) for number in range(1, len(parts) + 1)]
    return next(end for end in ends if sum(f".{n}".endswith(f".{end}") for n in names) == 1)


def draw(sweep: Sweep, table: pd.DataFrame) -> Path | None:
    """Scores of the `MOST` best points with their intervals; None if no point has a score."""
    if "metric" not in table:
        return None
    import matplotlib.pyplot as plt

    from lib.corpora import provenance
    from lib.figures.plots import interval_plot
    from lib.figures.style import save_figure, use_style

    present = table["metric"].dropna().unique()
    metric = next((name for name in HEADLINE.values() if name in present), present[0])
    every = table[table["metric"] == metric].drop_duplicates(["point", "experiment"])
    better = not METRICS[metric].higher_is_better if metric in METRICS else False
    chosen = every.sort_values("score", ascending=better, kind="stable").head(MOST)
    head, names = labels(sweep, chosen)
    use_style()
    figure, axis = plt.subplots(figsize=(4.5 + 0.075 * len(head), 1.1 + 0.25 * len(names)))
    interval_plot(axis, names, chosen[["score", "low", "high"]].to_numpy(float))
    axis.set_yticks(range(len(names) + 1), [*reversed(names), head])
    axis.set(xlabel=f"{metric}, 95 % interval", ylim=(-0.6, len(names) + 0.4))
    axis.tick_params(axis="y", length=0)
    plt.setp(axis.get_yticklabels(), family="monospace", size=8)
    plt.setp(axis.get_yticklabels()[-1:], weight="bold")
    marker = provenance.read(project_path(f"data/{sweep.corpus}")).marker
    best = f" The {len(chosen)} best of {len(every)} rows." if len(chosen) < len(every) else ""
    caption = f"Sweep {sweep.name} of {sweep.notebook} on {sweep.corpus}, by {metric}.{best}"
    return save_figure(figure, sweep.folder / "sweep.png", caption, marker)


def _values(text: str) -> tuple[str, list[Any]]:
    name, _, values = text.partition("=")
    if not values:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE,VALUE,...")
    return name, parse(f"[{values}]")


def main(arguments: list[str] | None = None) -> None:
    """Command line; see the README."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sweep", description=__doc__)
    add = parser.add_argument
    add("target", help="a notebook such as skeletal/02_training, or a YAML file")
    words = "a parameter of the notebook's block and its values: training.epochs=2,10; may be repeated"
    add("-g", "--grid", action="append", default=[], type=_values, metavar="NAME=VALUES", help=words)
    add("--corpus", help="default: the paper's first corpus in params.yaml")
    add("--random", type=int, metavar="N", help="only N random points of the grid")
    add("--seed", type=int, default=0, help="seed of the random points")
    add("--jobs", type=int, default=2, help="notebooks executed at once")
    options = parser.parse_args(arguments)
    if options.target.endswith((".yaml", ".yml")):
        sweep = read_file(Path(options.target))
    else:
        group, stem = options.target.split("/")
        corpus = options.corpus or load_yaml()[group]["corpora"][0]
        prefix = f"{block_of(options.target)}."
        values = {name.removeprefix(prefix): list_ for name, list_ in options.grid}
        points = grid(values, options.random, options.seed)
        text = json.dumps([options.target, values, corpus])
        name = f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        sweep = Sweep(name, options.target, corpus, tuple(points))
    table = run(sweep, options.jobs)
    failed = table["error"].notna().sum() if "error" in table else 0
    print(f"table and figure: {sweep.folder}; {failed} of {len(sweep.points)} points failed")
    sys.exit(int(failed > 0))


if __name__ == "__main__":
    main()
