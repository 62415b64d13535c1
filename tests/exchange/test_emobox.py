"""Folds in EmoBox's layout, compared with lines of its public metadata."""

import json

import numpy as np
import pandas as pd
import pytest

from lib.corpora import ravdess
from scripts.folds import emobox, files
from tests.exchange.test_folds import drawn as folds_of_clips

drawn = folds_of_clips

PUBLIC = {
    "ravdess": {"key": "ravdess-03-01-07-02-02-02-11", "dataset": "ravdess", "type": "raw",
        "wav": "downloads/ravdess/audio/Audio_Speech_Actors_01-24/Actor_11/03-01-07-02-02-02-11.wav",
        "sample_rate": 48000, "num_frame": 1800.0, "task": "category", "length": 0.0375, "emo": "Disgust",
        "channel": 1},
    "iemocap": {"key": "iemocap-Ses01F_impro04_F000", "dataset": "iemocap", "type": "raw",
        "wav": "downloads/iemocap/Session1/sentences/wav/Ses01F_impro04/Ses01F_impro04_F000.wav",
        "sample_rate": 16000, "num_frame": 1800.0, "task": "category", "length": 0.1125, "emo": "neu",
        "channel": 1},
}  # fmt: skip
"""Lines of EmoBox's metadata, with the numbers of a shorter file."""
MAPS = {
    "ravdess": {"Angry": "Angry", "Surprised": "Surprise", "Sad": "Sad", "Disgust": "Disgust",
        "Happy": "Happy", "Calm": "Calm", "Neutral": "Neutral", "Fearful": "Fear"},
    "iemocap": {"neu": "Neutral", "hap": "Happy", "ang": "Angry", "sad": "Sad", "exc": "Happy"},
}  # fmt: skip
"""EmoBox's ``label_map.json``."""


@pytest.mark.parametrize("corpus", PUBLIC)
def test_lines_are_those_of_emoboxs_metadata(corpus, tmp_path):
    soundfile = pytest.importorskip("soundfile")
    public = PUBLIC[corpus]
    place = public["wav"].removeprefix(f"downloads/{corpus}/")
    place = f"IEMOCAP_full_release/{place}" if corpus == "iemocap" else place.split("/", 2)[2]
    (tmp_path / corpus / place).parent.mkdir(parents=True)
    soundfile.write(tmp_path / corpus / place, np.zeros(1800), public["sample_rate"])
    own = {"sample_id": public["key"].removeprefix(f"{corpus}-"), emobox.SOUND[corpus]: place}
    label = {"label_original": "neu"} if corpus == "iemocap" else {"label": "disgust"}
    found = emobox.line(corpus, pd.Series(own | label), tmp_path)
    assert found == public and [*found][:3] == ["key", "dataset", "wav"]
    known = {emo: emobox.CLASSES.get(emo, emo) for emo in emobox.EMOTIONS[corpus].values()}
    assert known == MAPS[corpus]
    if corpus == "ravdess":
        assert set(emobox.EMOTIONS[corpus]) == set(ravdess.CLASSES)


def test_emobox_gets_lines_and_objects_of_each_fold(drawn, tmp_path):
    soundfile = pytest.importorskip("soundfile")
    path, table = drawn
    root = tmp_path / "data"
    table = table.assign(path=[f"Actor_01/{name}.wav" for name in table["sample_id"]])
    table["label"] = table["label"].map({"a": "angry", "b": "surprised"})
    (root / "ravdess/Actor_01").mkdir(parents=True)
    for number, name in enumerate(table["path"]):
        soundfile.write(root / "ravdess" / name, np.zeros(1600 + number), 16_000)
    folder = tmp_path / "emobox/ravdess"
    files_ = emobox.write(files.check(path, table), table, "ravdess", root, tmp_path / "emobox")
    assert set(files_) == {own for own in folder.rglob("*") if own.is_file()}
    names = json.loads((folder / "label_map.json").read_text())
    tested = []
    for fold in range(1, 6):
        found = {}
        for part in ("train", "valid", "test"):
            place = folder / f"fold_{fold}/ravdess_{part}_fold_{fold}.jsonl"
            found[part] = [json.loads(line) for line in place.read_text().splitlines()]
            whole = json.loads(place.with_suffix(".json").read_text())
            assert whole == {own["key"]: {key: own[key] for key in emobox.SHORT} for own in found[part]}
        assert sum(map(len, found.values())) == 40
        assert {names[own["emo"]] for part in found.values() for own in part} == {"Angry", "Surprise"}
        tested += [own["key"] for own in found["test"]]
    assert sorted(tested) == sorted(f"ravdess-{name}" for name in table["sample_id"])
    assert len((folder / "ravdess.jsonl").read_text().splitlines()) == 40
