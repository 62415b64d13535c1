"""Parameter sweeps: a notebook executed by papermill once per point, all results in one table."""

import argparse
import hashlib
import itertools
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pydantic import Field

from lib.evaluation.metrics import HEADLINE
from lib.notebook import execute, strip
from lib.params import block, project_path
from lib.runs.cluster import shared_cluster
from lib.settings import Settings

SWEEPS = "outputs/sweeps"


class SweepFile(Settings):
    """A sweep in YAML: the points are those of every grid, then the listed ones.

    Attributes
    ----------
    notebook : str
        For example ``skeletal/02_training``.
    corpus : str
    grids : list of dict
        Dotted parameter names inside the notebook's block, each with its values.
    points : list of dict
        Single points, dotted parameter names with one value each.
    """

    notebook: str
    corpus: str
    grids: list[dict[str, list[Any]]] = Field(default_factory=list)
    points: list[dict[str, Any]] = Field(default_factory=list)


@dataclass(frozen=True)
class Sweep:
    """What is executed: a notebook, a corpus and the points, each a dict of overrides."""

    name: str
    notebook: str
    corpus: str
    points: tuple[dict[str, Any], ...]

    @property
    def block(self) -> str:
        """The parameters block of the notebook: ``skeletal.training``."""
        group, stem = self.notebook.split("/")
        return f"{group}.{stem.split('_', 1)[1]}"

    @property
    def folder(self) -> Path:
        """Where points, table and figure are kept."""
        return project_path(f"{SWEEPS}/{self.name}")

    def point_folder(self, point: dict[str, Any]) -> Path:
        """Folder of a point, named by its content."""
        text = json.dumps([self.notebook, self.corpus, point], sort_keys=True)
        return self.folder / hashlib.sha256(text.encode()).hexdigest()[:16]


