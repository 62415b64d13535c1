"""The notebook on a file of one's own, by the command behind make predict."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from lib.papers.skeletal import runs as skeletal
from lib.runs.source import ROOT
from scripts.card import writing
from scripts.predict import models
from scripts.predict.models import ModelError
from scripts.predict.recording import RecordingError
from scripts.predict.run import recorded
from tests.papers import test_skeletal_training
from tests.papers.test_skeletal_training import project as skeletons  # noqa: F401


def test_what_is_missing_gets_a_sentence_before_any_notebook(tmp_path):
    with pytest.raises(RecordingError, match="there is no such file"):
        recorded({"FILE": str(tmp_path / "none.wav")})
    (tmp_path / "notes.docx").touch()
    with pytest.raises(RecordingError, match="no video, sound"):
        recorded({"FILE": str(tmp_path / "notes.docx")})
    with pytest.raises(RecordingError, match="FPS 'x' is no number"):
        recorded({"FILE": str(tmp_path), "FPS": "x"})


@pytest.mark.slow
def test_a_folder_of_speech_gives_a_page_and_one_table(skeletons, tmp_path, monkeypatch):  # noqa: F811
    settings = test_skeletal_training.stage(epochs=1)
    splits = test_skeletal_training.splits_of(skeletons, settings)[:1]
    done = skeletal.perform(["ARE"], settings, test_skeletal_training.source(), splits)
    card = writing.write(models.load(done.folders[0]), tmp_path / "a card")
    files = tmp_path / "files"
    files.mkdir()
    times = np.arange(24_000) / 16_000
    for name in ("one", "two"):
        soundfile.write(files / f"{name}.wav", 0.3 * np.sin(2000 * np.pi * times), 16_000)
    (files / "three.wav").write_bytes(b"<html>")
    monkeypatch.chdir(ROOT)
    given = {"FILE": str(files), "MODEL": str(card), "OUT": str(tmp_path / "out")}
    for _ in range(2):
        folder = recorded(given)
        table = pd.read_csv(folder / "reports/tables/timeline.csv")
        assert set(table["file"]) == {"one.wav", "two.wav"}
        assert set(table["name"]) == set(test_skeletal_training.CLASSES)
        found = json.loads((folder / "reports/metrics.json").read_text())["values"]
        assert "is a web page" in found["refused"]["three.wav"]
        page = (folder / "recording.html").read_text()
        assert "is a web page" in page and "data:image/png" in page and "trained on iemocap" in page
    with pytest.raises(ModelError, match="there is no such folder"):
        recorded(given | {"MODEL": str(tmp_path / "none")})
