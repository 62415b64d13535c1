"""Networks of valence; their fixture moves the project for the whole file."""

import numpy as np
import pytest

from lib import params
from lib.papers.valence import runs as valence
from lib.papers.valence.settings import TrainingStage
from lib.runs import phases, store
from scripts.predict import models, timeline
from tests.papers import test_valence
from tests.papers.test_valence import source as recordings  # noqa: F401
from tests.predict.test_networks import predicted, some


def carried_out(name, extracted, folder):
    """The release's split, and the folder of a run of an experiment on it."""
    _root, corpus, settings, found = extracted
    stage = params.read("valence.training", TrainingStage, "recola", test_valence.CHANGES)
    (split,) = valence.release_splits(found.samples, 1, 1, 3)
    (run,) = test_valence.planned(name, stage, settings, corpus, split)
    store.carry_out(run, str(folder / "runs"))
    return split, folder / "runs" / run.key


@pytest.mark.slow
def test_recordings(recordings, tmp_path, monkeypatch):  # noqa: F811
    _root, corpus, _settings, found = recordings
    split, folder = carried_out("3D-CNN + STA", recordings, tmp_path)
    table, _ = predicted(folder)
    own, ids = tmp_path / "own", list(split.test)
    some(phases.project_path(corpus.folder), own, ids)
    found.frames.query("recording in @ids").to_parquet(own / "frames.parquet")
    traces = found.traces.query("recording in @ids").assign(valence=0.0)
    traces.to_parquet(own / "traces.parquet")
    monkeypatch.setattr(test_valence.valence_training, "project_path", lambda path: tmp_path / path)
    trained = models.load(folder)
    assert np.array_equal(trained.outputs(own, ids), table["prediction"].to_numpy())
    assert trained.parts == ("face",) and trained.record["features"]["marker"] == "test"


def test_a_video_of_ones_own_has_valence(recordings, tmp_path, monkeypatch):  # noqa: F811
    root, _corpus, settings, found = recordings
    _split, folder = carried_out("2D-CNN", recordings, tmp_path)
    trained = models.load(folder)
    trained.record["features"]["settings"] = settings.model_dump()
    monkeypatch.setattr(test_valence.valence_training, "project_path", lambda path: tmp_path / path)
    video = root / "data/recola" / found.samples["video"].iloc[0]
    table, _ = timeline.predict([[trained]], timeline.given(str(video))[0].read())
    assert set(table["name"]) == {"valence"} and table["start"].diff().dropna().gt(0).all()
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()
