"""A corpus of one's own: its profile and the command's words for each kind of file."""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from PIL import Image

from lib import params
from lib.corpora.catalogue import CorpusError
from lib.papers.context.settings import ExtractionStage
from scripts.corpora import adding, summary
from tests.corpora.conftest import avi

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without corpora, with the project's own parameters."""
    root = tmp_path / "project"
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / "data").mkdir()
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    shutil.copytree(ROOT / "profiles", root / "profiles")
    monkeypatch.chdir(root)
    return root


def write(path: Path, number: int) -> None:
    """A file of the kind that its suffix names."""
    if path.suffix == ".wav":
        soundfile.write(path, np.random.default_rng(number).normal(0, 0.1, 1600), 16_000)
    elif path.suffix == ".npy":
        np.save(path, np.random.default_rng(number).normal(size=(9, 4, 3)).astype(np.float32))
    elif path.suffix == ".avi":
        path.write_bytes(avi(30 + number))
    else:
        Image.new("RGB", (40, 30), (number, 0, 0)).save(path)


def add(project: Path, suffix: str, column: str = "label", values: Sequence[str] = ("calm", "glad")) -> str:
    """Add twenty-four files of one kind; returns what the command prints."""
    folder = project.parent / "files"
    folder.mkdir()
    rows = []
    for number in range(24):
        write(folder / f"{number:02d}{suffix}", number)
        rows.append([f"{number:02d}{suffix}", values[number % len(values)], f"s{number % 4}"])
    table = project.parent / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["path", column, "speaker"], *rows])
    corpus, origin = adding.add_own("mine", table, folder, project / "data", dvc=False)
    return summary.report(origin, False, False, corpus)


@pytest.mark.parametrize("suffix", [".png", ".avi"])
def test_weights_that_are_needed_are_null_in_the_profile_and_named(project: Path, suffix: str) -> None:
    said = add(project, suffix)
    assert said.endswith("next: the weights that are null in profiles/mine.yaml, then `make repro`")
    text = (project / "profiles/mine.yaml").read_text()
    assert "imagenet or random" in text and "standardised" not in text
    stages = yaml.safe_load(text)
    if suffix == ".avi":
        assert stages["audiovisual"]["training"]["backbone"] == {"weights": None}
    else:
        assert stages["context"]["extraction"]["weights"] == {"body": None, "place": None, "gist": None}
        (project / "profiles/mine.yaml").write_text(text.replace("null", "random"))
        found = params.read("context.extraction", ExtractionStage, "mine").weights
        assert set(found.values()) == {"random"}


@pytest.mark.parametrize(("suffix", "scaled"), [(".wav", True), (".npy", True), ("", False)])
def test_without_weights_the_pipeline_is_next(project: Path, suffix: str, scaled: bool) -> None:
    said = add(project, suffix) if suffix else add(project, ".avi", "value", ("0.5", "-0.5"))
    assert said.endswith("\nnext: `make repro`")
    text = (project / "profiles/mine.yaml").read_text()
    assert ("standardised" in text) == scaled and "null" not in text


@pytest.mark.parametrize("label", ["script", "video", "detected", "mAP"])
def test_labels_that_are_columns_of_results_are_refused(project: Path, label: str) -> None:
    with pytest.raises(CorpusError, match=f"the label {label} is the name of a column"):
        add(project, ".png", values=("calm", label))


def test_the_reason_of_a_failure_of_dvc_is_shown(project: Path) -> None:
    add(project, ".wav")
    table, folder = project.parent / "table.csv", project.parent / "files"
    with pytest.raises(CorpusError, match=r"(?s)`dvc add data` failed.*nothing is changed\n.*repository"):
        adding.add_own("other", table, folder, project / "data")
