"""Real scheduler, worker and driver processes on the loopback interface."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dask
import distributed
import pytest

from lib.runs import cluster
from scripts import cluster as commands

ROOT = Path(__file__).parents[2]
TLS = "DASK_DISTRIBUTED__COMM__TLS__"

PROBE = '''
"""Work that takes a while and says who did it."""
import os
import time
from pathlib import Path


def work(run, folder, checkpoint):
    time.sleep(run.settings["seconds"])
    with Path(run.settings["log"]).open("a") as file:
        file.write(f"{run.split.repeat} {run.split.fold} {os.getpid()}\\n")
    (folder / "result.txt").write_text(f"{run.seed} {run.split.test}")
'''

DRIVER = """
import sys
from pathlib import Path
import pandas as pd
from lib.runs import phases, store
from lib.splits import schemes

if __name__ == "__main__":
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    table = pd.DataFrame({"sample_id": [f"u{i}" for i in range(60)], "label": ["a", "b"] * 30})
    drawn = schemes.make("mdre_blocks", table, 5, 4, 1)
    settings = {"seconds": seconds, "log": str(folder.parent / f"{folder.name}.log")}
    planned = phases.plan("e", phases.Experiment("lib.probe:work", settings, []), "c", drawn, 3)
    for done in store.execute(planned, folder):
        print((done / "result.txt").read_text())
"""


@pytest.fixture
def project(tmp_path):
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lib" / "probe.py").write_text(PROBE)
    (tmp_path / "driver.py").write_text(DRIVER)
    (tmp_path / "scripts").mkdir()
    shutil.copyfile(ROOT / "scripts/cluster.py", tmp_path / "scripts/cluster.py")
    return tmp_path


@pytest.fixture
def start(project):
    """Start processes in the project; all are ended with the test."""
    started = []

    def start_one(*command, **environment):
        process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=project,
            env=os.environ | {"PYTHONPATH": str(project)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def log(project, store):
    path = project / f"{store}.log"
    return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.slow
def test_a_killed_worker_costs_nothing(project, start):
    plain = start("driver.py", "plain", 0)
    out, errors = plain.communicate(timeout=120)
    assert plain.returncode == 0, errors
    address = "tcp://127.0.0.1:18786"
    start("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", 18786,
          "--no-dashboard")  # fmt: skip
    options = ("--nthreads", 1, "--no-nanny", "--no-dashboard")
    workers = [start("-m", "distributed.cli.dask_worker", address, *options) for _ in range(2)]
    driver = start("driver.py", "killed", 0.5, DASK_SCHEDULER=address)
    wait_for(lambda: len({pid for *_, pid in log(project, "killed")}) == 2)
    os.killpg(workers[0].pid, signal.SIGKILL)
    ours, errors = driver.communicate(timeout=120)
    assert driver.returncode == 0, errors
    assert ours == out
    assert len(ours.splitlines()) == 20


@pytest.mark.slow
def test_a_killed_driver_goes_on_where_it_was(project, start):
    first = start("driver.py", "again", 0.4)
    wait_for(lambda: len(log(project, "again")) >= 4)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    whole = [path for path in (project / "again").iterdir() if (path / "done.json").exists()]
    assert 1 <= len(whole) < 20
    second = start("driver.py", "again", 0.4)
    out, errors = second.communicate(timeout=120)
    assert second.returncode == 0, errors
    assert len(out.splitlines()) == 20
    done = log(project, "again")
    assert len({row[:2] for row in done}) == 20
    assert len(done) <= 20 + 4  # at most the runs that were under way are done again
    assert all((path / "done.json").exists() for path in (project / "again").iterdir())


def test_no_scheduler_is_a_clear_error(monkeypatch):
    monkeypatch.setenv(cluster.SCHEDULER, "tcp://127.0.0.1:9")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(OSError, match=r"no Dask scheduler answers at DASK_SCHEDULER=tcp"),
        cluster.connect(),
    ):
        pass


def test_slurm_job_script():
    job = commands.slurm_cluster(
        queue="batch", account="affect", scheduler_options={"host": "127.0.0.1", "port": 0}
    )
    try:
        script = job.job_script()
    finally:
        job.close()
    for line in (
        "#SBATCH -p batch",
        "#SBATCH -A affect",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=15G",
        "#SBATCH -t 04:00:00",
        "export OMP_NUM_THREADS='1'",
        "export ONEDNN_MAX_CPU_ISA='AVX2'",
        "export NPY_DISABLE_CPU_FEATURES='X86_V4 AVX512_ICL AVX512_SPR'",
    ):
        assert line in script
    assert "--nworkers 4" in script
    assert "--nthreads 1" in script
    assert "--no-dashboard --dashboard-address 127.0.0.1:0" in script


@pytest.mark.parametrize(
    ("given", "configured", "expected"),
    [
        ({}, {}, {}),
        ({"dashboard_address": "127.0.0.2:0", "dashboard": True}, {}, {"dashboard": True}),
        (None, {"idle_timeout": "1h"}, {"idle_timeout": "1h"}),
    ],
)
def test_the_schedulers_pages_are_off_unless_asked_for(given, configured, expected):
    place = {"host": "127.0.0.1", "port": 0}
    options = {} if given is None else {"scheduler_options": given | place}
    with dask.config.set({"jobqueue.slurm.scheduler-options": configured | place}):
        job = commands.slurm_cluster(**options, worker_extra_args=["--lifetime", "1h"])
    try:
        assert "127.0.0.1:0 --lifetime 1h" in job.job_script()
        used = job.scheduler_spec["options"]
        assert used.items() >= (commands.NO_PAGES | (given or {}) | expected | place).items()
        assert job.scheduler.http_server.address == used["dashboard_address"].partition(":")[0]
    finally:
        job.close()


SBATCH = """#!/bin/sh
# Keeps the job script, which is deleted when this ends, and runs it at once, as a free node would.
for last; do :; done
cp "$last" "$STAND_IN/job.sh"
sh "$STAND_IN/job.sh" > "$STAND_IN/log" 2>&1 &
echo $! > "$STAND_IN/job"
echo "Submitted batch job $!"
"""
CLIENT = """
import os
from distributed import Client

