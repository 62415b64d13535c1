"""A new corpus makes no stage of another stale."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.corpora.conftest import write_egait
from tests.egait_release import CLASSES

ROOT = Path(__file__).parents[2]
CONTROLS = {"replication_03_negative_controls", "replication_04_power"}
"""Frozen stages that read the parameters of all corpora."""


def run(project: Path, *command: object) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(project),
        "DVC_SITE_CACHE_DIR": str(project.parent / "site"),
    }
    given = [sys.executable, "-m", *map(str, command)]
    done = subprocess.run(given, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changed(project: Path) -> dict[str, Any]:
    """Dependencies of each stage that differ from those in dvc.lock."""
    found = json.loads(run(project, "dvc", "status", "--json"))
    parts = ((name, part) for name, entry in found.items() for part in entry if isinstance(part, dict))
    return {name: part["changed deps"] for name, part in parts if "changed deps" in part}


@pytest.mark.slow
def test_only_stages_of_the_corpus_become_stale(tmp_path: Path) -> None:
    """In a clone without results; its stages' code and parameters are written before and after."""
    project = tmp_path / "project"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in names.stdout.split("\0"):
        if (ROOT / name).is_file() and not name.startswith((".dvc/sample", "tests/", "reports/")):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, project / name)
    shutil.copytree(ROOT / "data", project / "data")
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    run(project, "scripts.notebook", "strip")
    before = changed(project)

    labels = [label for label, number in enumerate(CLASSES) for _ in range(number)]
    gaits = {f"{row:03d}_{row % 7:02d}_positions.csv": label for row, label in enumerate(labels)}
    run(project, "scripts.add_corpus", "egait", write_egait(tmp_path / "release", gaits))
    run(project, "scripts.notebook", "strip")
    after = changed(project)
    stale = {name for name in after if after[name] != before.get(name)}
    assert stale, "a new corpus has stages"
    assert {name for name in stale if not name.endswith("@egait")} <= CONTROLS | {"notebooks"}
    assert not set(before) - set(after)
