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
from lib.corpora import catalogue
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


def add_pictures(project: Path, rows: Sequence[Sequence[str]], columns: str) -> str:
    """Add pictures by the rows of a table; returns what the command prints."""
    folder, table = project.parent / "files", project.parent / "table.csv"
    folder.mkdir()
    for number, name in enumerate({row[0] for row in rows}):
        write(folder / name, number)
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    corpus, origin = adding.add_own("mine", table, folder, project / "data", dvc=False)
    return summary.report(origin, False, False, corpus)


def test_two_recordings_are_tested_although_one_is_the_longest(project: Path) -> None:
    """Frames of videos: intervals are over videos, so one of them cannot be the test part."""
    sizes = {"long": 40, "one": 15, "two": 15, "three": 8, "four": 6, "five": 1}
    rows = [
        [f"{name}_{number}.png", "ab"[number % 2], name]
        for name, size in sizes.items()
        for number in range(size)
    ]
    assert "has the label" not in add_pictures(project, rows, "path,label,session")
    found = catalogue.read("mine", project / "data")
    clusters = found.groupby("part")["cluster"].agg(set)
    assert len(clusters["test"]) > 1 and not clusters["test"] & clusters["train"]
    assert {*found.loc[found["part"] == "test", "label"]} == {"a", "b"}


def test_labels_that_are_in_one_part_are_named_in_the_warning(project: Path) -> None:
    rows = [[f"{number}.png", "ab"[number % 2], str(number // 2)] for number in range(20)]
    rows += [[f"c{number}.png", "rare", "9"] for number in range(3)]
    said = add_pictures(project, rows, "path,label,session")
    assert "none to test, has the label rare" in said
    assert catalogue.get("mine").warning.count("has the label rare") == 1  # type: ignore[union-attr]


def test_a_single_group_in_the_test_part_is_refused(project: Path) -> None:
    parts = {0: "train", 1: "train", 2: "dev", 3: "test"}
    rows = [
        [f"{number}.png", "ab"[number // 4 % 2], f"s{number % 4}", parts[number % 4]] for number in range(24)
    ]
    with pytest.raises(CorpusError, match=r"the split test has a single speaker.*move rows"):
        add_pictures(project, rows, "path,label,speaker,split")


@pytest.mark.parametrize("column", ["speaker", "session"])
def test_files_are_the_groups_where_one_speaker_or_session_has_everything(project: Path, column: str) -> None:
    folder, table = project.parent / "files", project.parent / "table.csv"
    folder.mkdir()
    rows = [[f"{number:02d}.wav", "ab"[number % 2], "only"] for number in range(24)]
    for number, row in enumerate(rows):
        write(folder / row[0], number)
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["path", "label", column], *rows])
    corpus, _ = adding.add_own("mine", table, folder, project / "data", dvc=False)
    assert "the same person" in str(corpus.warning)
    assert catalogue.read("mine", project / "data")["cluster"].nunique() == 24


def test_parts_are_the_groups_where_one_file_has_everything(project: Path) -> None:
    folder, table = project.parent / "files", project.parent / "table.csv"
    folder.mkdir()
    soundfile.write(folder / "all.wav", np.random.default_rng(0).normal(0, 0.1, 48_000), 16_000)
    rows = [["all.wav", "ab"[number % 2], number / 8, (number + 1) / 8] for number in range(24)]
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["path", "label", "start", "end"], *rows])
    adding.add_own("mine", table, folder, project / "data", dvc=False)
    assert catalogue.read("mine", project / "data")["cluster"].nunique() == 24
