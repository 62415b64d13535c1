"""Extraction and training of every paper give the same bytes whatever the caller's shell holds."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib import processor

ROOT = Path(__file__).parents[2]
PAPERS = {
    "skeletal extraction": ("test_skeletal_extraction.py::test_samples_are_cut_filtered_and_stored"),
    "skeletal training": ("test_skeletal_training.py::test_every_model_learns_and_predicts_each_test_sample"),
    "audiovisual": "test_audiovisual.py::test_two_phases_and_votes",
    "context": "test_context.py::test_runs_give_scores_and_weights_of_every_tested_person",
    "valence": "test_valence.py::test_a_run_predicts_every_label_also_without_any_face",
}
"""Tests that extract a tiny corpus and train on it, in the folder that pytest gives them."""
OLD = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
}
WIDE = {"ATEN_CPU_CAPABILITY": "avx512", "ONEDNN_MAX_CPU_ISA": "ALL", "OMP_NUM_THREADS": "2"}
RUN = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
PINNED = f"from lib import processor; processor.pin(); {RUN}"


def written(code, test, variables, folder):
    """Hash of every file that a test writes in a process of its own, by path."""
    clean = {name: value for name, value in os.environ.items() if name not in processor.ENVIRONMENT}
    command = [sys.executable, "-c", code, "-q", f"--basetemp={folder}"]
    command += ["--override-ini=tmp_path_retention_policy=all", f"tests/papers/{test}"]
    environment = clean | variables | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def different(one, other):
    return [path for path in one.keys() | other.keys() if one.get(path) != other.get(path)]


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
def test_the_callers_variables_change_no_byte(paper, tmp_path):
    """Features, weights and predictions; the pin replaces what the caller has set."""
    first, *others = (
        written(PINNED, PAPERS[paper], variables, tmp_path / "run") for variables in ({}, OLD, WIDE)
    )
    assert any(path.endswith((".arrow", ".safetensors")) for path in first)
    for other in others:
        assert different(first, other) == []


@pytest.mark.slow
def test_without_the_pin_they_change_weights(tmp_path):
    test = PAPERS["context"]
    pinned = written(PINNED, test, OLD, tmp_path / "run")
    free = written(RUN, test, OLD, tmp_path / "run")
    assert any(path.endswith(".safetensors") for path in different(pinned, free))
