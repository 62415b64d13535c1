"""A run predicts its test samples again without its corpus, to the last bit."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image
from safetensors.torch import save_file

from lib import params
from lib.features.motion import projected_sequences
from lib.features.pose import Poses, write_alphapose
from lib.features.skeleton import FilterSettings, low_pass
from lib.features.store import FeatureStore, FeatureWriter
from lib.models.lifting import TemporalLifter
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.context import runs as context
from lib.papers.skeletal import runs as skeletal
from lib.runs import store
from lib.runs.source import ROOT
from scripts.card import writing
from scripts.predict import figures, models, timeline
from scripts.predict.body import JOINTS, LIFTER
from scripts.predict.recording import RecordingError
from tests.papers import test_audiovisual, test_context, test_skeletal_training
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


def predicted(folder, file="predictions.parquet", prefix="probability_"):
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
    table, expected = predicted(done.folders[0])
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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["audio", "attention"])
def test_segments_of_clips(extracted_clips, tmp_path, monkeypatch, name):
    monkeypatch.chdir(extracted_clips[0])
    monkeypatch.setattr(store, "execute", test_skeletal_training.execute)
    settings = test_audiovisual.stage()
    source = test_audiovisual.source()
    splits, _ = audiovisual.draw("leave_one_speaker_out", source, settings, 1)
    done = audiovisual.perform([name], settings, source, splits[:1]).of(name)
    table, expected = predicted(done.folders[0], "segments.parquet")
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
    assert trained.record["groups"] == {"train": 1, "dev": 1, "test": 1, "shared": 0}


def test_people_in_pictures(extracted_people, tmp_path, monkeypatch):
    monkeypatch.chdir(extracted_people[0])
    monkeypatch.setattr(store, "execute", test_skeletal_training.execute)
    settings = test_context.stage()
    assert settings.store_frozen
    source, _, done = test_context.run_of(settings, extracted_people[1])
    table, expected = predicted(done.folders[0], prefix="score_")
    folder, ids = extracted_people[0] / source.folder, list(table["sample_id"])
    some(folder, tmp_path / "own", ids)
    shutil.move(folder, tmp_path / "away")
    try:
        trained = models.load(done.folders[0])
        assert np.array_equal(trained.outputs(tmp_path / "own", ids), expected)
    finally:
        shutil.move(tmp_path / "away", folder)
    assert trained.names == list(context.emotic.LABELS) and trained.record["groups"]["shared"] == 0


def test_a_clip_of_ones_own_is_answered_over_time_and_by_a_card(extracted_clips, tmp_path, monkeypatch):
    folder, found, settings, _ = extracted_clips
    monkeypatch.chdir(folder)
    monkeypatch.setattr(store, "execute", test_skeletal_training.execute)
    stage, source = test_audiovisual.stage(), test_audiovisual.source()
    splits, _ = audiovisual.draw("leave_one_speaker_out", source, stage, 1)
    audiovisual.perform(["attention"], stage, source, splits[:2])
    groups = timeline.models()
    assert [own[0].parts for own in groups] == [("face",), ("voice", "face"), ("voice",)]
    assert [len(own) for own in groups] == [2, 2, 2]
    assert "on people that it was not trained on" in models.about(groups[0])
    for one in (one for own in groups for one in own):
        one.record["features"] |= {"settings": settings.model_dump(), "marker": models.SYNTHETIC}
    assert "says nothing about people" in models.about(groups[0])
    clip = timeline.given(str(folder / "data/rml" / found.samples["video"].iloc[-1]))
    table, missing, refused = timeline.answered(groups, clip, tmp_path / "answers")
    assert not refused and list(table.columns) == timeline.COLUMNS
    sums = table.groupby(["parts", "start"])["value"].sum()
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    assert table["trainings"].eq(2).all() and table["spread"].gt(0).any()
    assert missing["part"].isin(["face", "voice"]).all()
    card = writing.write(groups[1][0], tmp_path / "card")
    again = models.load(card)
    own = [timeline.predict([[one]], clip[0].read())[0] for one in (groups[1][0], again)]
    pd.testing.assert_frame_equal(*own)
    text = (card / "README.md").read_text()
    assert "`leave_one_speaker_out`" in text and "CC0-1.0" in text and "UAR" in text
    assert not {*found.samples["sample_id"]} & {*text.split()}
    (card / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(models.ModelError, match="damaged card"):
        models.load(card)
    monkeypatch.setattr(timeline, "predict", None)
    kept, _, _ = timeline.answered(groups, clip, tmp_path / "answers")
    pd.testing.assert_frame_equal(kept, table)
    figure = figures.timeline(clip[0].read(), table, missing)
    assert len(figure.axes) >= 4
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    with pytest.raises(RecordingError, match="has scene; the networks need face"):
        timeline.usable(groups, timeline.given(str(tmp_path / "a.png"))[0].read())


def test_speech_with_words_and_poses_of_ones_own(skeletons, tmp_path):  # noqa: F811
    settings = test_skeletal_training.stage(epochs=1)
    splits = test_skeletal_training.splits_of(skeletons, settings)[:1]
    done = skeletal.perform(["MDRE", "SMACN"], settings, test_skeletal_training.source(), splits)
    speech, body = (models.load(done.of(name).folders[0]) for name in ("MDRE", "SMACN"))
    times = np.arange(32_000) / 16_000
    soundfile.write(tmp_path / "a.wav", 0.3 * np.sin(2 * np.pi * 1000 * times) * (times < 1), 16_000)
    (one,) = timeline.given(str(tmp_path / "a.wav"), "tears and joy")
    table, missing = timeline.predict([[speech]], one.read())
    assert set(table["name"]) == set(test_skeletal_training.CLASSES)
    assert table["end"].max() < 2 and missing["what"].eq("no speech is found").all() and len(missing)
    keypoints, _ = projected_sequences(0, 1, 40, 720, 480)
    scored = np.concatenate([keypoints[0], np.ones((40, 17, 1))], axis=2).astype(np.float32)
    ones = np.ones(40, np.float32)
    box, track = np.full((40, 4), np.nan, np.float32), np.zeros(40, np.int64)
    write_alphapose(tmp_path / "a.json", Poses(np.arange(40), scored, ones, box, track))
    (one,) = timeline.given(str(tmp_path / "a.json"))
    table, missing = timeline.predict([[body]], one.read())
    assert not len(table) and "needs the 3D joints of iemocap" in missing["what"].item()
    extraction = params.load(ROOT).resolve("skeletal.extraction", "iemocap").content
    body.record["features"] |= {"joints": JOINTS, "settings": extraction, "fps": 30.0}
    lifter = {name: value.contiguous() for name, value in TemporalLifter([3, 3], 8).state_dict().items()}
    save_file(lifter, tmp_path / "extraction/iemocap" / LIFTER)
    body.record["features"]["settings"]["lifter"]["checkpoint"] = None
    table, missing = timeline.predict([[body]], one.read())
    assert table["end"].max() == pytest.approx(40 / 30) and not len(missing)
    card = models.load(writing.write(body, tmp_path / "card"))
    assert set(card.record["files"]) == {"model.safetensors", LIFTER}
    pd.testing.assert_frame_equal(timeline.predict([[card]], one.read())[0], table)


def test_joints_of_ones_own(skeletons, tmp_path):  # noqa: F811
    """A network on 3D joints answers as on the features that its corpus's extraction makes."""
    settings = test_skeletal_training.stage(epochs=1)
    splits = test_skeletal_training.splits_of(skeletons, settings)[:1]
    done = skeletal.perform(["SMACN"], settings, test_skeletal_training.source(), splits).of("SMACN")
    body = models.load(done.folders[0])
    number = FeatureStore(tmp_path / "extraction/iemocap/skeleton.arrow")[
        skeletons["sample_id"].iloc[0]
    ].shape[1]
    names = [f"joint{index}" for index in range(number)]
    extraction = params.load(ROOT).resolve("skeletal.extraction", "iemocap").content
    body.record["features"] |= {"joints": names, "settings": extraction, "fps": 30.0}
    frames = body.record["settings"]["inputs"]["skeleton"]["frames"]
    raw = np.random.default_rng(0).normal(size=(frames, number, 3)).cumsum(axis=0).astype(np.float32)
    np.save(tmp_path / "a.npy", raw)
    columns = [f"{name}_{axis}" for name in names for axis in "xyz"]
    pd.DataFrame(raw.reshape(frames, -1), columns=columns).to_csv(tmp_path / "b.csv", index=False)
    (tmp_path / "labels.csv").write_text("path,label\na.npy,calm\n")
    (tmp_path / "words.csv").write_bytes(b"\xff\xfe")
    first, second = timeline.given(str(tmp_path))
    assert (first.path.name, second.path.name) == ("a.npy", "b.csv")
    table, missing = timeline.predict([[body]], first.read())
    assert table["end"].max() == pytest.approx(frames / 30) and not len(missing)

    own = tmp_path / "own"
    own.mkdir()
    moved = low_pass(raw - raw[:1, :1], FilterSettings(**extraction["low_pass"]), "a")
    with FeatureWriter(own / "skeleton.arrow", {}) as writer:
        writer.write("a", moved.astype(np.float32))
    pd.DataFrame({"sample_id": ["a"], "transcript": ""}).to_parquet(own / "samples.parquet")
    assert table.set_index("name")["value"].loc[body.names].tolist() == body.outputs(own, ["a"])[0].tolist()

    same = timeline.predict([[body]], second.read())[0]
    np.testing.assert_allclose(same["value"], table["value"], atol=1e-5)
    np.save(tmp_path / "a.npy", raw.repeat(2, axis=0))
    (faster,) = timeline.given(str(tmp_path / "a.npy"), frames=60)
    pd.testing.assert_frame_equal(timeline.predict([[body]], faster.read())[0], table)
    np.save(tmp_path / "a.npy", raw[:, :2])
    told = timeline.predict([[body]], first.read())[1]["what"].item()
    assert f"needs {number} joints (joint0, joint1" in told and told.endswith("the file has 2")
    np.save(tmp_path / "a.npy", raw[:5])
    assert timeline.predict([[body]], first.read())[1]["what"].item() == "too few frames for the filter"
    np.save(tmp_path / "a.npy", raw * np.nan)
    with pytest.raises(RecordingError, match=r"a\.npy has \d+ joint positions that are not finite"):
        first.read()
    body.record["features"]["joints"] = JOINTS
    assert "needs 2D keypoints, not 3D joints" in timeline.predict([[body]], second.read())[1]["what"].item()


def test_a_picture_of_ones_own(extracted_people, tmp_path, monkeypatch):
    monkeypatch.chdir(extracted_people[0])
    monkeypatch.setattr(store, "execute", test_skeletal_training.execute)
    _, _, done = test_context.run_of(test_context.stage(), extracted_people[1])
    trained = models.load(done.folders[0])
    trained.record["features"]["settings"] = extracted_people[1].model_dump()
    Image.effect_noise((60, 40), 80).save(tmp_path / "a.png")
    (one,) = timeline.given(str(tmp_path / "a.png"), box="5,5,30,40")
    table, missing = timeline.predict([[trained]], one.read())
    assert list(table["name"]) == trained.names and not len(missing)
    card = models.load(writing.write(trained, tmp_path / "card"))
    pd.testing.assert_frame_equal(timeline.predict([[card]], one.read())[0], table)
    _, missing = timeline.predict([[trained]], timeline.given(str(tmp_path / "a.png"))[0].read())
    assert "the whole picture is used as the body" in missing["what"].item()
