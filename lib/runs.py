"""Runs: independent, content-addressed, resumable units of an experiment."""

import hashlib
import importlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.dependencies import code_version
from lib.splits import Split, fingerprint

if TYPE_CHECKING:
    from distributed import Client


class RunError(RuntimeError):
    """Some runs failed; the finished ones are kept."""


@dataclass(frozen=True)
class Run:
    """One (experiment, corpus, repeat, fold, seed) with everything that decides its result.

    Parameters
    ----------
    work : str
        ``"module:function"`` called as ``function(run, folder)``; it writes its results into the
        folder.
    experiment, corpus : str
    split : Split
        Carries repeat and fold.
    seed : int
        Seed of initialisation, batch order and dropout.
    settings : dict
        JSON-serialisable settings of model and training.
    data : dict of str
        SHA-256 of each input file by path relative to the project.
    """

    work: str
    experiment: str
    corpus: str
    split: Split
    seed: int
    settings: dict[str, Any]
    data: dict[str, str]

    @property
    def key(self) -> str:
        """Content key: equal keys mean equal results."""
        content = [
            self.work, code_version(self.work.split(":")[0]), self.experiment, self.corpus,
            fingerprint(self.split), self.seed, self.settings, self.data,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def run_seed(seed: int, repeat: int, fold: int) -> int:
    """Seed of a run; the same for every experiment, so that comparisons are paired."""
    return int(np.random.default_rng([seed, repeat, fold]).integers(2**31))


def file_version(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def perform(run: Run, folder: str) -> None:
    """Do a run's work in a scratch folder, then make it appear under its key at once."""
    import torch

    torch.set_num_threads(1)
    final = Path(folder) / run.key
    if (final / "done.json").is_file():
        return
    scratch = Path(folder) / f"{run.key}.{os.getpid()}"
    scratch.mkdir(parents=True)
    try:
        module, function = run.work.split(":")
        getattr(importlib.import_module(module), function)(run, scratch)
        facts = asdict(run) | {
            "python": sys.version.split()[0],
            "torch": torch.__version__,
        }
        facts["split"] = {key: facts["split"][key] for key in ("scheme", "repeat", "fold", "seed")}
        with (scratch / "done.json").open("w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1, sort_keys=True)
        for path in scratch.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            scratch.rename(final)
        except OSError:
            if not (final / "done.json").is_file():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _client() -> Iterator["Client"]:
    from distributed import Client, LocalCluster

    address = os.environ.get("DASK_SCHEDULER")
    if address:
        with Client(address, set_as_default=False) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=os.cpu_count(),
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address=None,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def execute(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Do the runs that are not finished yet, all cores busy, and return every run's folder.

    Runs go to the Dask scheduler named in ``DASK_SCHEDULER``, else to a local cluster with one
    single-threaded worker a core.

    Raises
    ------
    RunError
        After all other runs have ended, with each failed run and its error.
    """
    keys = [run.key for run in runs]
    waiting = {
        key: run
        for key, run in zip(keys, runs, strict=True)
        if not (folder / key / "done.json").is_file()
    }
    print(f"{len(runs) - len(waiting)} of {len(runs)} runs were finished before")
    if waiting:
        from distributed import wait

        folder.mkdir(parents=True, exist_ok=True)
        with _client() as client:
            futures = {
                key: client.submit(perform, run, str(folder.resolve()), key=key, pure=False)
                for key, run in waiting.items()
            }
            wait(list(futures.values()))
            failed = {key: f.exception() for key, f in futures.items() if f.status == "error"}
        if failed:
            lines = [
                f"  {waiting[key].experiment}, {waiting[key].corpus}, "
                f"repeat {waiting[key].split.repeat}, fold {waiting[key].split.fold}: {error!r}"
                for key, error in failed.items()
            ]
            raise RunError(f"{len(failed)} of {len(runs)} runs failed:\n" + "\n".join(lines))
    return [folder / key for key in keys]
