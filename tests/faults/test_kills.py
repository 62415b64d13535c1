"""Processes that are killed, lost or there twice: the next call goes on where they were."""

import os
import signal
from contextlib import suppress

import psutil
import pytest

from tests.faults.processes import STAGES, check, contents, ended, interrupted, run_all, times, wait_for

pytestmark = pytest.mark.slow


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
from scripts import notebook

cells = [nbformat.v4.new_code_cell(text) for text in ("stage = ''\\nfolder = ''", sys.argv[3])]
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
