"""Files of one's own, whole and damaged, and the uncertainty of answers."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from lib.evaluation.predictions import CLASSES, LABEL_SETS
from scripts.predict import timeline, uncertainty
from scripts.predict.features import spans
from scripts.predict.models import FACTS, ModelError, load, stored
from scripts.predict.recording import RecordingError, gaps, read


def sound(path, seconds=1.0, rate=16_000):
    soundfile.write(path, 0.1 * np.random.default_rng(0).normal(size=int(seconds * rate)), rate)
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.wav", None, "there is no such file"),
        ("empty.wav", b"", "is empty: copy it again"),
        ("page.wav", b"<!DOCTYPE html><html>", "is a web page, not the file"),
        ("notes.docx", b"words", "is no video, sound, picture, file of poses or file of 3D joints"),
        ("cut.wav", b"RIFF\0\0\0\0WAVEfmt ", "cannot be read as sound"),
        ("cut.mp4", b"\0\0\0\x18ftypisom" + bytes(40), "cannot be opened as a video"),
        ("cut.jpg", b"\xff\xd8\xff\xe0", "cannot be read as a picture"),
        ("pose.json", b'{"people": []}', "run AlphaPose with --format coco"),
        ("joints.npy", b"\x93NUMPY\x01\0v\0{'descr'", "is damaged or of another form, copy it again"),
        ("joints.csv", b"path,label\na.wav,calm\n", "columns are not <joint>_x, <joint>_y, <joint>_z"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError, match=message) as raised:
        read(tmp_path / name)
    assert name in str(raised.value) and "\n" not in str(raised.value)


def test_what_a_sound_and_a_picture_have(tmp_path):
    heard = read(sound(tmp_path / "a.wav", 2.0, 8000), words="well then")
    assert heard.parts == {"voice", "words"} and heard.seconds == pytest.approx(2, abs=0.01)
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").parts == {"scene"}


def test_ranges_of_what_is_missing_are_joined():
    starts = np.arange(5.0)
    there = np.array([False, True, False, False, True])
    found = gaps("face", starts, starts + 1, there, "no face")
    assert [own[1:3] for own in found] == [(0.0, 1.0), (2.0, 4.0)]
    assert not gaps("face", starts, starts + 1, np.ones(5, bool), "no face")


@pytest.mark.parametrize(("seconds", "length", "count"), [(1.0, 2.0, 1), (4.0, 2.0, 3), (4.5, 2.0, 4)])
def test_windows_reach_both_ends(seconds, length, count):
    found = spans(seconds, length)
    assert len(found) == count and found[0, 0] == 0 and found[-1, 1] == pytest.approx(seconds)
    assert np.allclose(np.diff(found, axis=1), min(length, seconds))


def test_conformal_sets_have_the_true_class_as_often_as_promised():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(300):
        scores = rng.random(40)
        limit = uncertainty.quantile(scores[:39], 0.9)
        held.append(scores[39] <= limit)
    assert 0.85 < np.mean(held) < 0.95
    assert uncertainty.quantile(np.arange(9.0), 0.9) == 8.0
    assert uncertainty.quantile(np.arange(8.0), 0.9) is None


def fake(kind, names, part=None):
    """A training with a stored development part."""
    table = pd.DataFrame() if part is None else part
    return SimpleNamespace(
        kind=kind, names=names, is_card=False, record={"paper": "skeletal"}, predictions=lambda file: table
    )


def test_sets_of_classes_and_labels_and_the_vote_of_trainings():
    rows = pd.DataFrame({"part": "dev", "sample_id": [f"u{n}" for n in range(19)], "label": [0] * 19})
    rows["probability_a"] = np.linspace(0.5, 0.95, 19)
    rows["probability_b"] = 1 - rows["probability_a"]
    one = fake(CLASSES, ["a", "b"], rows)
    limits = uncertainty.calibration(one)
    assert limits["samples"] == 19
    assert limits["limits"]["a"] == pytest.approx(0.475)  # 18th of 19: one of the true ones is outside
    outputs = np.array([[0.9, 0.1], [0.5, 0.5]])
    assert uncertainty.included(one, limits, outputs).tolist() == [[True, False], [False, False]]
    labels = pd.DataFrame(
        {"part": "dev", "sample_id": rows["sample_id"], "label_x": [True] * 9 + [False] * 10}
    )
    labels["score_x"] = np.linspace(0.1, 1.0, 19)
    many = fake(LABEL_SETS, ["x"], labels)
    found = uncertainty.calibration(many)
    assert found["limits"]["x"] == pytest.approx(-0.1)
    assert uncertainty.included(many, found, np.array([[0.2], [0.05]])).tolist() == [[True], [False]]
    spans_of = pd.DataFrame({"start": [0.0, 1.0], "end": [1.0, 2.0], "used": [True, False]})
    table = uncertainty.answers([one, one, one], [outputs, outputs, outputs[::-1]], spans_of)
    assert table["conformal"].tolist() == [True, False] and table["trainings"].eq(3).all()
    assert table["spread"].iloc[0] == pytest.approx(np.std([0.9, 0.9, 0.5], ddof=1))


def test_a_folder_takes_words_and_poses_by_name(tmp_path):
    for name in ("b.wav", "a.mp4", "a.json", "a.txt", "c.json", "notes.md"):
        (tmp_path / name).write_text("said" if name == "a.txt" else "x")
    found = timeline.given(str(tmp_path))
    assert [one.path.name for one in found] == ["a.mp4", "b.wav", "c.json"]
    assert found[0].words == "said" and found[0].poses == tmp_path / "a.json" and found[1].poses is None
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordingError, match="holds no video, sound"):
        timeline.given(str(tmp_path / "empty"))
    with pytest.raises(RecordingError, match="is not x1,y1,x2,y2"):
        timeline.given(str(tmp_path / "a.mp4"), box="1,2")
    with pytest.raises(RecordingError, match=r"POSE nowhere\.json: there is no such file"):
        timeline.given(str(tmp_path / "a.mp4"), poses="nowhere.json")
    with pytest.raises(RecordingError, match=r"TEXT nowhere\.txt: there is no such file"):
        timeline.given(str(tmp_path / "a.mp4"), "nowhere.txt")
    assert timeline.given(str(tmp_path / "a.mp4"), "see nowhere.txt")[0].words == "see nowhere.txt"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("déjà vu".encode("latin-1"), "save it as plain text in UTF-8"),
        ("said".encode("utf-16-le"), "it holds zeros"),
        (b"PK\x03\x04\xff", "is a zip archive: unpack it"),
    ],
)
def test_words_that_are_no_text_get_a_sentence_and_stop_no_other_file(tmp_path, raw, message):
    for name in ("a.wav", "b.wav", "b.txt"):
        (tmp_path / name).write_bytes(raw if name == "b.txt" else b"")
    (tmp_path / "a.txt").write_text("well", encoding="utf-8-sig")
    first, second = timeline.given(str(tmp_path))
    assert first.words == "well" and not first.problem and message in second.problem
    with pytest.raises(RecordingError, match=r"b\.txt"):
        second.read()
    _, _, refused = timeline.answered([], [first, second], tmp_path / "answers")
    assert "is empty" in refused["a.wav"] and refused["b.wav"] == second.problem
    assert "b.txt" in second.problem and "\n" not in second.problem
    with pytest.raises(RecordingError, match=message):
        timeline.given(str(tmp_path / "a.wav"), text=str(tmp_path / "b.txt"))


def test_a_file_of_words_counts_for_a_folder_and_with_a_long_name(tmp_path):
    folder = tmp_path / ("long" * 40) / "er"
    folder.mkdir(parents=True)
    (folder / "a.wav").touch()
    (tmp_path / ("long" * 40) / "words.txt").write_text("well")
    (one,) = timeline.given(str(folder), text=str(folder.parent / "words.txt"))
    assert one.words == "well"
    (one,) = timeline.given(str(folder), text="word " * 1000)
    assert one.words == "word " * 1000


@pytest.mark.parametrize("rate", [-3.0, np.nan, np.inf, 1000.5])
def test_impossible_rates_and_boxes_are_refused(tmp_path, rate):
    with pytest.raises(RecordingError, match="frames per second above 0 and up to 1000"):
        timeline.given(str(tmp_path / "a.json"), frames=rate)
    with pytest.raises(RecordingError, match="is not x1,y1,x2,y2"):
        timeline.given(str(tmp_path / "a.png"), box="1,2,nan,4")


def test_a_run_of_a_paper_without_features_of_recordings_gets_a_sentence(tmp_path):
    run, listed = tmp_path / "key", {}
    run.mkdir()
    for name, content in {"model.safetensors": b"", "kept.json": b"{}"}.items():
        (run / name).write_bytes(content)
        listed[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    facts = dict.fromkeys(FACTS, "") | {"work": "lib.papers.gaze.training:train", "files": listed}
    (run / "done.json").write_text(json.dumps(facts))
    with pytest.raises(ModelError, match="a run of gaze, whose features are made from a corpus alone"):
        load(run)
    assert stored(tmp_path) == []


def test_folders_without_a_network_get_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="there is no such folder"):
        load(tmp_path / "none")
    with pytest.raises(ModelError, match="neither a finished run"):
        load(tmp_path)
    (tmp_path / "done.json").write_text("{}")
    with pytest.raises(ModelError, match="damaged run"):
        load(tmp_path)
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(ModelError, match="has no digest of its content, as in cards of earlier versions"):
        load(Path(tmp_path))
