"""What is finished stays as it is, and the next call completes, whatever happens meanwhile.

``make faults`` prints each fault by the kind of file and the stage that it meets.
"""

import os
import resource
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.faults.processes import STAGES, contents, ended, times, wait_for

pytestmark = pytest.mark.slow


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncated(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


DAMAGE = {"flipped bit": flipped, "truncated file": truncated, "deleted file": Path.unlink}
STORED = {
    "feature store": "features.arrow",
    "predictions of a run": "runs/*/predictions.parquet",
    "weights of a run": "runs/*/model.safetensors",
    "history of a run": "runs/*/history.json",
    "list of a run": "runs/*/done.json",
    "checkpoint": "runs/*.checkpoint",
    "table of predictions": "results/predictions.parquet",
    "metrics": "results/metrics.json",
}


def run_all(project, folder, first="extraction"):
    """Do the stages from one on; each must end well."""
    told = ""
    for name in STAGES[STAGES.index(first) :]:
        status, text = ended(project.stage(name, folder, DASK_SCHEDULER=project.address))
        assert status == 0, text
        told += text
    return told


def check(folder, complete, untouched=None):
    """Everything is as in the finished folder, no temporary is left, some files were not written again."""
    assert contents(folder) == contents(complete)
    for path, when in (untouched or {}).items():
        assert path.stat().st_mtime_ns == when, f"{path} was written again"


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("fault", DAMAGE)
def test_damage(fault, kind, home, complete, project):
    if kind == "checkpoint":
        shutil.rmtree(home)
        shutil.copytree(complete.with_name("stopped"), home)
    path = sorted(home.glob(STORED[kind]))[0]
    unit = path.parent if path.parent.parent.name == "runs" else path
    DAMAGE[fault](path)
    others = {
        file: when
        for file, when in times(home).items()
        if not file.is_relative_to(unit) and "results" not in file.parts and kind != "checkpoint"
    }
    told = run_all(project, home)
    check(home, complete, others)
    aside = [found.name for found in home.rglob("*.damaged-1")]
    if kind in ("table of predictions", "metrics") or fault == "deleted file" and unit == path:
        assert aside == []  # results are written again in any case
    elif kind == "checkpoint":
        assert aside == []  # it is removed
    else:
        assert aside == [f"{unit.name}.damaged-1"] and path.name in told


def interrupted(home, stage, runs=4):
    """Make a stage unfinished: its result is missing; of runs some are."""
    if stage == "extraction":
        (home / "features.arrow").unlink()
    elif stage == "training":
        for folder in sorted((home / "runs").iterdir())[runs:]:
            shutil.rmtree(folder)
    else:
        (home / "results" / "table.csv").unlink()


def reached(home):
    """Number of the process that waits in a folder."""
    with suppress(FileNotFoundError):
        return int((home / "reached").read_text() or 0)


def whole_so_far(home, complete):
    """What lies under final names is whole; names that begin with a point are temporary."""
    expected = contents(complete)
    found = {name: content for name, content in contents(home).items() if "/." not in f"/{name}"}
    assert all(expected[name] == content for name, content in found.items() if ".checkpoint" not in name)


def driver(process, waiting):
    os.kill(process.pid, signal.SIGKILL)


def worker(process, waiting):
    os.kill(waiting, signal.SIGKILL)


def tree(process, waiting):
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    os.killpg(process.pid, signal.SIGKILL)


def kernel(process, waiting):
    chain = [psutil.Process(waiting), *psutil.Process(waiting).parents()]
    next(each for each in chain if "ipykernel_launcher" in " ".join(each.cmdline())).kill()


KILLED = [
    *((driver, stage) for stage in STAGES),
    *((tree, stage) for stage in STAGES),
    *((kernel, stage) for stage in STAGES),
    (worker, "training"),
]
NOTEBOOK = """
import sys
from pathlib import Path
import nbformat
from lib import notebook

cells = [nbformat.v4.new_code_cell(text) for text in ("stage = folder = ''", sys.argv[3])]
cells[0]["metadata"]["tags"] = ["parameters"]
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
source = Path(sys.argv[2]).with_name("source.ipynb")
nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), source)
target = source.with_name("executed.ipynb")
notebook.execute(source, target, {"stage": sys.argv[1], "folder": sys.argv[2]})
"""
CELL = (
    "from pathlib import Path; from lib import faults; getattr(faults, stage)(Path(folder)); print('ended')"
)


@pytest.mark.parametrize(("killed", "stage"), KILLED, ids=lambda each: getattr(each, "__name__", each))
def test_kill(killed, stage, home, complete, project):
    interrupted(home, stage)
    before = times(home)
    options = {"FAULTS_WAIT": stage}
    if killed is kernel:
        process = project.start("-c", NOTEBOOK, stage, home, CELL, **options)
    else:
        process = project.stage(stage, home, **options)
    waiting = wait_for(lambda: reached(home), process)
    killed(process, waiting)
    status, told = ended(process)
    assert (status == 0) == (killed is worker), told
    whole_so_far(home, complete)
    if killed is kernel:
        status, told = ended(project.start("-c", NOTEBOOK, stage, home, CELL))
        assert status == 0, told
        assert "ended" in home.with_name("executed.ipynb").read_text()
    run_all(project, home, stage)
    check(home, complete, {path: when for path, when in before.items() if "results" not in path.parts})


@pytest.mark.parametrize("stage", ["training"])
def test_lost_worker(stage, home, complete, project):
    """A worker of another machine that goes and does not come back."""
    interrupted(home, stage, runs=0)
    options = ("--nthreads", 1, "--no-nanny", "--no-dashboard")
    project.start("-m", "distributed.cli.dask_worker", project.address, *options, FAULTS_WAIT="training")
    process = project.stage(stage, home, DASK_SCHEDULER=project.address)
    os.kill(wait_for(lambda: reached(home)), signal.SIGKILL)
    status, told = ended(process)
    assert status == 0, told
    check(home, complete)


@pytest.mark.parametrize("stage", STAGES)
def test_second_driver(stage, home, complete, project):
    interrupted(home, stage, runs=0)
    both = [project.stage(stage, home) for _ in range(2)]
    for process in both:
        status, told = ended(process)
        assert status == 0, told
    run_all(project, home, stage)
    check(home, complete)


@contextmanager
def mounted(*command, place):
    done = subprocess.run(["mount", *command, str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def full_disk(home):
    """A file system of 4 MiB in a folder's place, filled to the last byte; gives what frees it."""
    kept = home.with_name("kept")
    home.rename(kept)
    home.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", place=home):
        shutil.copytree(kept, home, dirs_exist_ok=True)
        filler = home / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        yield filler.unlink
        shutil.rmtree(kept)
        shutil.copytree(home, kept)
    home.rmdir()
    kept.rename(home)


QUOTA = 4500
"""Largest size of a file in bytes; files of keys are smaller, what is tested is larger."""


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (QUOTA, QUOTA))


PLACES = {
    "feature store": "extraction",
    "runs": "training",
    "checkpoints": "training",
    "tables": "statistics",
}


def unfinished(home, complete, kind):
    if kind == "checkpoints":
        shutil.rmtree(home / "runs")
        shutil.copytree(complete.with_name("stopped") / "runs", home / "runs")
    elif kind != "tables":
        interrupted(home, PLACES[kind])


@pytest.mark.parametrize("kind", PLACES)
def test_full_disk(kind, home, complete, project):
    unfinished(home, complete, kind)
    with full_disk(home) as free:
        before = {name: text for name, text in contents(home).items() if name != "filler"}
        status, told = ended(project.stage(PLACES[kind], home))
        assert status and "No space left" in told, told
        after = {name: text for name, text in contents(home).items() if name != "filler"}
        assert after == before
        free()
        run_all(project, home, PLACES[kind])
    check(home, complete)


@pytest.mark.parametrize("kind", [kind for kind in PLACES if kind != "checkpoints"])
def test_quota(kind, home, complete, project):
    """Each file may have `QUOTA` bytes; for this no rights are needed."""
    unfinished(home, complete, kind)
    before = contents(home)
    status, told = ended(project.stage(PLACES[kind], home, prepare=small_files))
    assert status and "File too large" in told, told
    assert contents(home) == before
    run_all(project, home, PLACES[kind])
    check(home, complete)


@contextmanager
def read_only(folder):
    if os.geteuid():
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    with mounted("--bind", str(folder), place=folder):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield


@pytest.mark.parametrize("kind", PLACES)
def test_read_only_folder(kind, home, complete, project):
    unfinished(home, complete, kind)
    folder = {"feature store": home, "tables": home / "results"}.get(kind, home / "runs")
    before = contents(home)
    with read_only(folder):
        status, told = ended(project.stage(PLACES[kind], home))
        assert status and ("Read-only file system" in told or "Permission denied" in told), told
        assert contents(home) == before
    run_all(project, home, PLACES[kind])
    check(home, complete)
