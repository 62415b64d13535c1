"""Folds that git keeps for others."""

from pathlib import Path
from typing import Any

from lib.params import project_path
from scripts.folds import files

MEANING = {
    "id": "id",
    "position": "position in the corpus's own order, from 0",
    "speaker": "speaker",
    "release_part": "part of the release",
}
"""What names a sample, by the first column of a file."""


def values(folder: Path | None = None) -> dict[str, Any]:
    """What the template ``folds`` shows: the index, with short digests."""
    index = files.read_index(folder or project_path("folds"))
    index["named by"] = index.pop("key").map(MEANING)
    index["sha256"] = index["sha256"].astype(str).str[:12]
    return {"index": index[["file", "named by", "repeats", "folds", "samples", "made from", "sha256"]]}
