"""Origin of a corpus folder: its PROVENANCE.json."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from lib.content import reading
from lib.corpora.catalogue import CorpusError, Kind
from lib.files import write_text
from lib.settings import Settings

FILE_NAME = "PROVENANCE.json"
HASHED_BYTES = 1 << 20
"""A version depends on the content of files up to this size, and on the size of larger ones."""

_MARKERS: dict[Kind, str] = {
    "synthetic": "synthetic sample",
    "open": "open data",
    "licensed": "licensed corpus",
    "own": "own corpus",
}


class Provenance(Settings):
    """Origin of the files in ``data/<corpus>``; PROVENANCE.json itself is not counted."""

    corpus: str
    kind: Kind
    """Made by this project, freely available, bound by an agreement, or the user's own."""
    version: str
    """Digest of the corpus's files (see `version_of`)."""
    source: str
    licence: str
    counts: dict[str, int]
    """Counts found by the reader's check."""
    files: int
    bytes: int
    effects: str | None = None
    """File, relative to the corpus folder, with the effects planted in a synthetic corpus."""
    left_out: dict[str, str] | None = None
    """Damaged files that were not copied, relative to the source, each with the reason."""

    @property
    def is_synthetic(self) -> bool:
        """Whether the corpus was made by this project, so that results say nothing about people."""
        return self.kind == "synthetic"

    @property
    def marker(self) -> str:
        """Label shown with every result: synthetic sample, open data or licensed corpus."""
        return _MARKERS[self.kind]

    def write(self, folder: Path) -> Path:
        """Write PROVENANCE.json into the corpus folder."""
        path = folder / FILE_NAME
        text = json.dumps(self.model_dump(exclude_none=True), indent=2, ensure_ascii=False)
        write_text(path, text + "\n")
        return path


def read(folder: Path) -> Provenance:
    """Provenance of a corpus folder; CorpusError if PROVENANCE.json is missing, not JSON or lacks a field."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise CorpusError(
            f"no {path}: corpora come into data/ with `make corpus NAME=... FROM=...`, "
            "which writes it, or with `dvc pull`; a folder copied by hand has no known origin"
        )
    with reading(path, CorpusError, "is not JSON, or is not valid"):
        return Provenance.model_validate(json.loads(path.read_text(encoding="utf-8")))


def left_out(where: Path) -> set[str]:
    """Files left out of the corpus around `where`, and their bare names; none without PROVENANCE.json."""
    around = next((own for own in (where, *where.parents) if (own / FILE_NAME).is_file()), None)
    files = read(around).left_out or {} if around else {}
    return {*files, *(Path(name).name for name in files)}


def effects(folder: Path) -> dict[str, Any]:
    """Effects that are planted in a synthetic corpus, as its effects file states them.

    CorpusError if PROVENANCE.json names no effects file, or the file is missing.
    """
    name = read(folder).effects
    if name is None or not (folder / name).is_file():
        raise CorpusError(f"{folder / FILE_NAME} names no effects file that exists")
    with reading(folder / name, CorpusError, "is no table in YAML"):
        return dict(yaml.safe_load((folder / name).read_text(encoding="utf-8")))


def version_of(folder: Path, files: Iterable[str]) -> str:
    """First 16 hexadecimal digits of the SHA-256 over a corpus's files.

    Hashed are the sorted paths (relative to `folder`, with forward slashes), each with its size
    and, up to `HASHED_BYTES`, with its content.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        path = folder / name
        size = path.stat().st_size
        digest.update(f"{name}\0{size}\0".encode())
        if size <= HASHED_BYTES:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
