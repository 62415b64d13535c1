"""Disks that are full, have quotas or cannot be written: nothing half written takes a good file's place."""

import os
import resource
import shutil
import subprocess
from contextlib import contextmanager, suppress

import pytest

from tests.faults.processes import check, contents, ended, interrupted, run_all

pytestmark = pytest.mark.slow


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
    """Each file may have `QUOTA` bytes; for this no rights are needed. Checkpoints are smaller and stay."""
    unfinished(home, complete, kind)
    before = contents(home)
    status, told = ended(project.stage(PLACES[kind], home, prepare=small_files))
    assert status and "File too large" in told, told
    after = {name: text for name, text in contents(home).items() if not name.endswith(".checkpoint")}
    assert after == before
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