def grid(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of the values."""
    return [
        dict(zip(values, combination, strict=True))
        for combination in itertools.product(*values.values())
    ]


def sample(values: Mapping[str, Sequence[Any]], number: int, seed: int) -> list[dict[str, Any]]:
    """Distinct random combinations, in random order; at most as many as the grid has."""
    points = grid(values)
    order = np.random.default_rng(seed).permutation(len(points))[:number]
    return [points[index] for index in order]


def read_file(path: Path) -> Sweep:
    """Sweep described in a YAML file; see `SweepFile`."""
    content = SweepFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    points = [point for values in content.grids for point in grid(values)] + content.points
    name = path.name.split(".")[0]
    return Sweep(name, content.notebook, content.corpus, tuple(points))


def _perform(arguments: tuple[str, str, str, dict[str, Any], str]) -> str:
    notebook, corpus, source, point, folder = arguments
    target = Path(folder)
    parameters = {
        "corpus": corpus,
        "overrides": point,
        "results": str(target),
    }
    target.mkdir(parents=True, exist_ok=True)
    (target / "point.json").write_text(json.dumps(point, indent=1), encoding="utf-8")
    (target / "error.txt").unlink(missing_ok=True)
    try:
        execute(Path(source), target / f"{Path(notebook).name}.ipynb", parameters)
    except Exception as error:
        text = "".join(traceback.format_exception_only(error)).strip()
        (target / "error.txt").write_text(text, encoding="utf-8")
        return text
    return ""


def run(sweep: Sweep, jobs: int = 2) -> pd.DataFrame:
    """Execute the points that have no result yet and gather all of them.

    A point's finished runs come from the store, so that executing a point again is cheap; a point
    that failed is tried again.

    Parameters
    ----------
    sweep : Sweep
    jobs : int
        Notebooks executed at once; their runs share one cluster.

    Returns
    -------
    DataFrame
        See `gather`.

    Raises
    ------
    lib.params.ParamsError
        Before anything is executed, if a point names a parameter that does not exist.
    """
    for point in sweep.points:
        block(sweep.block, sweep.corpus, point)
    sources = sweep.folder / "source"
    strip(project_path("notebooks"), sources)
    source = sources / f"{sweep.notebook}.ipynb"
    waiting = [
        (sweep.notebook, sweep.corpus, str(source), point, str(sweep.point_folder(point)))
        for point in sweep.points
        if not _finished(sweep, point)
    ]
    print(f"{len(sweep.points) - len(waiting)} of {len(sweep.points)} points were finished before")
    if waiting:
        with (
            shared_cluster(),
            ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool,
        ):
            for number, (work, error) in enumerate(
                zip(waiting, pool.map(_perform, waiting), strict=True), 1
            ):
                outcome = f"failed: {error.splitlines()[-1]}" if error else "done"
                print(f"point {number} of {len(waiting)} {work[3]}: {outcome}", flush=True)
    table = gather(sweep)
    table.to_csv(sweep.folder / "sweep.csv", index=False)
    draw(sweep, table)
    return table


def _finished(sweep: Sweep, point: dict[str, Any]) -> bool:
    folder = sweep.point_folder(point)
    results = list(folder.glob("reports/metrics.json"))
    if (folder / "error.txt").exists() or not results:
        return False
    settings = json.loads(results[0].read_text(encoding="utf-8"))["settings"]
    wanted = block(sweep.block, sweep.corpus, point)
    return all(settings.get(key) == value for key, value in wanted.items())


def gather(sweep: Sweep) -> pd.DataFrame:
    """One row per point, experiment and metric: every parameter, the score, or the error."""
    rows: list[dict[str, Any]] = []
    for point in sweep.points:
        folder = sweep.point_folder(point)
        shown = {key: json.dumps(value) for key, value in point.items()}
        error = folder / "error.txt"
        if error.exists():
            lines = error.read_text(encoding="utf-8").splitlines()
            rows.append({"point": folder.name} | shown | {"error": lines[-1]})
            continue
        for path in folder.glob("reports/metrics.json"):
            values = json.loads(path.read_text(encoding="utf-8"))["values"]
            for experiment, metrics in values.items():
                for metric, entry in metrics.items():
                    row = {"point": folder.name} | shown
                    rows.append(row | {"experiment": experiment, "metric": metric} | entry)
    return pd.DataFrame(rows)


def draw(sweep: Sweep, table: pd.DataFrame, metric: str = HEADLINE["classes"]) -> Path | None:
    """Scores of every point with their intervals; None if no point has a score."""
    from lib.corpora import provenance
    from lib.figures.plots import interval_plot
    from lib.figures.style import save_figure, use_style

    if "metric" not in table:
        return None
    import matplotlib.pyplot as plt

    chosen = table[table["metric"] == metric].drop_duplicates(["point", "experiment"])
    names = [
        column
        for column in map(str, table.columns)
        if any(column in point for point in sweep.points)
    ]
    labels = [
        ", ".join(
            [
                row["experiment"],
                *(f"{n.split('.')[-1]}={row[n]}" for n in names if row[n] == row[n]),
            ]
        )
        for row in chosen.to_dict("records")
    ]
    use_style()
    figure, axis = plt.subplots(figsize=(8, 0.8 + 0.28 * len(chosen)))
    interval_plot(axis, labels, chosen[["score", "low", "high"]].to_numpy(float))
    axis.set_xlabel(f"{metric}, 95 % interval")
    marker = provenance.read(project_path(f"data/{sweep.corpus}")).marker
    caption = f"Sweep {sweep.name} of {sweep.notebook} on {sweep.corpus}."
    return save_figure(figure, sweep.folder / "sweep.png", caption, marker)


def _values(text: str) -> tuple[str, list[Any]]:
    name, _, values = text.partition("=")
    if not values:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE,VALUE,...")
    return name, yaml.safe_load(f"[{values}]")


def main(arguments: list[str] | None = None) -> None:
    """Command line; see the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", help="a notebook such as skeletal/02_training, or a YAML file")
    parser.add_argument("-g", "--grid", action="append", default=[], type=_values,
                        metavar="NAME=VALUES")  # fmt: skip
    parser.add_argument("--corpus", default="iemocap")
    parser.add_argument("--random", type=int, help="so many random points of the grid")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="notebooks executed at once")
    options = parser.parse_args(arguments)
    if options.target.endswith((".yaml", ".yml")):
        sweep = read_file(Path(options.target))
    else:
        group, stem = options.target.split("/")
        prefix = f"{group}.{stem.split('_', 1)[1]}."
        values = {name.removeprefix(prefix): list_ for name, list_ in options.grid}
        points = sample(values, options.random, options.seed) if options.random else grid(values)
        text = hashlib.sha256(json.dumps([options.target, values, options.corpus]).encode())
        name = f"{stem}-{text.hexdigest()[:8]}"
        sweep = Sweep(name, options.target, options.corpus, tuple(points))
    table = run(sweep, options.jobs)
    failed = table["error"].notna().sum() if "error" in table else 0
    print(f"table and figure: {sweep.folder}; {failed} of {len(sweep.points)} points failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
