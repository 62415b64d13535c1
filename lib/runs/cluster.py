"""Where runs are computed: a local Dask cluster, or one that runs already."""

import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from lib import processor
from lib.files import write_text

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

Result = TypeVar("Result")
SCHEDULER = "DASK_SCHEDULER"
"""Environment variable with the address of a running scheduler."""
TLS = "distributed.comm.tls"
"""Where Dask's configuration names the files of certificates and keys."""
PATIENCE = "distributed.comm.timeouts.connect"  # a busy machine takes more than the usual 30 seconds
WORKER_MEMORY = 2 * 1024**3
"""Bytes that a worker may need; it has loaded torch and holds a corpus's features."""


def workers() -> int:
    """Number of local workers: one per core, if each gets `WORKER_MEMORY` of the memory."""
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    return max(1, min(CPU_COUNT, min(MEMORY_LIMIT, *_group_limits()) // WORKER_MEMORY))


def _group_limits(root: Path = Path("/")) -> list[int]:
    """Bytes that this process's control groups and those above them allow; Dask reads the topmost alone."""
    groups, found = root / "proc/self/cgroup", [sys.maxsize]
    for line in groups.read_text(encoding="utf-8").splitlines() if groups.is_file() else []:
        _, controllers, group = line.split(":", 2)
        kind, name = ("memory", "memory.limit_in_bytes") if controllers else ("", "memory.max")
        own = root / "sys/fs/cgroup" / kind / group.strip("/")
        for folder in (own, *own.parents) if kind in controllers.split(",") else ():
            with suppress(OSError, ValueError):  # "max", or above the folder of all groups
                found.append(int((folder / name).read_text(encoding="utf-8")))
    return found


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
        settings = {f"{TLS}.{name}": str(file) for name in ("ca-file", *roles)} | {PATIENCE: "120s"}
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


@contextmanager
def connect() -> Iterator["Client"]:
    """A client of the scheduler in ``DASK_SCHEDULER``, else of a local cluster of its own.

    OSError if no scheduler answers at the address.
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


def in_order(function: Callable[..., Result], items: Iterable[Any], *arguments: Any) -> Iterator[Result]:
    """Results of ``function(item, *arguments)``, in the order of the items.

    The cluster of `connect` does the work. At most two results per worker wait at
    a time, so that memory does not grow with the number of items. An error of the function is
    raised here.
    """
    with connect() as client:
        waiting: deque[Any] = deque()
        most = 2 * max(1, len(client.scheduler_info()["workers"]))
        for item in items:
            waiting.append(client.submit(function, item, *arguments, pure=False))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
