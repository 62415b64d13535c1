"""Damaged inputs, read in a process of their own that may abort, hang or run out of memory."""

import contextlib
import faulthandler
import json
import os
import resource
import select
import shutil
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import torch

from lib.content import FileError
from tests.fuzz.mutations import mutate
from tests.fuzz.results import asked_for_memory, digest, not_finite

REFUSED, READ, ACCEPTED = "refused by name", "read", "damage accepted"
FOREIGN, ABORT, HANG, MEMORY = "foreign exception", "abort", "hang", "memory"
VERDICTS = (REFUSED, READ, ACCEPTED, FOREIGN, ABORT, HANG, MEMORY)
MOST_MEMORY, ADDRESSES = 2 << 30, 4 << 30
"""Bytes that a reader may use, and that it may ask for beyond what the process has."""
MOST_SECONDS = 20.0
"""Seconds of processor time for one input."""
LOCKED = 600.0
"""Seconds of any time for one input, on however busy a machine."""


@dataclass(frozen=True)
class Entry:
    """A public reader: how valid files are made, and how they are read.

    `make` writes into an empty folder and returns the files to damage; with `names` their names are
    damaged, not their content. `read` reads the folder. `wrong` says what is visibly wrong with a
    result beside that of the whole files, if anything; with `checksums` any difference is.
    """

    name: str
    make: Callable[[Path], list[Path]]
    read: Callable[[Path], Any]
    wrong: Callable[[Any, Any, str], str | None] = field(default=lambda found, whole, how: None)
    checksums: bool = False
    names: bool = False
    missing: bool = False
    """Whether values may be missing (NaN)."""
    share: float = 1.0
    """Inputs, relative to other entries: slow readers have fewer."""


class Session:
    """Valid files of an entry in a folder, and one damaged input after another."""

    def __init__(self, entry: Entry, folder: Path) -> None:
        self.entry, self.folder = entry, folder
        self.files = entry.make(folder)
        self.content = {path: path.read_bytes() for path in self.files}
        self.whole = entry.read(folder)
        self.digest = digest(self.whole)
        if not_finite(self.whole, entry.missing) or (said := entry.wrong(self.whole, self.whole, "")):
            raise AssertionError(f"{entry.name}: the whole files are judged to be damaged: {said}")

    def judge(self, seed: str, number: int) -> tuple[str, str]:
        """Verdict on the input of a number, and what was found."""
        random = Random(f"{seed}:{self.entry.name}:{number}")
        path = random.choice(self.files)
        if self.entry.names:
            how, target = self._renamed(path, random)
        else:
            how, damaged = mutate(self.content[path], random)
            path.write_bytes(damaged)
            target = path
        try:
            return self._read(how, path)
        finally:
            if target != path:
                target.rename(path)
                for parent in target.relative_to(self.folder).parents:
                    with contextlib.suppress(OSError):  # not empty
                        (self.folder / parent).rmdir()
            path.write_bytes(self.content[path])
            for aside in self.folder.rglob("*.damaged-*"):
                aside.unlink()

    def _renamed(self, path: Path, random: Random) -> tuple[str, Path]:
        """Rename a file below the folder; what no file system takes stays as it is."""
        relative = os.fsencode(path.relative_to(self.folder))
        how, damaged = mutate(relative, random)
        parts = [part[:200] for part in damaged.replace(b"\0", b"").split(b"/")[:6]]
        name = os.fsdecode(b"/".join(part for part in parts if part.strip(b".")))
        target = self.folder / name
        if not name or target.exists() or target.is_relative_to(path):
            return how, path
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        return how, target

    def _read(self, how: str, path: Path) -> tuple[str, str]:
        try:
            found = self.entry.read(self.folder)
        except FileError as error:
            if asked_for_memory(error):
                return MEMORY, f"{how}: {error}"
            if path.name in str(error) or str(self.folder) in str(error):
                return REFUSED, how
            return FOREIGN, f"{how}: no name in: {error}"
        except Exception as error:
            where = [
                f"{Path(own.filename).name}:{own.lineno}" for own in traceback.extract_tb(error.__traceback__)
            ]
            return FOREIGN, f"{how}: {type(error).__name__}: {str(error)[:200]} ({' '.join(where[-4:])})"
        if digest(found) == self.digest:
            return READ, how
        if self.entry.checksums:
            return ACCEPTED, f"{how}: a result that the checksum does not fit"
        if not_finite(found, self.entry.missing):
            return ACCEPTED, f"{how}: values are not finite"
        said = self.entry.wrong(found, self.whole, how)
        return (ACCEPTED, f"{how}: {said}") if said else (READ, how)


