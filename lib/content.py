"""Files from outside: their kind by the first bytes, and one place that converts all errors they cause."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MACHINE = {getattr(errno, name) for name in "EACCES EDQUOT EIO EMFILE ENFILE ENOSPC EPERM EROFS".split()}

_FOREIGN = {
    "is empty: copy it again": rb"\Z",
    "is a git-lfs pointer: run `git lfs pull` where it comes from": rb"version https://git-lfs",
    "is a git-annex pointer: run `git annex get` where it comes from": rb"/annex/objects/",
    "is a web page, not the file: log in and download it again": rb"\s*(?i:<!doctype html|<html)",
    "is a zip archive: unpack it": rb"PK\x03\x04",
    "is a gzip archive: unpack it": rb"\x1f\x8b",
    "is a MATLAB file of version 7.3: save it in MATLAB with -v7": rb"MATLAB 7\.3",
}
_VIDEO = rb"RIFF....AVI |....(ftyp|moov|mdat|wide|free|skip)|\x1aE\xdf\xa3|\0\0\1[\xb3\xba]|0&\xb2u"
_KINDS = {
    ".wav": rb"RI(FF|FX)....WAVE|RF64....WAVE",
    **dict.fromkeys((".avi", ".mp4"), _VIDEO),
    **dict.fromkeys((".txt", ".csv", ".arff", ".json"), rb"[^\0]*\Z"),
}

DAMAGED = "is damaged or of another form, copy it again or mend it"


class FileError(ValueError):
    """A file from outside is damaged or of another form; the message names it and says what to do."""


def of_machine(error: Exception) -> bool:
    """Whether an error is no fault of a file: a full or failing disk, a missing library."""
    own = type(error).__module__ == "builtins"  # FFmpeg's and others' have such numbers for damaged files
    return isinstance(error, ImportError) or (own and getattr(error, "errno", None) in _MACHINE)


@contextmanager
def reading(where: Path | str, kind: type[FileError] = FileError, what: str = "") -> Iterator[None]:
    """Turn whatever damage provokes into an error of a `kind` that says `where`: a file, line or entry.

    The cause is kept. This project's own errors pass, and so do interruptions and errors of the machine.
    """
    try:
        yield
    except FileError:
        raise
    except Exception as error:
        if of_machine(error) or (isinstance(error, FileNotFoundError) and error.errno is None):  # own advice
            raise
        known = problem(where) if isinstance(where, Path) and where.is_file() else None
        said = " and ".join(filter(None, (what, known))) or DAMAGED
        raise kind(f"{where} {said}: {type(error).__name__}: {' '.join(str(error).split())}") from error


def require_size(path: Path, declared: int, ratio: int = 10_000) -> None:
    """ValueError if a file declares more values than `ratio` for each of its bytes."""
    if declared > ratio * (size := path.stat().st_size):
        raise ValueError(f"its header declares {declared} values, which {size} bytes cannot hold")


def problem(path: Path) -> str | None:
    """What is wrong with a file's first bytes; ends a sentence that begins with its name."""
    with path.open("rb") as file:
        first = file.read(512)
    for what, pattern in _FOREIGN.items():
        if re.match(pattern, first):
            return what
    if re.match(_KINDS.get(path.suffix.lower(), b""), first, re.DOTALL):
        return None
    return f"does not begin like a {path.suffix} file: copy it again"
