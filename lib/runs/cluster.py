"""Where runs are computed: a local Dask cluster, a running one, or SLURM."""

import argparse
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lib import processor
from lib.files import write_text

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

SCHEDULER = "DASK_SCHEDULER"
"""Environment variable with the address of a running scheduler."""
TLS = "distributed.comm.tls"
"""Where Dask's configuration names the files of certificates and keys."""
WORKER_MEMORY = 2 * 1024**3
"""Bytes that a worker may need; it has loaded torch and holds a corpus's features."""


def workers() -> int:
    """Number of local workers: one a core, as far as each gets `WORKER_MEMORY` of the memory."""
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    return max(1, min(CPU_COUNT, MEMORY_LIMIT // WORKER_MEMORY))


@contextmanager
def local_cluster() -> Iterator["LocalCluster"]:
    """Single-threaded worker processes on the loopback interface, so that workers do not compete.

    Only this process and those started inside have the keys: Dask's messages are pickles, and who may
    send one to a scheduler or a worker may run any code there.
    """
    import dask
    from distributed import LocalCluster, Security

    dask.config.set({"distributed.nanny.pre-spawn-environ": processor.ENVIRONMENT})
    security = Security.temporary()
    size: dict[str, Any] = {"n_workers": workers(), "threads_per_worker": 1, "memory_limit": 0}
    with (
        _environment(security),
        LocalCluster(host="127.0.0.1", dashboard_address=None, security=security, **size) as cluster,
    ):
        yield cluster


@contextmanager
def _environment(security: Any) -> Iterator[None]:
    """Tell this process and those that start inside where the certificate and its key are."""
    import dask

    with TemporaryDirectory(prefix="keys") as folder:  # readable by its owner alone
        file = Path(folder, "own.pem")
        write_text(file, f"{security.tls_client_cert}\n{security.tls_client_key}")
        roles = [f"{role}.{kind}" for role in ("client", "scheduler", "worker") for kind in ("cert", "key")]
        settings = {f"{TLS}.{name}": str(file) for name in ("ca-file", *roles)}
        variables = {f"DASK_{name.replace('.', '__').replace('-', '_').upper()}": name for name in settings}
        before = dict(os.environ)
        os.environ.update({name: settings[key] for name, key in variables.items()})
        try:
            with dask.config.set(settings):  # dask read its environment when it was imported
                yield
        finally:
            for name in variables:
                os.environ.pop(name)
                if name in before:
                    os.environ[name] = before[name]


def open_to_others(address: str) -> bool:
    """Whether a scheduler's address is on another machine and without TLS."""
    kind, _, place = address.rpartition("://")
    host = place.rpartition(":")[0].strip("[]")
    return kind in ("", "tcp") and not (host in ("localhost", "::1") or host.startswith("127."))


def slurm_cluster(**options: Any) -> Any:
    """A cluster of SLURM jobs, empty until it is scaled; see `main` for the command.

    Options are those of `dask_jobqueue.SLURMCluster`, laid over the defaults: one single-threaded
    worker per core, 4 cores, 16 GB, 4 hours. ``cluster.job_script()`` shows what is submitted.
    """
    import distributed  # noqa: F401  sets the configuration that dask_jobqueue reads
    from dask_jobqueue import SLURMCluster

    prologue = [f"export {name}='{value}'" for name, value in processor.ENVIRONMENT.items()]
    size: dict[str, Any] = {"cores": 4, "processes": 4, "memory": "16GB", "walltime": "04:00:00"}
    return SLURMCluster(**(size | {"job_script_prologue": prologue} | options))


@contextmanager
def connect() -> Iterator["Client"]:
    """A client of the scheduler in ``DASK_SCHEDULER``, else of a local cluster of its own.

    Raises
    ------
    OSError
        If no scheduler answers at the address.
    """
    from distributed import Client

    address = os.environ.get(SCHEDULER)
    if address:
        if open_to_others(address):
            words = f"{SCHEDULER}={address} is not encrypted: everybody who reaches it can run code there"
            warnings.warn(f"{words} (README: More machines)", stacklevel=3)
        try:
            client = Client(address)
        except OSError as error:
            raise OSError(f"no Dask scheduler answers at {SCHEDULER}={address}: {error}") from None
        with client:
            yield client
        return
    with local_cluster() as cluster, Client(cluster) as client:
        yield client


def outcomes(
    client: "Client", function: Callable[..., None], tasks: Mapping[str, tuple[Any, ...]]
) -> Iterator[tuple[str, BaseException | None]]:
    """Call a function with the arguments of every task; yield each key and error as it ends."""
    from distributed import as_completed

    futures = [client.submit(function, *tasks[key], key=f"run-{key}", pure=False) for key in tasks]
    for future in as_completed(futures):
        error = future.exception() if future.status == "error" else None
        yield future.key.removeprefix("run-"), error
        future.release()


@contextmanager
def shared_cluster(jobs: int = 0, **options: Any) -> Iterator[None]:
    """One cluster for everything started inside, unless ``DASK_SCHEDULER`` names one.

    It has this machine's cores, or `jobs` SLURM jobs with the options of `slurm_cluster`.
    """
    if os.environ.get(SCHEDULER):
        yield
        return
    made: Any = slurm_cluster(**options) if jobs else local_cluster()
    with made as cluster:
        if jobs:
            cluster.scale(jobs=jobs)
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
    parser = argparse.ArgumentParser(prog="python -m lib.runs.cluster", description=main.__doc__)
    parser.add_argument("--jobs", type=int, default=0, help="SLURM jobs; 0: this machine")
    words = "NAME=VALUE of slurm_cluster, such as queue=batch or account=yours; may be repeated"
    parser.add_argument("--slurm", type=_option, action="append", default=[], help=words)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for example dvc repro")
    given = parser.parse_args(arguments)
    processor.pin()
    with shared_cluster(given.jobs, **dict(given.slurm)):
        if given.command:
            code = subprocess.run(given.command, check=False).returncode
        else:
            threading.Event().wait()
    sys.exit(code)


if __name__ == "__main__":
    main()
