"""Corpora with a table in the notebooks: the same scores as by a reader, and files of each kind."""

import csv
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from lib import params
from lib.corpora import catalogue, emodb, provenance, ravdess
from lib.corpora.provenance import Provenance
from lib.corpora.ravdess import Recording
from lib.evaluation.predictions import gather
from lib.features.store import FeatureStore
from lib.papers.extracted import Source
from lib.papers.skeletal import extraction, runs, speech
from lib.papers.skeletal.settings import TrainingStage
from lib.runs import store
from lib.runs.source import ROOT
from lib.splits import schemes
from scripts.corpora import adding

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project without corpora, whose profile is the papers'."""
    root = tmp_path / "project"
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / "data").mkdir()
    for name in ("params.yaml", "dvc.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        (root / name).write_text(text.replace("profile: sample", "profile: paper", 1), encoding="utf-8")
    for name in ("profiles", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    monkeypatch.chdir(root)
    monkeypatch.setattr(store, "execute", execute)
    return root


def execute(planned, folder):
    for run in planned:
        store.carry_out(run, str(folder))
    return [folder / run.key for run in planned]


def tone(path, height, number):
    """Half a second of a tone in noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(8000) / 16_000
    noise = np.random.default_rng(number).normal(0, 0.02, len(times))
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * height * times) + noise, 16_000)


def added(project, folder, rows, columns):
    table = project.parent / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    adding.add_own("mine", table, folder, project / "data", dvc=False)


def notebook(project, name, **overrides):
    """Execute a notebook on the corpus; returns what its cells printed."""
    out = project / f"{name.replace('/', '_')}.ipynb"
    given = "\n".join(["overrides:", *(f"  {key}: {value}" for key, value in overrides.items())])
    command = [sys.executable, "-m", "papermill", f"notebooks/{name}.ipynb", str(out), "-p", "corpus", "mine"]
    command += ["-y", given] if overrides else []
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return out.read_text(encoding="utf-8")


def predicted(corpus, project):
    """Features of a corpus and predictions of a forest and of a short training on them."""
    origin = provenance.read(project / "data" / corpus)
    folder = project / "features" / corpus
    folder.mkdir(parents=True)
    settings = params.read("skeletal.extraction", extraction.ExtractionStage, corpus)
    table = catalogue.read(corpus, project / "data")
    labelled = table[table["label"].isin(catalogue.get(corpus).use("skeletal").classes)]
    lifter = extraction.prepare_lifter(corpus, settings, folder)
    found = extraction.extract(corpus, labelled, settings, lifter, folder, origin, folder)
    described = extraction.describe(corpus, origin)
    samples = speech.extract_speech(corpus, found.samples, folder, described)
    samples.to_parquet(folder / "samples.parquet")
    changes = {"scheme": "speaker_kfold", "folds": 3, "repeats": 1, "experiments": ["ARE"]}
    changes |= {"inputs.audio.frames": 50, "inputs.audio.standardise": True, "baseline.trees": 20}
    changes |= {"training.epochs": 2, "training.patience": 2, "training.batch_size": 16}
    stage = params.read("skeletal.training", TrainingStage, corpus, changes)
    source = Source.of(corpus, folder)
    splits = schemes.make(stage.scheme, samples, stage.folds, stage.repeats, stage.seed)
    done = runs.perform(stage.experiments, stage, source, splits)
    forests = runs.perform_baselines(stage.experiments, stage, source, splits)
    stores = {name: FeatureStore(folder / f"{name}.arrow") for name in ("mfcc", "prosody")}
    return stores, gather([*done.folders, *forests.folders], folder / "predictions.parquet")


def test_a_table_of_ravdess_gives_the_predictions_of_its_reader(project, tmp_path):
    pytest.importorskip("opensmile")
    rows = []
    for actor in range(1, 7):
        for place, emotion in enumerate((1, 3, 4, 5)):
            for statement, repetition in ((1, 1), (1, 2), (2, 1), (2, 2)):
                name = Recording(3, 1, emotion, 1, statement, repetition, actor).name
                path = f"Actor_{actor:02d}/{name}.wav"
                tone(tmp_path / "ravdess" / path, 150 + 60 * place + 5 * actor, len(rows))
                rows.append([path, ravdess.CLASSES[emotion - 1], path[:8]])
    shutil.copytree(tmp_path / "ravdess", project / "data" / "ravdess")
    made = {"version": "1", "source": "made here", "licence": "none", "counts": {}, "files": 96, "bytes": 1}
    Provenance(corpus="ravdess", kind="synthetic", **made).write(project / "data" / "ravdess")
    added(project, tmp_path / "ravdess", rows[::-1], ["path", "label", "speaker"])
    (theirs, expected), (ours, found) = (predicted(name, project) for name in ("ravdess", "mine"))
    for name, values in ours.items():
        assert list(values) == list(theirs[name])
        assert all(values[key].tobytes() == theirs[name][key].tobytes() for key in values)
    same = [column for column in expected if column not in ("corpus", "run")]
    assert len(found) and set(found["experiment"]) == {"ARE", runs.BASELINES["audio"]}
    pd.testing.assert_frame_equal(found[same], expected[same], check_exact=True)


def test_files_named_as_in_emodb_go_through_the_notebooks(project, tmp_path):
    pytest.importorskip("opensmile")
    rows = []
    for speaker in ("03", "08", "09", "10"):
        for number, letter in enumerate(4 * "WFTN"):
            path = tmp_path / "files" / f"wav/{speaker}a{number:02d}{letter}a.wav"
            tone(path, 150 + 60 * "WFTN".index(letter), len(rows))
            rows.append([f"wav/{path.name}", emodb.LETTERS[letter]])
    added(project, tmp_path / "files", rows, ["path", "label"])
    assert "warning: no speaker is named" in notebook(project, "skeletal/01_extraction")
    small = {"folds": 2, "repeats": 1, "training.epochs": 1, "baseline.trees": 5, "inputs.audio.frames": 40}
    assert "warning: no speaker is named" in notebook(project, "skeletal/02_training", **small)
    scores = pd.read_csv(project / "outputs/scratch/skeletal/02_training/mine/reports/tables/scores.csv")
    assert {"ARE", runs.BASELINES["audio"]} <= set(scores["experiment"])


def test_pictures_go_through_the_extraction_of_context(project, tmp_path):
    (tmp_path / "files").mkdir()
    generator, rows = np.random.default_rng(0), []
    for number in range(20):
        picture = Image.fromarray(generator.integers(0, 255, (40, 60, 3), np.uint8))
        picture.save(tmp_path / "files" / f"{number}.jpg")
        rows.append([f"{number}.jpg", "calm; glad" if number % 2 else "sad"])
    added(project, tmp_path / "files", rows, ["path", "label"])
    weights = "{body: random, place: random, gist: random}"
    notebook(
        project, "context/01_extraction", size=32, backbone="{name: small, channels: 8}", weights=weights
    )
    stored = FeatureStore(project / "outputs/scratch/context/01_extraction/mine/outputs/pictures.arrow")
    assert len(list(stored)) == 20 and stored.metadata["labels"] == ["calm", "glad", "sad"]


def test_skeletons_go_through_the_extraction_of_movement(project, tmp_path):
    (tmp_path / "files").mkdir()
    rows = []
    for number in range(48):
        walk = np.random.default_rng(number).normal(size=(60, 6, 3)).cumsum(axis=0) / 100
        np.save(tmp_path / "files" / f"{number:02d}.npy", walk)
        rows.append([f"{number:02d}.npy", "ab"[number % 2], str(number % 4)])
    added(project, tmp_path / "files", rows, ["path", "label", "speaker"])
    notebook(project, "skeletal/01_extraction")
    stored = FeatureStore(project / "outputs/scratch/skeletal/01_extraction/mine/outputs/skeleton.arrow")
    assert len(list(stored)) == 48 and stored["00"].shape == (60, 6, 3)
