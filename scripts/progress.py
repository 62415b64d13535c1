"""Run a DVC command; print the current stage, the number of stages and an estimate of the time left."""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from lib.files import write_text
from lib.params import load_yaml, project_path
from scripts.notebook import DURATIONS
from scripts.stages import instances

SEEN = ".dvc/tmp/progress"
"""Stages that this `make repro` has reached, one a line: chains that run side by side share it."""
STARTED = ".dvc/tmp/started"
STAGE = re.compile(r"^(Running s|S)tage '([^']+)'")
"""DVC's line on a stage that it runs, or that it need not run."""
AUDIT = "published_01_audit"
AUDIT_PAGE = "outputs/audit.html"
ENOUGH = 3
"""Stages after which the time left is estimated where none of them has run before."""


def stage_names() -> list[str]:
    """Names of all stages that `make repro` reaches, as DVC prints them: without frozen ones."""
    stages = load_yaml(project_path("dvc.yaml"))["stages"]
    names = [instance.name.replace("/", "_", 1) for instance in instances()]
    names = ["folds", *(name for name in names if not stages[name.split("@")[0]].get("frozen"))]
    return [name for name in names if name.split("@")[0] in stages]


def time_left(
    rest: Collection[str], durations: Mapping[str, float], elapsed: float, done: int, chains: int = 2
) -> float | None:
    """Seconds that the stages of `rest` take at most, `chains` at once; None if nothing shows it.

    `durations` are those of earlier runs. A stage without one counts with their mean, or with the
    mean of this run, of which `elapsed` seconds and `done` stages are over.
    """
    known = [durations[name] for name in rest if name in durations]
    if known:
        return sum(known) / len(known) * len(rest) / chains
    return elapsed / done * len(rest) if done >= ENOUGH else None


def message(name: str, seen: Collection[str], durations: Mapping[str, float], elapsed: float) -> str:
    """``stage 7 of 45 (skeletal_02_training@iemocap), up to 12 min left``."""
    names = stage_names()
    reached = [other for other in names if other in seen]
    rest = [other for other in names if other not in seen or other == name]
    seconds = time_left(rest, durations, elapsed, len(reached) - 1)
    left = "" if seconds is None else f", up to {max(round(seconds / 60), 1)} min left"
    return f"stage {len(reached)} of {len(names)} ({name}){left}"


def reach(name: str) -> str:
    """Note that DVC has reached a stage; the message on it."""
    with project_path(SEEN).open("a", encoding="utf-8") as file:
        file.write(f"{name}\n")
    seen = set(project_path(SEEN).read_text(encoding="utf-8").split())
    path, started = project_path(DURATIONS), project_path(STARTED)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    durations = {stage: float(took) for stage, took in (line.split(",") for line in lines)}
    elapsed = time.time() - started.stat().st_mtime if started.is_file() else 0.0
    return message(name, seen, durations, elapsed)


def audit_page() -> Path | None:
    """Write the audit of the printed numbers as a page of its own; None where it has no results."""
    folder = project_path("reports/published/01_audit")
    table, page = folder / "tables/findings.csv", project_path(AUDIT_PAGE)
    if not table.is_file():
        return None
    import pandas as pd

    from scripts.report.pages import box

    style = (Path(__file__).parent / "report/sphinx/static/report.css").read_text(encoding="utf-8")
    title = "The printed numbers, checked against each other"
    figure = os.path.relpath(folder / "figures/audit.png", page.parent)
    head = f'<meta charset="utf-8"><title>{title}</title><style>body {{ font-family: sans-serif; }}{style}'
    alt = "Published numbers of the five papers, recomputed from what the papers print"
    picture = f'<p><img src="{figure}" alt="{alt}" style="max-width: 100%"></p>'
    body = f"<main><h1>{title}</h1>{picture}{box(pd.read_csv(table))}</main>"
    page.parent.mkdir(exist_ok=True)
    write_text(page, f'<!doctype html><html lang="en">{head}</style>{body}</html>\n')
    return page


def run(command: list[str]) -> int:
    """Run a command of DVC, print its lines and a message after each on a stage; its exit status."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    running = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if found := STAGE.match(line):
                _ended(running)
                running = found[2] if found[1] == "Running s" else ""
                print(reach(found[2]), flush=True)
    if not process.returncode:
        _ended(running)
    return process.returncode


def _ended(stage: str) -> None:
    if stage == AUDIT and (page := audit_page()):
        print(f"the audit of the printed numbers can be read already: {page}", flush=True)


def main() -> None:
    """Command line; see the Makefile."""
    parser = argparse.ArgumentParser("python -m scripts.progress", description=__doc__)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="a command such as: dvc repro")
    options = parser.parse_args()
    if not options.command:
        parser.error("no command is given")
    sys.exit(run(options.command))


if __name__ == "__main__":
    main()
