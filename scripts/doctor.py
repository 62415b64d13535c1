"""Print what a machine lacks before a long task: one line per check, exit status 1 if a check fails.

It uses the standard library alone and runs with Python 3.8 or later, also before `make setup`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

GB = 1e9
ENVIRONMENT_GB = 7.0
"""Disk of the environment and what its set-up downloads."""
RESULTS_GB = 1.5
"""Disk of all results on the sample corpora."""
WORKER_GB = 1.5
"""Memory of one process that trains or tests."""
PYTHONS = ((3, 11), (3, 13))
"""First and last version that requirements.lock serves; results are made with the first."""


class Finding(NamedTuple):
    """Outcome of a check: ``ok``, ``note`` (works, but read it) or ``fails``, and the words for it."""

    outcome: str
    words: str

    def __str__(self) -> str:
        return f"{self.outcome:<6}{self.words}"


def cgroup_room(root: Path = Path("/")) -> int | None:
    """Bytes that the control groups of this process still allow; None without a limit.

    Both versions of control groups are read, with all groups above the process's own. File pages
    that the kernel can drop count as free.
    """
    found = []
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            base, names = root / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base = root / "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        own = base / group.strip("/")
        for folder in (own, *own.parents):
            if folder != base and base not in folder.parents:
                break
            limit, used = (next(iter(_lines(folder / name)), "") for name in names[:2])
            if limit.isdigit() and used.isdigit() and int(limit) < 2**60:
                stat = dict(text.split() for text in _lines(folder / "memory.stat"))
                found.append(int(limit) - int(used) + int(stat.get(names[2], 0)))
    return max(0, min(found)) if found else None


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes of memory that new processes can take; None where the system does not say."""
    free = [int(line.split()[1]) * 1024 for line in _lines(root / "proc/meminfo") if "MemAvailable" in line]
    room = cgroup_room(root)
    both = free + ([] if room is None else [room])
    return min(both) if both else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def python(version: tuple[int, int]) -> Finding:
    """Whether the lock serves a version of Python."""
    named = ".".join(map(str, version))
    if not PYTHONS[0] <= version <= PYTHONS[1]:
        return Finding("fails", f"Python {named}: install 3.11, or name it: make PYTHON=/path/to/python3.11")
    if version != PYTHONS[0]:
        return Finding("note", f"Python {named} works; the committed results are made with 3.11")
    return Finding("ok", f"Python {named}")


def venv() -> Finding:
    """Whether this Python can make an environment with pip in it."""
    try:
        import ensurepip
        import venv  # noqa: F401
    except ImportError as error:
        return Finding("fails", f"Python's module {error.name} is missing: on Debian install python3.11-venv")
    return Finding("ok", f"venv, with pip {ensurepip.version()}")


