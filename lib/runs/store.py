"""The store of runs: what is finished stays, the rest is done by all cores."""

import importlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from lib.runs.cluster import connect, outcomes
from lib.runs.code import code_version
from lib.runs.progress import Progress
from lib.runs.run import Run


class RunError(RuntimeError):
    """Some runs failed; the finished ones are kept."""


def finished(run: Run, store: Path) -> bool:
    """Whether the store has a run's complete results."""
    return (store / run.key / "done.json").is_file()


@cache
def _loaded_code(module: str, models: tuple[str, ...]) -> str:
    importlib.import_module(module)
    for model in models:
        importlib.import_module(f"lib.models.{model.split('.')[0]}")
    return code_version(module, models)


def carry_out(run: Run, store: str) -> None:
    """Do a run's work in a scratch folder, then make it appear under its key at once.

    Raises
    ------
    RunError
        If this process has loaded other code than the run was planned with.
    """
    module, function = run.work.split(":")
    if _loaded_code(module, run.models) != run.code:
        raise RunError(f"this worker has loaded another version of {module}: restart the workers")
    if finished(run, Path(store)):
        return
    scratch = Path(store) / f"{run.key}.{socket.gethostname()}.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    checkpoint = Path(store) / f"{run.key}.checkpoint"
    try:
        getattr(importlib.import_module(module), function)(run, scratch, checkpoint)
        facts = vars(run) | {"split": run.split.origin, "python": sys.version.split()[0]}
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
        try:  # state Z: killed, but its parent has not asked for it yet
            status = Path("/proc", folder.suffix[1:], "stat").read_text(encoding="utf-8")
            gone = status.rpartition(") ")[2].startswith("Z")
        except OSError:
            gone = True
        if gone:
            shutil.rmtree(folder, ignore_errors=True)


def execute(runs: Sequence[Run], store: Path) -> list[Path]:
    """Do the runs that are not finished yet, all cores busy, and return every run's folder.

    Raises
    ------
    RunError
        After all other runs have ended, with each failed run and its error.
    """
    waiting = {run.key: run for run in runs if not finished(run, store)}
    failed: dict[str, BaseException] = {}
    if waiting:
        store.mkdir(parents=True, exist_ok=True)
        _sweep_scratch(store)
        tasks = {key: (run, str(store.resolve())) for key, run in waiting.items()}
        with connect() as client, Progress(len(runs), len(runs) - len(waiting)) as progress:
            for key, error in outcomes(client, carry_out, tasks):
                if error is not None:
                    failed[key] = error
                progress.advance(error is not None, len(client.nthreads()))
    if failed:
        lines = [f"  {waiting[key].name}: {error!r}" for key, error in failed.items()]
        raise RunError(f"{len(failed)} of {len(runs)} runs failed:\n" + "\n".join(lines))
    return [store / run.key for run in runs]
