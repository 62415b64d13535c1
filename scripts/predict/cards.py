"""The files of a card: the digests that stand in its settings, and the checks of both when it is read."""

import hashlib
import json
from pathlib import Path
from typing import Any

from lib.content import FileError, reading
from lib.files import write_text
from lib.runs.run import file_version

CARD = "settings.json"
WEIGHTS = "model.safetensors"
DIGEST, FILES = "digest", "files"
LARGEST = 50_000_000
"""Bytes of the settings."""
NEEDED: dict[str, type] = {
    **dict.fromkeys(("paper", "experiment", "corpus", "code"), str),
    **dict.fromkeys(("settings", "features", "groups", "split", "calibration", "scores", FILES), dict),
    "seed": int,
}
"""What every card's settings have, by the kind of value."""


class ModelError(FileError):
    """A folder holds no network that can be used; one sentence."""


def digest(record: dict[str, Any]) -> str:
    """SHA-256 of a card's settings without the digest itself, in canonical JSON."""
    rest = {name: value for name, value in record.items() if name != DIGEST}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def write(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write a card's settings with the digests of all weights in its folder; return what was written.

    ``files`` holds the SHA-256 of each file of weights, ``digest`` that of the settings' own content. The
    page ``README.md``, which is not read when the card is loaded, has none.
    """
    found = {path.name: file_version(path) for path in sorted(folder.glob("*.safetensors"))}
    whole = json.loads(json.dumps(record | {FILES: found}))
    whole[DIGEST] = digest(whole)
    write_text(folder / CARD, json.dumps(whole, indent=1, sort_keys=True) + "\n")
    return dict(whole)


def read(folder: Path) -> dict[str, Any]:
    """Settings of a card.

    Raises
    ------
    ModelError
        If a file is missing, damaged or edited, or the card was written without digests of all files.
    """
    path = folder / CARD
    with reading(path, ModelError, "is no settings of a card or damaged: write the card again (make card)"):
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST / 1e6:.0f} MB")
        record = json.loads(path.read_text(encoding="utf-8"))
        if what := _wrong(record, folder):
            raise ModelError(f"{folder} is a damaged card: {what}: write it again (make card)")
        return dict(record)


def _wrong(record: Any, folder: Path) -> str:
    """What is wrong with a card; empty if nothing is."""
    if not isinstance(record, dict):
        return f"{CARD} holds no settings"
    if DIGEST not in record:
        return f"{CARD} has no digest of its content, as in cards of earlier versions"
    if record[DIGEST] != digest(record):
        return f"{CARD} differs from its digest, it was damaged or edited"
    lacking = [name for name, kind in NEEDED.items() if not isinstance(record.get(name), kind)]
    if lacking:
        return f"{CARD} has no {lacking[0]}"
    listed = record[FILES]
    unlisted = {WEIGHTS, *(path.name for path in folder.glob("*.safetensors"))} - set(listed)
    if unlisted:
        return f"{min(unlisted)} is in no list of {CARD}"
    for name, expected in listed.items():
        path = folder / name
        if path.parent != folder or not path.is_file():
            return f"{name} is missing"
        if file_version(path) != expected:
            return f"{name} differs from its digest"
    return ""
