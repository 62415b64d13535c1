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
}
_SOUND = rb"RI(FF|FX)....WAVE|RF64....WAVE"
_VIDEO = (
    rb"RIFF....AVI |....(ftyp|moov|mdat|wide|free|skip)|\x1aE\xdf\xa3|\0\0\1[\xb3\xba]|0&\xb2u|OggS"
)
_TEXT = rb"[^\0]*\Z"
_KINDS = {".wav": _SOUND} | dict.fromkeys((".avi", ".mp4"), _VIDEO)
_KINDS |= dict.fromkeys((".txt", ".csv", ".arff", ".json"), _TEXT)


def problem(path: Path) -> str | None:
    """What is wrong with a file, as the end of a sentence that begins with its name, or None.

    It may be empty, stand for the file (pointers of git-lfs and git-annex, web pages), be an
    archive, or be no sound, video or text although its suffix says so. What follows the first bytes
    is not looked at.
    """
    with path.open("rb") as file:
        first = file.read(512)
    for what, pattern in _FOREIGN.items():
        if re.match(pattern, first):
            return what
    pattern = _KINDS.get(path.suffix.lower(), b"")
    if re.match(pattern, first, re.DOTALL):
        return None
    return f"does not begin like a {path.suffix.lower()} file: copy it again"
