"""Runs in two phases: single models first, then fusions that start from their weights."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from lib.runs import run as runs
from lib.params import project_path
from lib.runs.run import (Run, file_version)

STORE = "runs"


@dataclass(frozen=True)
class Results:
    """Finished runs and their folders, in the same order."""

    runs: list[Run]
    folders: list[Path]

    def of(self, experiment: str) -> "Results":
        """Those of one experiment."""
        pairs = [
            (run, folder)
            for run, folder in zip(self.runs, self.folders, strict=True)
            if run.experiment == experiment
        ]
        return Results([run for run, _ in pairs], [folder for _, folder in pairs])

    def __add__(self, other: "Results") -> "Results":
        return Results(self.runs + other.runs, self.folders + other.folders)


def execute(planned: list[Run]) -> Results:
    """Do planned runs in the project's store."""
    return Results(planned, runs.execute(planned, project_path(STORE)))


def perform(
    names: Sequence[str],
    encoders: Mapping[str, Mapping[str, str]],
    plan: Callable[[str], list[Run]],
) -> Results:
    """Do every run of some experiments: the single models first, then the fusions on them.

    Parameters
    ----------
    names : sequence of str
        Experiments, those that fusions need among them.
    encoders : mapping
        By fusion the experiment that gives the encoder of each modality; empty for single models.
    plan : callable
        Plans the runs of an experiment, one a split, in the same order for every experiment.

    Returns
    -------
    Results
        In the order of `names`. A fusion's run has ``encoders`` in its settings: by modality the
        ``folder`` (relative to the project) and ``model`` of the run that trained it.
    """
    done = execute([run for name in names if not encoders[name] for run in plan(name)])
    second = []
    for name in names:
        if not encoders[name]:
            continue
        found = {kind: done.of(encoder) for kind, encoder in encoders[name].items()}
        for number, run in enumerate(plan(name)):
            chosen = {
                kind: (results.runs[number], results.folders[number])
                for kind, results in found.items()
            }
            data = run.data
            for _, folder in chosen.values():
                data = data | weights_version(folder)
            weights = {kind: weights_of(*pair) for kind, pair in chosen.items()}
            second.append(replace(run, settings=run.settings | {"encoders": weights}, data=data))
    done += execute(second)
    order = {name: number for number, name in enumerate(names)}
    pairs = sorted(
        zip(done.runs, done.folders, strict=True), key=lambda pair: order[pair[0].experiment]
    )
    return Results([run for run, _ in pairs], [folder for _, folder in pairs])


def parameter_counts(results: Results) -> pd.DataFrame:
    """``parameters`` of each experiment, and how many its own training changed (``trained``).

    Those of the first run of each that has any.
    """
    rows = {}
    for run, folder in zip(results.runs, results.folders, strict=True):
        path = folder / "parameters.json"
        if run.experiment not in rows and path.is_file():
            rows[run.experiment] = json.loads(path.read_text(encoding="utf-8"))
    return pd.DataFrame(rows).T


def weights_of(run: Run, folder: Path) -> dict[str, Any]:
    """Where a finished run's weights are, and of which model."""
    return {"folder": f"{STORE}/{folder.name}", "model": run.settings["model"]}


def weights_version(folder: Path) -> dict[str, str]:
    """SHA-256 of a finished run's weights by path."""
    path = f"{STORE}/{folder.name}/model.safetensors"
    return {path: file_version(project_path(path))}
