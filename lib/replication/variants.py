"""Sample corpora whose effects have other strengths, drawn when they are needed, and extracted."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from lib import params, processor
from lib.papers.extracted import Source
from lib.project import project_path
from lib.runs.cluster import SCHEDULER
from lib.runs.code import code_version
from lib.runs.source import read

ROOT = "runs/variants"
GENERATOR = "scripts/sample_corpora"
SHARED = ["lib", "scripts", "notebooks", "profiles", "params.yaml", "dvc.yaml"]
SHARED += ["requirements.lock", "outputs/notebooks"]
"""What a variant's project has in common with this one."""


class VariantError(RuntimeError):
    """A variant of a sample corpus could not be drawn or extracted."""


@dataclass(frozen=True)
class Variant:
    """A sample corpus with its own seed, in which some effects have another strength."""

    paper: str
    corpus: str
    effects: tuple[str, ...]
    strength: float
    seed: int

    @property
    def folder(self) -> str:
        """Project of its own, relative to this one; named by all that decides what it holds."""
        extraction = code_version(f"lib.papers.{self.paper}.extraction", [])
        settings = params.block(f"{self.paper}.extraction", self.corpus)
        content = [asdict(self), generator_version(), extraction, settings]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return f"{ROOT}/{self.corpus}-{self.strength:g}-{digest[:16]}"

    def source(self) -> Source:
        """What the paper's extraction wrote."""
        folder = f"{self.folder}/outputs/{self.paper}/01_extraction/{self.corpus}"
        return Source.of(self.corpus, folder)


@cache
def generator_version() -> str:
    """Version of the code and of the effects files that draw sample corpora."""
    found = {}
    for path in sorted(project_path(GENERATOR).iterdir()):
        if path.suffix == ".py":
            found[path.name] = read(path).version
        elif path.suffix == ".yaml":
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]


def make(variants: Sequence[Variant]) -> None:
    """Draw and extract the variants that are not there yet, one on each core.

    VariantError with the last lines of the first command that failed.
    """
    waiting = [each for each in variants if not project_path(f"{each.folder}/done").is_file()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_make, waiting))


def _make(variant: Variant) -> None:
    """Draw a corpus in a project of its own, run the paper's extraction there, drop the corpus."""
    root = project_path(variant.folder)
    shutil.rmtree(root, ignore_errors=True)
    for name in SHARED:
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(project_path(name))
    corpus = variant.corpus
    draw = ["scripts.sample_corpora", corpus, "--to", f"data/{corpus}", "--seed", str(variant.seed)]
    for name in variant.effects:
        draw += ["--strength", f"{name}={variant.strength}"]
    _run(root, draw)
    _run(root, ["scripts.notebook", "run", f"{variant.paper}/01_extraction", "-p", "corpus", corpus])
    for name in ("data", "reports"):
        shutil.rmtree(root / name)
    (root / "done").touch()


def _run(root: Path, arguments: list[str]) -> None:
    """Run a module in a project of its own, with a cluster of its own."""
    environment = os.environ | processor.ENVIRONMENT | {"PYTHONPATH": str(root)}
    environment.pop(SCHEDULER, None)
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        lines = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise VariantError(f"{' '.join(arguments)}:\n{lines}")
