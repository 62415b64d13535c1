"""Workers in a control group that allows less memory than the machine has, with eight of them wanted."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.runs import cluster

WANTED, LIMIT = 8, 8 * 1024**3
TAKEN = 1_000_000_000
"""Bytes that each worker takes besides its libraries."""
INSIDE = """
import json, os, sys
from pathlib import Path

Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
import dask.system

dask.system.CPU_COUNT = int(sys.argv[2])
import numpy as np
from distributed import Client

from lib.runs import cluster


def take(number):
    import time

    import torch  # as every training's worker does

    held = np.ones(number, np.uint8)
    time.sleep(5)
    return len(held)


if __name__ == "__main__":
    os.environ["PYTEST_XDIST_AUTO_NUM_WORKERS"] = sys.argv[2]
    from tests.conftest import pytest_xdist_auto_num_workers

    class Config:
        class option:
            numprocesses = "auto"

    found = {"pytest": pytest_xdist_auto_num_workers(Config), "dask": cluster.workers()}
    with cluster.local_cluster() as local, Client(local) as client:
        futures = client.map(take, [int(sys.argv[3]) + at for at in range(found["dask"])])
        found["taken"] = len(client.gather(futures))
    print(json.dumps(found))
"""


def own_group():
    """The folder of this process's control group of memory, and the names of its files."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, group = line.split(":", 2)
        if "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.failcnt")
            return Path("/sys/fs/cgroup/memory", group.strip("/")), names
    group = Path("/sys/fs/cgroup", line.split(":", 2)[2].strip("/"))
    return group, ("memory.max", "memory.peak", "memory.events")


@pytest.fixture
def limited():
    """A control group of `LIMIT` bytes below this process's own."""
    if not Path("/proc/self/cgroup").is_file():
        pytest.skip("this system has no control groups")
    above, (limit, peak, failures) = own_group()
    group = above / f"workers-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text(str(LIMIT))
    except OSError as error:
        if group.is_dir():
            group.rmdir()
        pytest.skip(f"this user may not make a control group: {error}")
    yield group, peak, failures
    for _ in range(50):  # until its last process has ended
        try:
            group.rmdir()
            break
        except OSError:
            time.sleep(0.2)


@pytest.mark.slow
def test_eight_wanted_workers_stay_within_eight_gibibytes(limited, tmp_path):
    group, peak, failures = limited
    script = tmp_path / "inside.py"
    script.write_text(INSIDE)
    command = [sys.executable, str(script), str(group), str(WANTED), str(TAKEN)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert 1 <= found["dask"] <= LIMIT // cluster.WORKER_MEMORY < WANTED
    assert 1 <= found["pytest"] <= LIMIT // 1.5e9 < WANTED
    assert found["taken"] == found["dask"]
    used = int((group / peak).read_text())
    assert found["dask"] * TAKEN < used < LIMIT, used
    told = (group / failures).read_text().split()
    assert int(told[-1] if len(told) == 1 else told[told.index("oom_kill") + 1]) == 0
    print(f"{found}, at most {used / 1e9:.1f} GB used of {LIMIT / 1e9:.1f}")


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "3000"}, 3000),
        ("5:cpu:/\n4:memory,hugetlb:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": "2000"}, 2000),
        (
            "4:memory:/a/b\n",
            {"memory/memory.limit_in_bytes": "900", "memory/a/memory.limit_in_bytes": "5000"},
            900,
        ),
        ("4:cpu:/a\n", {"cpu/a/memory.max": "1", "memory/a/memory.limit_in_bytes": "1"}, sys.maxsize),
        (None, {}, sys.maxsize),
    ],
)
def test_groups_above_the_own_one_limit_too(groups, files, expected, tmp_path):
    if groups is not None:
        files = {f"sys/fs/cgroup/{name}": text for name, text in files.items()} | {"proc/self/cgroup": groups}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert min(cluster._group_limits(tmp_path)) == expected
