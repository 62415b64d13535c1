"""Run a command with one cluster for all its work, here or on SLURM: ``python -m scripts.cluster``."""

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from lib import processor
from lib.runs.cluster import SCHEDULER, local_cluster

NO_PAGES: dict[str, Any] = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
"""Scheduler without Dask's web pages; its web server remains and listens on the loopback interface."""
NO_WORKER_PAGES = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]


def slurm_cluster(jobs: int = 0, **options: Any) -> Any:
    """A cluster of so many SLURM jobs; see `main` for the command.

    Options are those of `dask_jobqueue.SLURMCluster`, laid over the defaults: one single-threaded
    worker per core, 4 cores, 16 GB, 4 hours. ``scheduler_options`` are laid over `NO_PAGES`, and
    ``worker_extra_args`` follow `NO_WORKER_PAGES`. With ``protocol="tls://"`` scheduler, workers and clients
    take the certificates that Dask's configuration names. ``cluster.job_script()`` shows what is submitted.
    """
    import dask
    import distributed  # noqa: F401  sets the configuration that dask_jobqueue reads
    from dask_jobqueue import SLURMCluster

    prologue = [f"export {name}='{value}'" for name, value in processor.ENVIRONMENT.items()]
    size: dict[str, Any] = {"cores": 4, "processes": 4, "memory": "16GB", "walltime": "04:00:00"}
    given = {
        name: options.get(name) or dask.config.get(f"jobqueue.slurm.{name.replace('_', '-')}")
        for name in ("scheduler_options", "worker_extra_args")
    }
    options["scheduler_options"] = NO_PAGES | (given["scheduler_options"] or {})
    options["worker_extra_args"] = [*NO_WORKER_PAGES, *(given["worker_extra_args"] or [])]
    cluster = SLURMCluster(**(size | {"job_script_prologue": prologue} | options))
    if jobs:
        cluster.scale(jobs=jobs)
    return cluster


@contextmanager
def shared_cluster(make: Callable[[], Any] = local_cluster) -> Iterator[None]:
    """One cluster for everything started inside, unless ``DASK_SCHEDULER`` names one."""
    if os.environ.get(SCHEDULER):
        yield
        return
    with make() as cluster:
        address = cluster.scheduler_address
        print(f"{SCHEDULER}={address}", file=sys.stderr)
        os.environ[SCHEDULER] = address
        try:
            yield
        finally:
            del os.environ[SCHEDULER]


def _option(text: str) -> tuple[str, int | str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, int(value) if value.isdigit() else value


def main(arguments: list[str] | None = None) -> None:
    """Run a command with one cluster for all that it starts, or keep one until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m scripts.cluster", description=main.__doc__)
    parser.add_argument("--jobs", type=int, default=0, help="SLURM jobs; 0: this machine")
    words = "NAME=VALUE of slurm_cluster, such as queue=batch or account=yours; may be repeated"
    parser.add_argument("--slurm", type=_option, action="append", default=[], help=words)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for example dvc repro")
    given = parser.parse_args(arguments)
    processor.pin()
    slurm = partial(slurm_cluster, given.jobs, **dict(given.slurm))
    with shared_cluster(slurm if given.jobs else local_cluster):
        if given.command:
            code = subprocess.run(given.command, check=False).returncode
        else:
            threading.Event().wait()
    sys.exit(code)


if __name__ == "__main__":
    main()
