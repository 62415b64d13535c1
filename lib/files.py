"""Files and folders that appear complete or not at all, even if the process is killed.

They are first written under a temporary name beside the final one, which holds owner, host and process.
What an owner that is gone left behind is removed by the next process that writes to the folder.
"""

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psutil

_TEMPORARY = re.compile(r"\.part~(?P<host>[^~]+)~(?P<pid>\d+)~\d+~.+", re.DOTALL)
_numbers = count()
_swept: set[tuple[Path, int]] = set()


def temporary(path: Path) -> Path:
    """Name beside `path` that belongs to this process, with the suffix of `path`."""
    return path.with_name(f".part~{socket.gethostname()}~{os.getpid()}~{next(_numbers)}~{path.name}")


def abandoned(path: Path) -> bool:
    """Whether a path has a temporary name whose owner, a process of this machine, is gone."""
    found = _TEMPORARY.fullmatch(path.name)
    if not found or found["host"] != socket.gethostname():
        return False
    try:  # a zombie: killed, but its parent has not asked for it yet
        return psutil.Process(int(found["pid"])).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError):
        return False


def sweep(folder: Path) -> None:
    """Remove what processes that are gone left in a folder."""
    for path in folder.glob(".part~*"):
        if abandoned(path):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


def _sweep_once(folder: Path) -> None:
    if (key := (folder, os.getpid())) not in _swept:
        _swept.add(key)
        sweep(folder)


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a temporary file's name; the file becomes `path` when the block ends without an error.

    A link at `path` is replaced, what it leads to stays as it is. The folder must exist.
    """
    _sweep_once(path.parent)
    own = temporary(path)
    try:
        yield own
        synced(own)
        own.replace(path)
        synced(path.parent)
    finally:
        own.unlink(missing_ok=True)


@contextmanager
def written_folder(path: Path) -> Iterator[Path]:
    """Give a new temporary folder; it becomes `path` when the block ends without an error.

    OSError if `path` is there already and not empty.
    """
    _sweep_once(path.parent)
    own = temporary(path)
    own.mkdir(parents=True)
    try:
        yield own
        for each in own.rglob("*"):
            synced(each)
        synced(own)
        own.rename(path)
        synced(path.parent)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file at once."""
    with written(path) as own:
        own.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 at once."""
    write_bytes(path, text.encode("utf-8"))


def write_parquet(path: Path, table: Any, index: bool = False) -> None:
    """Write a DataFrame at once."""
    with written(path) as own:
        table.to_parquet(own, index=index)


def failed(error: BaseException) -> bool:
    """Whether the machine (memory, disk, rights), not the content, caused an error while reading."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None)


def set_aside(path: Path, folder: Path | None = None) -> Path:
    """Rename a damaged file or folder to ``<name>.damaged-<n>``, there or in another `folder`."""
    place = folder or path.parent
    place.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        target = place / f"{path.name}.damaged-{number}"
        if not os.path.lexists(target):
            break
    return Path(shutil.move(path, target))


def synced(path: Path) -> None:
    """Make what was written to a file, or the names in a folder, survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
