"""Experiments as runs, in two phases: single models first, then fusions on their weights."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from lib.params import merge
from lib.project import project_path
from lib.runs import store
from lib.runs.code import code_version
from lib.runs.run import Run, file_version
from lib.settings import Settings
from lib.splits.split import Split

STORE = "runs"
SettingsType = TypeVar("SettingsType", bound=Settings)


@dataclass(frozen=True)
class Experiment:
    """What the runs of one experiment share; see `lib.runs.run.Run`.

    `encoders` are for a fusion: by modality the experiment that trains the encoder.
    """

    work: str
    settings: dict[str, Any]
    files: Sequence[str]  # input files, relative to the project
    models: tuple[str, ...] = ()
    encoders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """Finished runs and their folders, in the same order."""

    runs: list[Run]
    folders: list[Path]

    def of(self, experiment: str) -> "Results":
        """Those of one experiment."""
        pairs = zip(self.runs, self.folders, strict=True)
        chosen = [(run, folder) for run, folder in pairs if run.experiment == experiment]
        return Results([run for run, _ in chosen], [folder for _, folder in chosen])

    def __add__(self, other: "Results") -> "Results":
        return Results(self.runs + other.runs, self.folders + other.folders)


def changed(settings: SettingsType, changes: dict[str, Any]) -> SettingsType:
    """Settings with changes laid over them, validated."""
    return type(settings).model_validate(merge(settings.model_dump(), changes))


def plan(name: str, experiment: Experiment, corpus: str, splits: Sequence[Split], seed: int) -> list[Run]:
    """One run per split, with the current versions of code and data.

    A run's seed depends on `seed`, repeat and fold only and is the same for every experiment, so
    that comparisons are paired.
    """
    code = code_version(experiment.work.split(":")[0], experiment.models)
    data = {path: file_version(project_path(path)) for path in experiment.files}
    runs = []
    for split in splits:
        drawn = int(np.random.default_rng([seed, split.repeat, split.fold]).integers(2**31))
        run = Run(
            work=experiment.work,
            experiment=name,
            corpus=corpus,
            split=split,
            seed=drawn,
            settings=experiment.settings,
            data=data,
            models=experiment.models,
            code=code,
        )
        runs.append(run)
    return runs


def execute(planned: list[Run]) -> Results:
    """Do planned runs in the project's store."""
    return Results(planned, store.execute(planned, project_path(STORE)))


def with_encoders(names: Sequence[str], encoders_of: Callable[[str], Mapping[str, str]]) -> list[str]:
    """Experiments, each after those that train the encoders of its fusion."""
    needed = (each for name in names for each in (*encoders_of(name).values(), name))
    return list(dict.fromkeys(needed))


def train(experiments: Mapping[str, Experiment], corpus: str, splits: Sequence[Split], seed: int) -> Results:
    """Do every run of some experiments: the single models first, then the fusions on them.

    Experiments that train the encoders of fusions must be among them. A fusion's run has
    ``encoders`` in its settings: by modality the ``folder`` (relative to the project) and ``model``
    of the run that trained it. The results are in the order of `experiments`.
    """
    planned = {name: plan(name, e, corpus, splits, seed) for name, e in experiments.items()}
    done = execute([run for name, e in experiments.items() if not e.encoders for run in planned[name]])
    second = []
    for name, experiment in experiments.items():
        found = {kind: done.of(encoder) for kind, encoder in experiment.encoders.items()}
        for number, run in enumerate(planned[name] if found else []):
            chosen = {kind: (r.runs[number], r.folders[number]) for kind, r in found.items()}
            weights = {kind: weights_of(*pair) for kind, pair in chosen.items()}
            data = run.data
            for _, folder in chosen.values():
                data = data | weights_version(folder)
            second.append(replace(run, settings=run.settings | {"encoders": weights}, data=data))
    done += execute(second)
    parts = [done.of(name) for name in experiments]
    return sum(parts, Results([], []))


def networks(results: Results) -> pd.DataFrame:
    """What each experiment's networks are and whether their trainings were long enough.

    Returns
    -------
    DataFrame
        ``parameters``, and how many of them the training changed (``trained``), of the first run;
        ``trainings`` (repetitions by folds) and how many of them were ``cut off``: the best epoch
        is the last that the settings allow and do not keep anyway. Only networks have rows.
    """
    rows: dict[str, dict[str, int]] = {}
    for run, folder in zip(results.runs, results.folders, strict=True):
        path = folder / "parameters.json"
        if path.is_file():
            counts = json.loads(path.read_text(encoding="utf-8"))
            row = rows.setdefault(run.experiment, counts | {"trainings": 0, "cut off": 0})
            best = json.loads((folder / "history.json").read_text(encoding="utf-8"))["best_epoch"]
            row["trainings"] += 1
            training = run.settings["training"]
            row["cut off"] += training.get("keep") != "last" and best == training["epochs"] - 1
    return pd.DataFrame(rows).T


def weights_of(run: Run, folder: Path) -> dict[str, Any]:
    """Where a finished run's weights are, and of which model."""
    return {"folder": f"{STORE}/{folder.name}", "model": run.settings["model"]}


def weights_version(folder: Path) -> dict[str, str]:
    """SHA-256 of a finished run's weights by path."""
    path = f"{STORE}/{folder.name}/model.safetensors"
    return {path: file_version(project_path(path))}
