"""What a file is by its first bytes, whatever its name says."""

import re
from pathlib import Path

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
