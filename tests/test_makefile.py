"""Commands of the Makefile, with programs that only say how they were called."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path):
    """A project whose environment is ready and has stand-ins for its programs."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("requirements.lock", "pyproject.toml", "data.dvc"):
        (tmp_path / name).touch()
    for number, name in enumerate((".venv/.ready", ".dvc/tmp/pulled")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (2e9 + number, 2e9 + number))
    (tmp_path / ".venv" / "bin").mkdir()
    for name in ("python", "jupyter"):
        program = tmp_path / ".venv" / "bin" / name
        program.write_text('#!/bin/sh\nprintf \'%s\\n\' "$@" "$JUPYTER_PATH"\n')
        program.chmod(0o755)
    return tmp_path


def make(project, *arguments, **environment):
    return subprocess.run(
        ["make", "-s", *arguments],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("folder", "source"),
    [("/with a blank/é", ""), ('/a "quoted" `name`', "Zenodo, 2026"), ("relative", "")],
)
def test_any_name_of_a_folder_comes_through(project, folder, source):
    done = make(project, "corpus", "NAME=rml", f"FROM={folder}", f"SOURCE={source}")
    expected = ["rml", folder, "--source", source or "unknown"]
    assert done.stdout.split("\n")[2:6] == expected, done.stderr


def test_a_corpus_without_its_folder(project):
    done = make(project, "corpus", "NAME=rml")
    assert done.returncode and "FROM: the folder of the corpus" in done.stderr


@pytest.mark.parametrize("given", ["", "/cluster/jupyter:/other"])
def test_kernels_of_a_cluster_come_after_the_environments(project, given):
    done = make(project, "lab", JUPYTER_PATH=given)
    paths = done.stdout.split("\n")[1].split(":")
    assert paths == [f"{project}/.venv/share/jupyter", *filter(None, given.split(":"))]


def test_make_alone_prints_every_target_and_starts_nothing(project):
    done = make(project)
    text = (project / "Makefile").read_text(encoding="utf-8")
    targets = text.partition(".PHONY: ")[2].splitlines()[0].split()
    assert done.returncode == 0
    assert sorted(line.split()[1] for line in done.stdout.splitlines()) == sorted(targets)
    assert all(len(line.split()) > 3 for line in done.stdout.splitlines())
