"""Runs: independent units of an experiment, addressed by everything that decides their result."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.splits.split import Split, fingerprint


@dataclass(frozen=True)
class Run:
    """One (experiment, corpus, repeat, fold, seed) with everything that decides its result.

    `work` is ``"module:function"``, called as ``function(run, folder, checkpoint)``; it writes its
    results into the folder, and may keep its progress in the file `checkpoint`.
    """

    work: str
    experiment: str
    corpus: str
    split: Split  # carries repeat and fold
    seed: int  # of initialisation, batch order and dropout
    settings: dict[str, Any]  # JSON-serialisable, of model and training
    data: dict[str, str]  # SHA-256 of each input file by path relative to the project
    models: tuple[str, ...]  # names in `lib.models.registry` of the models that the work builds
    code: str  # version of the code that does the work; see `lib.runs.code.code_version`

    @property
    def key(self) -> str:
        """Content key: equal keys mean equal results."""
        names = (self.work, self.code, self.experiment, self.corpus)
        content = [*names, fingerprint(self.split), self.seed, self.settings, self.data]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """Short description for messages."""
        place = f"repeat {self.split.repeat}, fold {self.split.fold}"
        return f"{self.experiment}, {self.corpus}, {place}"


def file_version(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
