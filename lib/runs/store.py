"""The store of runs: finished, undamaged runs stay; all cores compute the others."""

import importlib
import json
import os
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from lib import files
from lib.runs.cluster import connect
from lib.runs.code import code_version
from lib.runs.progress import Progress
from lib.runs.run import Run, file_version

DONE = "done.json"


class RunError(RuntimeError):
    """Some runs failed; the finished ones are kept."""


class DamageWarning(UserWarning):
    """Something stored is damaged; it is set aside and made again."""


def finished(run: Run, store: Path) -> bool:
    """Whether the store has a run's complete results."""
    return (store / run.key / DONE).is_file()


def _contents(folder: Path) -> dict[str, dict[str, Any]]:
    """Size in bytes and SHA-256 of each file of a run, by path in its folder."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != DONE)
    return {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": file_version(path)}
        for path in sorted(paths)
    }


def damage(folder: Path) -> list[str]:
    """What is wrong with the files of a finished run: each with its name, empty if it is whole.

    A run of an earlier version, whose ``done.json`` lists no files, counts as damaged: nothing
    shows that it is whole. A system that cannot read a file shows nothing: its OSError passes.
    """
    try:
        listed = json.loads((folder / DONE).read_text(encoding="utf-8"))["files"]
        wanted = {str(name): dict(facts) for name, facts in listed.items()}
        found = _contents(folder)
    except FileNotFoundError as error:
        return [f"no {Path(error.filename).name}"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [f"{DONE} does not list the files with their checksums"]
    wrong = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    wrong += [f"{name} is in no list" for name in found.keys() - wanted.keys()]
    wrong += [f"{name} is damaged" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    return sorted(wrong)


def _whole(run: Run, store: Path) -> bool:
    """Whether a run is finished; a damaged one is set aside with a warning that names its files."""
    folder = store / run.key
    if not folder.exists():
        return False
    if wrong := damage(folder):
        try:
            aside = files.set_aside(folder)
        except FileNotFoundError:  # another process was faster
            return False
        text = f"{run.name}: {'; '.join(wrong)}: set aside as {aside}, computed again"
        warnings.warn(text, DamageWarning, stacklevel=4)
    return not wrong


@cache
def _loaded_code(module: str, models: tuple[str, ...]) -> str:
    importlib.import_module(module)
    for model in models:
        importlib.import_module(f"lib.models.{model.split('.')[0]}")
    return code_version(module, models)


def carry_out(run: Run, store: str) -> None:
    """Do a run's work in a scratch folder, then make it appear under its key at once.

    ``done.json`` has the facts of the run, and size and SHA-256 of each of its files. RunError if this
    process has loaded other code than the run was planned with.
    """
    module, function = run.work.split(":")
    if _loaded_code(module, run.models) != run.code:
        raise RunError(f"this worker has loaded another version of {module}: restart the workers")
    if finished(run, Path(store)):
        return
    checkpoint = Path(store) / f"{run.key}.checkpoint"
    try:
        with files.written_folder(Path(store) / run.key) as scratch:
            getattr(importlib.import_module(module), function)(run, scratch, checkpoint)
            facts = vars(run) | {"split": run.split.origin, "python": sys.version.split()[0]}
            text = json.dumps(facts | {"files": _contents(scratch)}, indent=1, sort_keys=True)
            (scratch / DONE).write_text(text, encoding="utf-8")
    except OSError:  # another process was faster with the same run
        if not finished(run, Path(store)):
            raise
    checkpoint.unlink(missing_ok=True)


def execute(runs: Sequence[Run], store: Path) -> list[Path]:
    """Do the runs that are not finished yet, all cores busy, and return every run's folder.

    Every file of a finished run is compared with its checksum; a damaged run is named in a `DamageWarning`,
    set aside as ``<key>.damaged-<n>`` and done again. RunError after all other runs have ended, with each
    failed run and its error.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing releases the interpreter's lock
        whole = list(pool.map(lambda run: _whole(run, store), runs))
    waiting = {run.key: run for run, done in zip(runs, whole, strict=True) if not done}
    failed: dict[str, BaseException] = {}
    if waiting:
        from distributed import as_completed

        store.mkdir(parents=True, exist_ok=True)
        files.sweep(store)
        with connect() as client, Progress(len(runs), len(runs) - len(waiting)) as progress:
            place = str(store.resolve())
            futures = [
                client.submit(carry_out, run, place, key=f"run-{key}", pure=False)
                for key, run in waiting.items()
            ]
            for future in as_completed(futures):
                if wrong := future.status == "error":
                    failed[future.key.removeprefix("run-")] = future.exception()
                progress.advance(wrong, len(client.nthreads()))
                future.release()
        files.sweep(store)  # what workers left that were lost on the way
    if failed:
        lines = [f"  {waiting[key].name}: {error!r}" for key, error in failed.items()]
        raise RunError(f"{len(failed)} of {len(runs)} runs failed:\n" + "\n".join(lines))
    return [store / run.key for run in runs]
