"""Runs: independent, content-addressed, resumable units of an experiment."""

import hashlib
import importlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lib.runs.cluster import connect
from lib.runs.code import code_version
from lib.runs.progress import Progress
from lib.splits.split import (Split, fingerprint)


class RunError(RuntimeError):
    """Some runs failed; the finished ones are kept."""


@dataclass(frozen=True)
class Run:
    """One (experiment, corpus, repeat, fold, seed) with everything that decides its result.

    Parameters
    ----------
    work : str
        ``"module:function"`` called as ``function(run, folder, checkpoint)``; it writes its
        results into the folder, and may keep its progress in the file `checkpoint`.
    experiment, corpus : str
    split : Split
        Carries repeat and fold.
    seed : int
        Seed of initialisation, batch order and dropout.
    settings : dict
        JSON-serialisable settings of model and training.
    data : dict of str
        SHA-256 of each input file by path relative to the project.
    code : str
        Version of the code that does the work; see `plan`.
    """

    work: str
    experiment: str
    corpus: str
    split: Split
    seed: int
    settings: dict[str, Any]
    data: dict[str, str]
    code: str

    @property
    def key(self) -> str:
        """Content key: equal keys mean equal results."""
        content = [
            self.work, self.code, self.experiment, self.corpus, fingerprint(self.split),
            self.seed, self.settings, self.data,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """Short description for messages."""
        return (
            f"{self.experiment}, {self.corpus}, repeat {self.split.repeat}, fold {self.split.fold}"
        )


def plan(
    work: str,
    experiment: str,
    corpus: str,
    splits: Sequence[Split],
    seed: int,
    settings: dict[str, Any],
    data: dict[str, str],
) -> list[Run]:
    """One run a split, with the current version of the code; see `Run` for the parameters.

    A run's seed depends on `seed`, repeat and fold only and is the same for every experiment, so
    that comparisons are paired.
    """
    code = code_version(work.split(":")[0])
    return [
        Run(
            work, experiment, corpus, split,
            int(np.random.default_rng([seed, split.repeat, split.fold]).integers(2**31)),
            settings, data, code,
        )
        for split in splits
    ]  # fmt: skip


def file_version(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def finished(run: Run, store: Path) -> bool:
    """Whether a run's results are in the store, whole."""
    return (store / run.key / "done.json").is_file()


@cache
def _loaded_code(module: str) -> str:
    importlib.import_module(module)
    return code_version(module)


def perform(run: Run, store: str) -> None:
    """Do a run's work in a scratch folder, then make it appear under its key at once.

    Raises
    ------
    RunError
        If this process has loaded other code than the run was planned with.
    """
    module, function = run.work.split(":")
    if _loaded_code(module) != run.code:
        raise RunError(f"this worker has loaded another version of {module}: restart the workers")
    if finished(run, Path(store)):
        return
    scratch = Path(store) / f"{run.key}.{socket.gethostname()}.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    checkpoint = Path(store) / f"{run.key}.checkpoint"
    try:
        getattr(importlib.import_module(module), function)(run, scratch, checkpoint)
        facts = asdict(run) | {"python": sys.version.split()[0]}
        facts["split"] = {key: facts["split"][key] for key in ("scheme", "repeat", "fold", "seed")}
        text = json.dumps(facts, indent=1, sort_keys=True)
        (scratch / "done.json").write_text(text, encoding="utf-8")
        for path in scratch.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            scratch.rename(Path(store) / run.key)
        except OSError:  # another process was faster with the same run
            if not finished(run, Path(store)):
                raise
        checkpoint.unlink(missing_ok=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep_scratch(store: Path) -> None:
    """Remove what processes of this machine left behind when they were killed."""
    host = socket.gethostname()
    for folder in store.glob(f"*.{host}.*"):
        process = folder.name.rsplit(".", 1)[1]
        if not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)


def execute(runs: Sequence[Run], store: Path) -> list[Path]:
    """Do the runs that are not finished yet, all cores busy, and return every run's folder.

    Runs go to the Dask scheduler named in ``DASK_SCHEDULER``, else to a local cluster with one
    single-threaded worker a core.

    Raises
    ------
    RunError
        After all other runs have ended, with each failed run and its error.
    """
    waiting = {run.key: run for run in runs if not finished(run, store)}
    failed: dict[str, BaseException] = {}
    if waiting:
        from distributed import as_completed

        store.mkdir(parents=True, exist_ok=True)
        _sweep_scratch(store)
        with connect() as client, Progress(len(runs), len(runs) - len(waiting)) as progress:
            futures = [
                client.submit(perform, run, str(store.resolve()), key=f"run-{key}", pure=False)
                for key, run in waiting.items()
            ]
            for future in as_completed(futures):
                if future.status == "error":
                    failed[future.key.removeprefix("run-")] = future.exception()
                progress.advance(future.status == "error", len(client.nthreads()))
                future.release()
    if failed:
        lines = [f"  {waiting[key].name}: {error!r}" for key, error in failed.items()]
        raise RunError(f"{len(failed)} of {len(runs)} runs failed:\n" + "\n".join(lines))
    return [store / run.key for run in runs]
