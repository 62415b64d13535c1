"""Where copies of corpora are until they are complete, and what killed calls leave behind.

Copies are made below `WORK`, which git and DVC ignore, in a folder that holds its owner's name. A rename
puts them in place.
"""

import fcntl
import filecmp
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from lib import files as whole_files
from lib.corpora import provenance
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance

WORK = ".dvc/tmp/corpora"
OLD, NEW, SAVED = "old", "new", "saved"
"""In a folder of `WORK`: what was replaced, the copy, and files of the project as they were."""


@contextmanager
def folder(data: Path, name: str) -> Iterator[Path]:
    """Give a new folder for a corpus, and remove it in the end; `data` is that of all corpora.

    Raises
    ------
    CorpusError
        If `data` is on another file system, so that a rename could not put the corpus there.
    """
    place = data.parent / WORK
    own = whole_files.temporary(place / name)
    own.mkdir(parents=True)
    try:
        if data.is_dir() and data.stat().st_dev != own.stat().st_dev:
            raise CorpusError(f"{data} and {place} are on two file systems: link or mount them together")
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        with suppress(OSError):
            place.rmdir()


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Let one call at a time change the project."""
    handle = os.open(data.parent / WORK, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def save(own: Path, path: Path) -> None:
    """Keep a file of the project as it is, for a call after this one was killed."""
    if path.is_file():
        saved = own / SAVED
        saved.mkdir(exist_ok=True)
        whole_files.write_bytes(saved / path.name, path.read_bytes())


def same(target: Path, root: Path, files: Sequence[str]) -> Provenance | None:
    """Origin of a real corpus in the target that was copied from the same files; None otherwise.

    Its version tells small files; large ones are compared byte by byte, unless the copy's was cut.
    """
    try:
        origin = provenance.read(target)
    except CorpusError:
        return None
    kept = [file for file in files if file not in (origin.left_out or {})]
    if origin.is_synthetic or provenance.version_of(root, kept) != origin.version:
        return None
    for file in kept:
        size, own = (root / file).stat().st_size, target / file
        if size <= provenance.HASHED_BYTES or not own.is_file() or own.stat().st_size != size:
            continue
        if not filecmp.cmp(root / file, own, shallow=False):
            return None
    return origin


def is_whole(target: Path, origin: Provenance, files: Sequence[str]) -> bool:
    """Whether the copy in the target has every file; DVC may have been killed while it linked them."""
    kept = [file for file in files if file not in (origin.left_out or {})]
    there = all((target / file).is_file() for file in kept)
    return there and provenance.version_of(target, kept) == origin.version


def is_same(target: Path, origin: Provenance, files: Sequence[str]) -> bool:
    """Whether a corpus of one's own in the target has the version of a new copy, and every file."""
    try:
        there = provenance.read(target)
    except CorpusError:
        return False
    return there == origin and all((target / file).is_file() for file in files)


def recover(data: Path) -> list[str]:
    """Undo what calls that were killed left half done, remove their copies, and say what was done.

    What they replaced comes back if nothing is in its place; a file that they saved comes back if the
    present one was cut while DVC wrote it.
    """
    place, done = data.parent / WORK, []
    for own in sorted(place.glob(".part~*")):
        if not whole_files.abandoned(own):
            continue
        name = own.name.split("~", 4)[-1]
        done.append(f"a call for {name} was killed: its unfinished copy is removed")
        if (own / OLD).is_dir() and not (data / name).exists():
            data.mkdir(exist_ok=True)
            (own / OLD).rename(data / name)
            done.append(f"{data.name}/{name} is back as it was before that call")
        for saved in (own / SAVED).glob("*.dvc"):
            if not _states_hash(data.with_name(saved.name)):
                whole_files.write_bytes(data.with_name(saved.name), saved.read_bytes())
                done.append(f"{saved.name} is back as it was before that call")
        shutil.rmtree(own)
    if done:
        _unlock(data.parent / ".dvc/tmp/rwlock")
        with suppress(OSError):
            place.rmdir()
    return done


def _states_hash(path: Path) -> bool:
    """Whether a file of DVC names its folder and the folder's hash."""
    try:
        [out] = yaml.safe_load(path.read_text(encoding="utf-8"))["outs"]
        return {"md5", "path"} <= set(out)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError):
        return False


def _unlock(path: Path) -> None:
    """Remove DVC's list of locks if a killed process cut it; DVC itself drops those of dead processes."""
    with suppress(FileNotFoundError):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            path.unlink()
