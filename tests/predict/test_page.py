"""The notebook on a file of one's own, by the command behind make predict."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from lib.papers.skeletal import runs as skeletal
from lib.runs.source import ROOT
from scripts.card import writing
from scripts.predict import figures, models
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
    with pytest.raises(RecordingError, match="there is no such file"):
        recorded({"FILE": "long" * 100})
    for rate in ("x", "-3", "nan", "inf", "0", "1001"):
        with pytest.raises(RecordingError, match=f"FPS '{rate}' is no number"):
            recorded({"FILE": str(tmp_path), "FPS": rate})


def test_a_folder_that_cannot_be_written_gets_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "a.wav").touch()
    for out in ("a.wav", "a.wav/out"):
        with pytest.raises(RecordingError, match=r"OUT .* cannot be written .*: give another OUT"):
            recorded({"FILE": str(tmp_path), "OUT": str(tmp_path / out)})
    monkeypatch.setattr("scripts.predict.run.os.access", lambda *_: False)
    with pytest.raises(RecordingError, match="no permission to write there"):
        recorded({"FILE": str(tmp_path), "OUT": str(tmp_path / "out")})


def test_the_page_appears_at_once(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    (tmp_path / "a.wav").touch()
    monkeypatch.setattr("scripts.predict.run.execute", lambda *_: None)
    monkeypatch.setattr("scripts.predict.run.page", lambda *_: "page")
    given = {"FILE": str(tmp_path / "a.wav"), "OUT": str(tmp_path / "out")}
    assert (recorded(given) / "recording.html").read_text() == "page"
    monkeypatch.setattr("lib.files.write_bytes", full)
    with pytest.raises(RecordingError, match="No space left"):
        recorded(given)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["recording.html"]
    assert (tmp_path / "out/recording.html").read_text() == "page"


@pytest.mark.parametrize("given", [{}, {"MODEL": ""}])
def test_without_a_model_the_notebook_chooses_its_own(tmp_path, monkeypatch, given):
    soundfile.write(tmp_path / "a.wav", np.zeros(1600), 16_000)
    asked = []
    monkeypatch.setattr("scripts.predict.run.execute", lambda *call: asked.append(call[-1]))
    monkeypatch.setattr("scripts.predict.run.page", lambda *_: "page")
    recorded({"FILE": str(tmp_path / "a.wav"), "OUT": str(tmp_path / "out"), **given})
    assert asked[0]["model"] == []


def test_a_recording_without_any_answer_has_no_names():
    empty = pd.DataFrame({"name": [], "value": []}, dtype=object)
    assert figures._names(empty) == []


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
    soundfile.write(files / "four.wav", 0.3 * np.sin(2000 * np.pi * times), 16_000)
    (files / "four.txt").write_bytes("déjà vu".encode("latin-1"))
    monkeypatch.chdir(ROOT)
    given = {"FILE": str(files), "MODEL": str(card), "OUT": str(tmp_path / "out")}
    for _ in range(2):
        folder = recorded(given)
        table = pd.read_csv(folder / "reports/tables/timeline.csv")
        assert set(table["file"]) == {"one.wav", "two.wav"}
        assert set(table["name"]) == set(test_skeletal_training.CLASSES)
        found = json.loads((folder / "reports/metrics.json").read_text())["values"]
        assert "is a web page" in found["refused"]["three.wav"]
        assert "four.txt is no text in UTF-8" in found["refused"]["four.wav"]
        page = (folder / "recording.html").read_text()
        assert "is a web page" in page and "data:image/png" in page and "trained on iemocap" in page
    with pytest.raises(ModelError, match="there is no such folder"):
        recorded(given | {"MODEL": str(tmp_path / "none")})
