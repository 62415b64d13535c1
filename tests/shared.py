"""Folders that several files of tests need and that take seconds to make."""

import fcntl
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """A copy of the folder that `make` fills, and what it returns; made once for all workers."""
    base = factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base  # a folder of each worker of xdist
    place, result = base / f"once-{name}", base / f"once-{name}.pickle"
    with (base / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.is_file():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            result.write_bytes(pickle.dumps(make(place)))
    return shutil.copytree(place, factory.mktemp(name) / "project"), pickle.loads(result.read_bytes())
