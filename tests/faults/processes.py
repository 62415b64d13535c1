"""A project whose stages are processes that a test may kill, and what a folder holds."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
STAGES = ("extraction", "training", "statistics")


class Project:
    """A copy of `lib` whose module `lib.faults` is the driver, and of what executes notebooks.

    Starts processes in it.
    """

    def __init__(self, folder):
        shutil.copytree(ROOT / "lib", folder / "lib", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(HERE / "driver.py", folder / "lib" / "faults.py")
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "notebook.py", folder / "scripts")
        (folder / "params.yaml").write_text("profile: sample\n")
        self.folder, self.started = folder, []

    def start(self, *command, prepare=None, **environment):
        """Start a Python process that leads a group of its own."""
        known = {name: text for name, text in os.environ.items() if name != "DASK_SCHEDULER"}
        process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=self.folder,
            env=known | {"PYTHONPATH": str(self.folder), "PYTHONHASHSEED": "0"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=prepare,
        )
        self.started.append(process)
        return process

    def stage(self, names, folder, **options):
        """Start a stage, or several in turn, on a folder."""
        return self.start("-m", "lib.faults", folder, *names.split(), **options)

    def end(self, since=0):
        """Kill what was started and still runs."""
        for process in self.started[since:]:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        del self.started[since:]


def ended(process, seconds=400):
    """Exit status and what a process printed."""
    told, _ = process.communicate(timeout=seconds)
    return process.returncode, told


def wait_for(condition, process=None, seconds=300):
    """Wait until a condition holds; fail if the process ends before."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited too long"
        assert process is None or process.poll() is None, ended(process)[1]
        time.sleep(0.05)
    return found


def contents(folder):
    """Bytes of each file that stages leave, without what is set aside and the mark of a wait."""
    return {
        name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".damaged-" not in (name := path.relative_to(folder).as_posix())
        if name != "reached"
    }


def times(folder):
    """When each file was last written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def run_all(project, folder, first="extraction"):
    """Do the stages from one on; each must end well; gives what they print."""
    names = " ".join(STAGES[STAGES.index(first) :])
    status, told = ended(project.stage(names, folder, DASK_SCHEDULER=project.address))
    assert status == 0, told
    return told


def check(folder, complete, untouched=None):
    """Everything is as in the finished folder, no temporary is left, some files were not written again."""
    assert contents(folder) == contents(complete)
    for path, when in (untouched or {}).items():
        assert path.stat().st_mtime_ns == when, f"{path} was written again"


def interrupted(home, stage, runs=4):
    """Make a stage unfinished: its result is missing; of runs some are."""
    if stage == "extraction":
        (home / "features.arrow").unlink()
    elif stage == "training":
        for folder in sorted((home / "runs").iterdir())[runs:]:
            shutil.rmtree(folder)
    else:
        (home / "results" / "table.csv").unlink()
