"""What a killed command left behind: the next one removes it, and what was replaced comes back."""

import os
import subprocess
from pathlib import Path

import pytest

from lib import files
from scripts.corpora import placing

PARAMS = (
    "profile: sample # or paper\n\ncorpus_profiles: {}\nskeletal:\n  corpora:\n  - iemocap\n"
    "  speaker_corpora:\n  - iemocap\n  frames: 8\n"
)
AFTER = PARAMS.replace("{}", "{ravdess: paper}").replace("- iemocap\n", "- iemocap\n  - ravdess\n")


def dead() -> int:
    """Number of a process that is gone."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path


def left_behind(project: Path, process: int) -> Path:
    own = files.temporary(project / placing.WORK / "ravdess")
    own = own.with_name(own.name.replace(f"~{os.getpid()}~", f"~{process}~"))
    (own / placing.NEW).mkdir(parents=True)
    (own / placing.NEW / "a.wav").write_bytes(b"recorded")
    return own


def test_a_dead_owners_copy_is_removed_and_what_it_replaced_comes_back(project: Path) -> None:
    own, living = left_behind(project, dead()), left_behind(project, os.getppid())
    (own / placing.OLD).mkdir()
    (own / placing.OLD / "sample.txt").write_text("sample")
    said = placing.recover(project / "data")
    assert "data/ravdess is back" in said[1]
    assert (project / "data/ravdess/sample.txt").read_text() == "sample"
    assert not own.exists() and (living / "new/a.wav").exists()


def test_what_is_in_place_is_not_replaced(project: Path) -> None:
    own = left_behind(project, dead())
    (own / placing.OLD).mkdir()
    (project / "data/ravdess").mkdir(parents=True)
    (project / "data/ravdess/a.wav").write_bytes(b"recorded")
    placing.recover(project / "data")
    assert [path.name for path in (project / "data").rglob("*") if path.is_file()] == ["a.wav"]
    assert (project / "data/ravdess/a.wav").read_bytes() == b"recorded"
    assert not (project / placing.WORK).exists()


@pytest.mark.parametrize("cut", ["", "outs:\n- md5: 0123", "outs:\n- md5: a.dir\n  pa", None])
def test_a_file_that_dvc_was_writing_comes_back(project: Path, cut: str | None) -> None:
    whole = "outs:\n- md5: 0123.dir\n  size: 1\n  path: data\n"
    own = left_behind(project, dead())
    (project / "data.dvc").write_text(whole)
    placing.save(own, project / "data.dvc")
    (project / ".dvc/tmp/rwlock").write_text('{"data": {"re')
    if cut is None:
        (project / "data.dvc").write_text(whole.replace("0123", "4567"))
    else:
        (project / "data.dvc").write_text(cut)
    placing.recover(project / "data")
    assert (project / "data.dvc").read_text() == (whole if cut is not None else whole.replace("0123", "4567"))
    assert not (project / ".dvc/tmp/rwlock").exists()