def _child(entry: Entry, seed: str, numbers: range, pipe: int) -> None:
    """Judge inputs and write a line for each; never returns."""
    code, place = 1, Path(tempfile.mkdtemp(prefix="fuzz"))
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.write(pipe, f"{place}\n".encode())
        warnings.simplefilter("ignore")
        faulthandler.disable()
        torch.set_num_threads(1)  # threads of OpenMP do not survive a fork
        session = Session(entry, place)
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        limit = pages * resource.getpagesize() + ADDRESSES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        os.write(pipe, b"ready\n")
        for number in numbers:
            verdict, found = session.judge(seed, number)
            if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10 > MOST_MEMORY:
                verdict = MEMORY
            os.write(pipe, (json.dumps([number, verdict, found[:400]]) + "\n").encode())
            if verdict == MEMORY:
                break  # the next process begins with a low mark
        code = 0
    except BaseException:
        os.write(pipe, (json.dumps(["error", "", traceback.format_exc()]) + "\n").encode())
    finally:
        os._exit(code)


def _processor_seconds(process: int) -> float:
    own = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(own[11]) + int(own[12])) / os.sysconf("SC_CLK_TCK")


def run(
    entry: Entry, seed: str, numbers: range, until: float = float("inf")
) -> Iterator[tuple[int, str, str]]:
    """Number, verdict and finding of inputs; a process that dies or hangs is replaced by another.

    `until` is the time (`time.monotonic`) after which no input is begun.
    """
    following = numbers.start
    while following < numbers.stop and time.monotonic() < until:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the child starts no thread that the parent has
            process = os.fork()
        if not process:
            os.close(reading)
            _child(entry, seed, range(following, numbers.stop), writing)
        os.close(writing)
        place, status, hung, first = "", None, False, following
        try:
            with contextlib.closing(_lines(reading, process, until)) as stream:
                place = next(stream, "")
                ready = next(stream, "")
                if not ready.startswith("ready"):
                    raise RuntimeError(f"{entry.name} cannot begin: {ready}")
                for line in stream:
                    if line == HANG:
                        hung = True
                        break
                    number, verdict, found = json.loads(line)
                    if number == "error":
                        raise RuntimeError(f"{entry.name}: {found}")
                    yield number, verdict, found
                    following = number + 1
        finally:
            os.close(reading)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            status = os.waitpid(process, 0)[1]
            shutil.rmtree(place, ignore_errors=True) if place else None
        if hung:
            yield following, HANG, f"over {MOST_SECONDS:g} s of processor time"
            following += 1
        elif os.WIFSIGNALED(status) and time.monotonic() < until and following < numbers.stop:
            yield following, ABORT, f"signal {signal.Signals(os.WTERMSIG(status)).name}"
            following += 1
        elif following == first and time.monotonic() < until:
            raise RuntimeError(f"{entry.name} ends without a verdict")


def _lines(pipe: int, process: int, until: float) -> Iterator[str]:
    """Lines of a pipe; `HANG` if the process computes too long for one; ends at the time `until`."""
    rest, mark, last = b"", _processor_seconds(process), time.monotonic()
    while time.monotonic() < until:
        if select.select([pipe], [], [], 1.0)[0]:
            if not (more := os.read(pipe, 1 << 16)):
                return
            *whole, rest = (rest + more).split(b"\n")
            yield from (line.decode() for line in whole)
            mark, last = _processor_seconds(process), time.monotonic()
        elif _processor_seconds(process) - mark > MOST_SECONDS or time.monotonic() - last > LOCKED:
            yield HANG
            return
