"""A run predicts its test samples again without its corpus, to the last bit."""

import shutil

import numpy as np
import pandas as pd
import pytest

from lib import params
from lib.features.store import FeatureStore, FeatureWriter
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.context import runs as context
from lib.papers.skeletal import runs as skeletal
from lib.papers.valence import runs as valence
from lib.papers.valence.settings import TrainingStage
from lib.runs import phases, store
from scripts.predict import models
from tests.papers import test_audiovisual, test_context, test_skeletal_training, test_valence
from tests.papers.test_skeletal_training import project as skeletons  # noqa: F401
from tests.papers.test_valence import source as recordings  # noqa: F401

extracted_clips = test_audiovisual.extracted
extracted_people = test_context.extracted


def some(source, target, ids, names=None):
    """Copy of feature stores with some samples only."""
    for path in source.glob("*.arrow"):
        whole = FeatureStore(path)
        kind = "uint8" if whole[next(iter(whole))].dtype == np.uint8 else "float32"
        with FeatureWriter(target / path.name, {}, kind) as writer:
            for name in ids if set(ids) <= set(whole) else whole:
                writer.write(name, np.array(whole[name]))


def tested(folder, file="predictions.parquet", prefix="probability_"):
    table = pd.read_parquet(folder / file).query("part == 'test'")
    return table, table[[name for name in table if name.startswith(prefix)]].to_numpy()


@pytest.mark.parametrize("name", ["SMACN", "MDRE", "SMERN-GA"])
def test_skeletons_speech_words_and_their_fusion(skeletons, tmp_path, name):  # noqa: F811
    settings = test_skeletal_training.stage(epochs=2)
    changed = params.merge(
        settings.inputs.model_dump(), {k: {"standardise": True} for k in ("skeleton", "audio")}
    )
    settings = settings.model_validate(settings.model_dump() | {"inputs": changed})
    splits = test_skeletal_training.splits_of(skeletons, settings)[:1]
    done = skeletal.perform([name], settings, test_skeletal_training.source(), splits).of(name)
    table, expected = tested(done.folders[0])
    own, ids = tmp_path / "own", list(table["sample_id"])
    some(tmp_path / "extraction/iemocap", own, ids)
    skeletons[skeletons["sample_id"].isin(ids)][["sample_id", "transcript"]].to_parquet(
        own / "samples.parquet"
    )
    shutil.rmtree(tmp_path / "extraction")
    trained = models.load(done.folders[0])
    assert trained.names == test_skeletal_training.CLASSES
    assert np.array_equal(trained.outputs(own, ids), expected)
    groups = trained.record["groups"]
    assert groups["test"] == skeletons[skeletons["sample_id"].isin(ids)]["speaker"].nunique()
    assert groups["shared"] == 8 == groups["train"]


@pytest.mark.parametrize("name", ["audio", "attention"])
def test_segments_of_clips(extracted_clips, tmp_path, monkeypatch, name):
    monkeypatch.chdir(extracted_clips[0])
    monkeypatch.setattr(store, "execute", test_skeletal_training.execute)
    settings = test_audiovisual.stage()
    source = test_audiovisual.source()
    splits, _ = audiovisual.draw("leave_one_subject_out", source, settings, 1)
    done = audiovisual.perform([name], settings, source, splits[:1]).of(name)
    table, expected = tested(done.folders[0], "segments.parquet")
    clips, own = list(table["sample_id"].str.split("#").str[0].unique()), tmp_path / "own"
    folder = extracted_clips[0] / "extraction/rml"
    some(folder, own, clips)
    segments = pd.read_parquet(folder / "segments.parquet")
    segments[segments["sample_id"].isin(clips)].to_parquet(own / "segments.parquet")
    shutil.move(folder, tmp_path / "away")
    try:
        trained = models.load(done.folders[0])
        assert np.array_equal(trained.outputs(own, list(table["sample_id"])), expected)
    finally:
        shutil.move(tmp_path / "away", folder)
    assert trained.record["groups"] == {"train": 2, "dev": 2, "test": 1, "shared": 0}


def test_people_in_pictures(extracted_people, tmp_path, monkeypatch):
    monkeypatch.chdir(extracted_people[0])
    monkeypatch.setattr(store, "execute", test_skeletal_training.execute)
    settings = test_context.stage()
    assert settings.store_frozen
    source, _, done = test_context.run_of(settings, extracted_people[1])
    table, expected = tested(done.folders[0], prefix="score_")
    folder, ids = extracted_people[0] / source.folder, list(table["sample_id"])
    some(folder, tmp_path / "own", ids)
    shutil.move(folder, tmp_path / "away")
    try:
        trained = models.load(done.folders[0])
        assert np.array_equal(trained.outputs(tmp_path / "own", ids), expected)
    finally:
        shutil.move(tmp_path / "away", folder)
    assert trained.names == list(context.emotic.LABELS) and trained.record["groups"]["shared"] == 0


def test_recordings(recordings, tmp_path, monkeypatch):  # noqa: F811
    _root, corpus, settings, found = recordings
    stage = params.read("valence.training", TrainingStage, "recola", test_valence.CHANGES)
    (split,) = valence.release_splits(found.samples, 1, 1, 3)
    (run,) = test_valence.planned("3D-CNN + STA", stage, settings, corpus, split)
    store.carry_out(run, str(tmp_path / "runs"))
    table, _ = tested(tmp_path / "runs" / run.key)
    own, ids = tmp_path / "own", list(split.test)
    some(phases.project_path(corpus.folder), own, ids)
    found.frames.query("recording in @ids").to_parquet(own / "frames.parquet")
    traces = found.traces.query("recording in @ids").assign(valence=0.0)
    traces.to_parquet(own / "traces.parquet")
    monkeypatch.setattr(test_valence.valence_training, "project_path", lambda path: tmp_path / path)
    trained = models.load(tmp_path / "runs" / run.key)
    assert np.array_equal(trained.outputs(own, ids), table["prediction"].to_numpy())
    assert trained.parts == ("face",) and trained.record["features"]["marker"] == "test"