with Client(os.environ["DASK_SCHEDULER"]) as client:
    client.wait_for_workers(1, timeout=120)
    print(client.submit(sum, [20, 22]).result())
"""


@pytest.fixture
def keys(tmp_path):
    """Certificates as the settings of Dask's configuration that README tells to give."""
    made = distributed.Security.temporary()
    file = tmp_path / "own.pem"
    file.write_text(f"{made.tls_client_cert}\n{made.tls_client_key}")
    roles = [f"{role}__{kind}" for role in ("CLIENT", "SCHEDULER", "WORKER") for kind in ("CERT", "KEY")]
    return {f"{TLS}{name}": str(file) for name in ("CA_FILE", *roles)}


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_a_command_runs_on_slurm_jobs(tmp_path, start, keys, protocol):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", '#!/bin/sh\nkill "$@"\n')):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    options = ["cores=1", "processes=1", "memory=1GB", "queue=batch", "account=affect"]
    options += ["protocol=tls://"] if protocol == "tls" else []
    given = [word for option in options for word in ("--slurm", option)]
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    command = ("--jobs", 1, *given, sys.executable, "-c", CLIENT)
    settings = {"DASK_JOBQUEUE__SLURM__SCHEDULER_OPTIONS": '{"host": "127.0.0.1"}'}
    settings |= keys if protocol == "tls" else {}
    ran = start("-m", "scripts.cluster", *command, PATH=path, STAND_IN=str(tmp_path), **settings)
    out, errors = ran.communicate(timeout=240)
    assert ran.returncode == 0, errors + (tmp_path / "log").read_text()
    assert f"DASK_SCHEDULER={protocol}://127.0.0.1:" in errors
    assert out.split() == ["42"]
    assert ("--protocol tls://" in (tmp_path / "job.sh").read_text()) == (protocol == "tls")
    assert "PRIVATE KEY" not in (tmp_path / "job.sh").read_text()
    job = Path("/proc") / (tmp_path / "job").read_text().strip()
    wait_for(lambda: not job.exists() or "zombie" in (job / "status").read_text())


def test_a_cluster_of_ones_own_listens_on_loopback_and_asks_for_a_key(monkeypatch):
    monkeypatch.delenv(cluster.SCHEDULER, raising=False)
    monkeypatch.setattr(cluster, "workers", lambda: 1)
    ask = (
        "import os, sys; from distributed import Client\n"
        "with Client(os.environ['DASK_SCHEDULER'], timeout='20s') as client:\n"
        "    print(client.submit(sum, [1, 2]).result())"
    )
    with commands.shared_cluster():
        address = os.environ[cluster.SCHEDULER]
        assert address.startswith("tls://127.0.0.1:")
        with cluster.connect() as client:  # this process read its environment before
            assert client.submit(sum, [1, 2]).result() == 3
        keys = Path(os.environ[f"{TLS}CA_FILE"])
        assert keys.parent.stat().st_mode & 0o077 == 0
        known = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
        assert known.stdout.strip() == "3", known.stderr
        without = {name: value for name, value in os.environ.items() if not name.startswith(TLS)}
        stranger = subprocess.run(
            [sys.executable, "-c", ask.replace("20s", "2s")], env=without, capture_output=True, check=False
        )
        assert stranger.returncode != 0
    assert not keys.exists() and f"{TLS}CA_FILE" not in os.environ


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("tcp://node7:8786", True),
        ("10.0.0.3:8786", True),
        ("tcp://127.0.0.1:8786", False),
        ("localhost:8786", False),
        ("tcp://[::1]:8786", False),
        ("tls://node7:8786", False),
    ],
)
def test_a_plain_address_of_another_machine_is_warned_of(address, warned):
    assert cluster.open_to_others(address) == warned


def test_workers_are_as_many_as_memory_holds(monkeypatch):
    import dask.system
    import distributed.system

    monkeypatch.setattr(dask.system, "CPU_COUNT", 8)
    for gibibytes, expected in ((64, 8), (8, 4), (1, 1)):
        monkeypatch.setattr(distributed.system, "MEMORY_LIMIT", gibibytes * 1024**3)
        assert cluster.workers() == expected