def git(root: Path) -> Finding:
    """Whether git is installed and the project is a clone: DVC works in clones only."""
    if shutil.which("git") is None:
        return Finding("fails", "git is missing: install it")
    command = ["git", "-C", str(root), "rev-parse", "--is-inside-work-tree"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return Finding("fails", f"{root} is no git repository: clone the project; an archive is not enough")
    return Finding("ok", "git, in a clone")


def disk(root: Path) -> Finding:
    """Whether the disk has room for what is not there yet."""
    need = RESULTS_GB + (0 if (root / ".venv/.ready").is_file() else ENVIRONMENT_GB)
    free = shutil.disk_usage(root).free / GB
    words = f"disk: {free:.1f} GB free, {need:.1f} GB needed"
    return Finding("ok", words) if free >= need else Finding("fails", f"{words}: free some at {root}")


def memory(available: int | None, workers: int) -> Finding:
    """Whether `workers` processes fit into the available memory, in bytes."""
    if available is None:
        return Finding("note", f"memory: not reported by the system; {WORKER_GB} GB per core are needed")
    need = workers * WORKER_GB
    words = f"memory: {available / GB:.1f} GB available, {need:.1f} GB for {workers} workers"
    if available >= need * GB:
        return Finding("ok", words)
    if available >= WORKER_GB * GB:
        return Finding("note", f"{words}: close programs, or use fewer cores: taskset -c 0 make repro")
    return Finding("fails", f"{words}: one worker does not fit")


def sockets() -> Finding:
    """Whether workers can talk over a port of this machine and kernels over a file."""
    try:
        with socket.socket() as port:
            port.bind(("127.0.0.1", 0))
        with tempfile.TemporaryDirectory(prefix="k") as folder, socket.socket(socket.AF_UNIX) as pipe:
            pipe.bind(f"{folder}/s-1")
    except (OSError, AttributeError) as error:
        return Finding("fails", f"sockets: {error}; workers and kernels need them (TMPDIR: a short path)")
    return Finding("ok", "sockets of workers and kernels")


def environment(root: Path) -> Finding:
    """Whether the environment is there and as new as the lock."""
    ready, lock = root / ".venv/.ready", root / "requirements.lock"
    if not ready.is_file():
        return Finding("note", "environment: not installed yet; make setup installs it from a package index")
    if ready.stat().st_mtime < lock.stat().st_mtime:
        return Finding("note", "environment: older than requirements.lock; make setup renews it")
    return Finding("ok", "environment")


def kernel(root: Path) -> Finding:
    """Whether the environment has the kernel that notebooks run in."""
    if not (root / ".venv").is_dir():
        return Finding("note", "kernel of the notebooks: comes with the environment")
    if not (root / ".venv/share/jupyter/kernels/python3/kernel.json").is_file():
        return Finding("fails", "kernel of the notebooks is missing: touch requirements.lock; make setup")
    return Finding("ok", "kernel of the notebooks")


def data(root: Path) -> Finding:
    """Whether the corpora are there, or the remote inside the repository that they come from."""
    found = sorted(path.parent.name for path in root.glob("data/*/PROVENANCE.json"))
    if found:
        return Finding("ok", f"corpora in data/: {', '.join(found)}")
    if not any(root.glob(".dvc/sample/files/md5/*/*")):
        return Finding("fails", "no corpora: .dvc/sample is empty; git checkout .dvc/sample")
    return Finding("note", "no corpora in data/ yet; make setup fetches the samples from .dvc/sample")


def processor(root: Path = Path("/")) -> Finding:
    """Whether the processor has the instructions that the committed results are made with."""
    flags = [line for line in _lines(root / "proc/cpuinfo") if line.startswith("flags")]
    if flags and "avx2" in flags[0].split():
        return Finding("ok", "processor with AVX2")
    return Finding("note", "no x86-64 processor with AVX2: results differ in the last digits")


def findings(root: Path, python_alone: bool = False) -> list[Finding]:
    """Outcome of every check of the project in the folder `root`, or of those of Python alone."""
    workers = os.cpu_count() or 1
    checks: list[Callable[[], Finding]] = [lambda: python(sys.version_info[:2]), venv]
    if python_alone:
        return [check() for check in checks]
    checks += [
        lambda: git(root),
        lambda: disk(root),
        lambda: memory(available_memory(), workers),
        sockets,
        processor,
        lambda: environment(root),
        lambda: kernel(root),
        lambda: data(root),
    ]
    return [check() for check in checks]


def main() -> None:
    """Print every finding; the exit status is 1 if a check fails."""
    parser = argparse.ArgumentParser(prog="python -m scripts.doctor", description=__doc__)
    parser.add_argument("--python", action="store_true", help="check only Python; print the checks that fail")
    alone = parser.parse_args().python
    found = findings(Path(__file__).resolve().parents[1], alone)
    failed = [finding for finding in found if finding.outcome == "fails"]
    print("".join(f"{finding}\n" for finding in (failed if alone else found)), end="")
    sys.exit(int(bool(failed)))


if __name__ == "__main__":
    main()
