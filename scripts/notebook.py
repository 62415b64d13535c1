"""Execute a stage's notebook with papermill, and write notebooks without their outputs."""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import yaml

from lib import processor
from lib.files import write_text, written
from lib.instances import declared
from lib.params import project_path
from lib.runs.progress import PROGRESS_FILE
from scripts import recorded
from scripts.stages import write_stages

SOURCES = "outputs/notebooks"
STAGES = "outputs/stages"
DURATIONS = "outputs/durations.csv"
VOLATILE = [
    "metadata.papermill",
    "metadata.language_info.version",
    "cell.metadata.papermill",
    "cell.metadata.execution",
]


class NotebookError(ValueError):
    """A notebook has no parameters cell, or is given a parameter that it does not have."""


def notebooks_below(source: Path) -> list[Path]:
    """Notebooks under a folder, without JupyterLab's checkpoints."""
    found = source.rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def strip(source: Path, target: Path) -> None:
    """Write every notebook under `source` without outputs, counts and cell ids to `target`.

    Stages depend on this form, which does not change when a notebook is opened and run.
    """
    for path in notebooks_below(source):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = []
        for cell in notebook["cells"]:
            kept = {
                "cell_type": cell["cell_type"],
                "metadata": {k: v for k, v in cell["metadata"].items() if k == "tags"},
                "source": "".join(cell["source"]),
            }
            if cell["cell_type"] == "code":
                kept |= {"execution_count": None, "outputs": []}
            cells.append(kept)
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        clean = {
            "cells": cells,
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_text(copy, json.dumps(clean, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def parameter_names(path: Path) -> list[str]:
    """Names that a notebook's parameters cell defines.

    Raises
    ------
    NotebookError
        If there is no cell tagged ``parameters``.
    """
    from papermill.inspection import inspect_notebook

    names = list(inspect_notebook(str(path)))
    if not names:
        raise NotebookError(f"{path}: no cell tagged 'parameters' defines a name")
    return names


def execute(source: Path, target: Path, parameters: dict[str, Any]) -> None:
    """Execute a notebook in the project's root and keep the executed copy at `target`.

    Whatever differs from run to run (times, ids) is stripped, so that a second execution with the
    same results gives the same bytes. If a cell fails, the executed copy with its traceback stays.

    Raises
    ------
    NotebookError
        If the notebook has no such parameter.
    papermill.PapermillExecutionError
        If a cell fails.
    """
    from papermill import execute_notebook
    from traitlets.config import Config

    unknown = set(parameters) - set(parameter_names(source))
    if unknown:
        raise NotebookError(
            f"{source}: unknown parameters {sorted(unknown)}; it has {parameter_names(source)}"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    own = f"{sys.prefix}/share/jupyter"  # before kernels of a cluster
    given = os.environ.get("JUPYTER_PATH") or own
    os.environ["JUPYTER_PATH"] = given if given.startswith(own) else f"{own}:{given}"
    with TemporaryDirectory(prefix="k") as folder:  # sockets need a short path
        sockets = {"transport": "ipc", "ip": f"{folder}/s"}
        try:
            execute_notebook(
                source,
                target,
                parameters,
                kernel_name="python3",
                progress_bar=False,
                cwd=project_path("."),
                config=Config({"KernelManager": sockets}),
            )
        finally:
            if target.is_file():
                clean(target)


def clean(path: Path) -> None:
    """Remove from an executed notebook what differs between runs and machines.

    Times, cell ids, Python's patch version and the project's folder go; text that was printed in
    pieces is joined.
    """
    import nbformat
    from nbstripout import strip_output

    notebook = nbformat.read(path, nbformat.NO_CONVERT)
    notebook = strip_output(notebook, keep_output=True, keep_count=True, keep_id=False, extra_keys=VOLATILE)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                output
                for printed, group in groupby(cell.outputs, lambda o: o.output_type == "stream")
                for output in (_joined(list(group)) if printed else group)
            ]
    with written(path) as own:
        nbformat.write(notebook, own)


def _joined(pieces: list[Any]) -> Iterator[Any]:
    """All that was printed, then all warnings: pieces arrive as time has it."""
    from nbformat.v4 import new_output

    for name in ("stdout", "stderr"):
        text = "".join(piece.text for piece in pieces if piece.name == name)
        if text:
            yield new_output("stream", name=name, text=text.replace(f"{project_path('.')}/", ""))


@contextmanager
def relayed_progress(prefix: str) -> Iterator[None]:
    """Print the progress of processes started inside as lines on standard error, each prefixed."""
    with NamedTemporaryFile("r", suffix=".progress", encoding="utf-8") as file:
        os.environ[PROGRESS_FILE] = file.name
        ended = threading.Event()

        def relay() -> None:
            last = False
            while not last:
                last = ended.wait(0.5)
                for line in file:
                    print(f"{prefix}: {line}", end="", file=sys.stderr, flush=True)

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            del os.environ[PROGRESS_FILE]


def note_duration(stage: str, seconds: float) -> None:
    """Store how long a stage took, for the summary after `make repro`."""
    path = project_path(DURATIONS)
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    rows = dict(line.split(",") for line in lines if line.count(",") == 1)
    rows[stage] = f"{seconds:.1f}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "".join(f"{name},{took}\n" for name, took in rows.items()))


def main(arguments: list[str] | None = None) -> None:
    """Command line: ``python -m scripts.notebook strip`` or ``run NOTEBOOK [-p NAME VALUE]...``."""
    parser = argparse.ArgumentParser("python -m scripts.notebook", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("strip", help="write notebooks without outputs, and each stage's code and parameters")
    run = commands.add_parser("run", help="execute one notebook as its pipeline stage does")
    run.add_argument("notebook", help="for example skeletal/02_training")
    words = "a parameter of the notebook and its value in YAML, as in papermill; may be repeated"
    run.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help=words)
    options = parser.parse_args(arguments)
    if options.command == "strip":
        strip(project_path("notebooks"), project_path(SOURCES))
        write_stages(project_path(STAGES))
        return
    # jsonschema's optional check of addresses, whose grammar takes seconds to load
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    processor.pin()
    source = project_path(f"{SOURCES}/{options.notebook}.ipynb")
    parameters = {name: yaml.safe_load(value) for name, value in options.p}
    if "results" in parameter_names(source):
        parameters["results"] = "pipeline"
    corpus = [str(parameters["corpus"])] if "corpus" in parameters else []
    stem = options.notebook.split("/")[-1]
    target = project_path(Path("reports", options.notebook, *corpus, f"{stem}.ipynb"))
    stage = "@".join([options.notebook.replace("/", "_"), *corpus])
    try:
        recorded.check(project_path("."), declared(options.notebook, "".join(corpus), ("deps",)))
    except recorded.RecordError as error:
        sys.exit(f"{stage}: {error}")
    start = time.perf_counter()
    with relayed_progress(stage):
        execute(source, target, parameters)
    note_duration(stage, time.perf_counter() - start)


if __name__ == "__main__":
    main()
