"""Form of a file of shared results: what it may hold, and its checksum."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import Field

from lib.content import FileError
from lib.corpora.catalogue import Kind
from lib.files import write_text
from lib.settings import Settings

FORMAT = "emotion-recognition compendium, shared results"
VERSION = 1
WITHHELD = "(withheld)"
"""Stands for a setting that may name a file or a sample."""
DIGEST = r"[0-9a-f]{64}"
LABORATORY = r"^[\w .,()&'-]{0,60}$"


class ShareError(FileError):
    """Results cannot be shared, or a file of them is refused; the message gives the reason."""


class Score(Settings):
    """One score with its 95 % interval; `spread` is None for a single repetition."""

    experiment: str
    metric: str
    score: float
    low: float
    high: float
    spread: float | None = None
    repeats: int = Field(ge=1)
    runs: int = Field(ge=1)
    samples: int = Field(ge=1)


class Cell(Settings):
    """A number beside a published one, in the unit in which that is printed."""

    cell_id: str
    ours: float
    low: float | None
    high: float | None
    runs: int | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    margin: float | None
    verdict: str


class Folds(Settings):
    """Digest of all stored splits of a stage, and their sizes; no id. Samples may be segments of clips."""

    sha256: str = Field(pattern=f"^{DIGEST}$")
    schemes: tuple[str, ...]
    repeats: int = Field(ge=1)
    folds: int = Field(ge=1)
    samples: int = Field(ge=1)


class Result(Settings):
    """Results of one stage on one corpus; `folds` is None where the splits are not stored."""

    stage: str = Field(pattern=r"^\w+/\d\d_\w+$")
    corpus: str
    seed: int
    code_version: str = Field(pattern=f"^{DIGEST}$")
    settings_version: str = Field(pattern=f"^{DIGEST}$")
    settings: dict[str, Any]
    folds: Folds | None
    scores: tuple[Score, ...]
    cells: tuple[Cell, ...]


class Data(Settings):
    """Version of a corpus: kind, digest and the counts of the reader's check."""

    kind: Kind
    version: str = Field(pattern=r"^([0-9a-f]{16}|sample-\d+-[0-9a-f]{8})$")
    counts: dict[str, int]


class Code(Settings):
    """Commit of the project, empty if it is not known, and SHA-256 of its lock file."""

    revision: str = Field(pattern=r"^([0-9a-f]{40})?$")
    lock: str = Field(pattern=f"^{DIGEST}$")


class Document(Settings):
    """Content of ``shared-results.json``."""

    format: str
    version: int
    laboratory: str = Field(pattern=LABORATORY)
    synthetic: bool
    """Whether any corpus is a synthetic sample, so that nothing here says anything about people."""
    code: Code
    corpora: dict[str, Data]
    results: tuple[Result, ...]
    checksum: str = Field(pattern=f"^{DIGEST}$")

    @property
    def reporter(self) -> str:
        """Who reports these results: ``a third party (<laboratory>)``."""
        return f"a third party ({self.laboratory})" if self.laboratory else "a third party"

    def write(self, path: Path) -> None:
        """Write the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n")


def checksum(content: dict[str, Any]) -> str:
    """SHA-256 of a document's content without its own ``checksum``, in canonical JSON."""
    rest = {name: value for name, value in content.items() if name != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def settings_version(settings: dict[str, Any]) -> str:
    """Digest of settings, as `lib.evaluation.results.write_result` computes it."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def texts(content: Any) -> list[str]:
    """Every text in a document's content, names of keys among them."""
    if isinstance(content, dict):
        return [text for key, value in content.items() for text in (str(key), *texts(value))]
    if isinstance(content, list | tuple):
        return [text for value in content for text in texts(value)]
    return [content] if isinstance(content, str) else []
