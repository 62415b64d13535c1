"""Where runs are computed: a local Dask cluster, a running one, or SLURM."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

SCHEDULER = "DASK_SCHEDULER"
"""Environment variable with the address of a running scheduler."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def local_cluster(dashboard: bool = False) -> "LocalCluster":
    """One single-threaded worker process a core, so that cores are busy and not fought over."""
    import dask
    from distributed import LocalCluster

    environment = dict.fromkeys(THREAD_VARIABLES, "1")
    dask.config.set({"distributed.nanny.pre-spawn-environ": environment})
    return LocalCluster(
        n_workers=os.cpu_count(),
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=":0" if dashboard else None,
    )


def slurm_cluster(**options: Any) -> Any:
    """A cluster on SLURM; start it once and hand its address on in ``DASK_SCHEDULER``.

    Parameters
    ----------
    **options
        Passed to `dask_jobqueue.SLURMCluster`, laid over one single-threaded worker a core on
        4 cores, 16 GB and 4 hours. ``cluster.job_script()`` shows what is submitted.

    Examples
    --------
    >>> cluster = slurm_cluster(queue="batch", account="affect")  # doctest: +SKIP
    >>> cluster.scale(jobs=10)  # doctest: +SKIP
    >>> os.environ["DASK_SCHEDULER"] = cluster.scheduler_address  # doctest: +SKIP
    """
    import distributed  # noqa: F401  sets the configuration that dask_jobqueue reads
    from dask_jobqueue import SLURMCluster

    defaults: dict[str, Any] = {
        "cores": 4,
        "processes": 4,
        "memory": "16GB",
        "walltime": "04:00:00",
        "job_script_prologue": [f"export {name}=1" for name in THREAD_VARIABLES],
    }
    return SLURMCluster(**(defaults | options))


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
        try:
            client = Client(address)
        except OSError as error:
            raise OSError(f"no Dask scheduler answers at {SCHEDULER}={address}: {error}") from None
        with client:
            yield client
        return
    with local_cluster() as cluster, Client(cluster) as client:
        yield client


@contextmanager
def shared_cluster() -> Iterator[None]:
    """One local cluster for everything started inside, unless ``DASK_SCHEDULER`` names one."""
    if os.environ.get(SCHEDULER):
        yield
        return
    with local_cluster(dashboard=True) as cluster:
        print(f"Dask dashboard: {cluster.dashboard_link}", file=sys.stderr, flush=True)
        os.environ[SCHEDULER] = cluster.scheduler_address
        try:
            yield
        finally:
            del os.environ[SCHEDULER]


def main() -> None:
    """``python -m lib.runs.cluster COMMAND...``: run a command with one cluster for all it starts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    command = parser.parse_args().command
    with shared_cluster():
        code = subprocess.run(command, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
