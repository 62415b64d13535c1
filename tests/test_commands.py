"""Every command of `lib` explains itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "notebook",
    "sweep",
    "params",
    "jupyter",
    "corpora.add",
    "features.pose_detector",
    "replication.planted",
    "runs.cluster",
    "report.committed",
    "report.site",
    "report.open_data",
)


def test_every_command_is_listed():
    files = (ROOT / "lib").rglob("*.py")
    found = {
        ".".join(path.relative_to(ROOT / "lib").with_suffix("").parts)
        for path in files
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert found == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_prints_the_usage_and_runs_nothing(name, tmp_path):
    """In an empty folder every command that starts its work fails or leaves a file."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", f"lib.{name}", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m lib.{name} ")
    assert list(tmp_path.iterdir()) == []
