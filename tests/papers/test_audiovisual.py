"""From files in RML's layout to predictions of clips, small."""

import re
import shutil
import weakref
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from lib import features, params
from lib.corpora import catalogue, rml
from lib.features import video
from lib.features.clip_sound import count_sound
from lib.features.store import FeatureStore
from lib.features.video import VideoError, count_frames
from lib.models.audiovisual import AudioVisualNetwork
from lib.papers import classifiers
from lib.papers.audiovisual import extraction
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.audiovisual import tables as audiovisual_report
from lib.papers.audiovisual import training as audiovisual_training
from lib.papers.audiovisual.inputs import MEAN, SPREAD, Pictures
from lib.papers.audiovisual.settings import TrainingStage
from lib.papers.found import report
from lib.papers.videos import Unusable, missing
from lib.runs import store
from lib.runs.source import ROOT
from lib.splits.split import SplitError
from lib.stage import Stage
from lib.training.checkpoints import load_model
from scripts.sample_corpora import audiovisual as sample
from scripts.sample_corpora import audiovisual_effects, media
from tests.papers.test_skeletal_training import execute
from tests.shared import once


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """A project with an extracted corpus of 36 clips, of which two are damaged or silent."""
    folder, made = once(tmp_path_factory, "clips", extract)
    return folder, *made


def extract(folder):
    effects = audiovisual_effects.Effects.load()
    quirks = effects.quirks.model_copy(update={"faceless": 1, "turned": 0.0})
    sample.write_rml(
        folder / "data/rml", seed=2, speakers=3, takes=2,
        effects=effects.model_copy(update={"quirks": quirks}),
    )  # fmt: skip
    shutil.copyfile(ROOT / "params.yaml", folder / "params.yaml")
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    paths = sorted((folder / "data/rml").rglob("*.avi"))
    whole = paths[0].read_bytes()
    paths[0].write_bytes(whole[: len(whole) // 50])
    images = (Image.new("RGB", (160, 128)) for _ in range(30))
    media.write_avi(paths[1], images, (160, 128), Fraction(30), np.zeros(16_000), 16_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        settings = params.read("audiovisual.extraction", extraction.ExtractionStage, "rml")
        faces = settings.faces.model_copy(update={"every": 8, "size": 16})
        settings = settings.model_copy(update={"faces": faces, "frames": 20})
        found = extraction.extract("rml", extraction.clips_of("rml"), settings, folder / "extraction/rml", {})
    return found, settings, [path.stem for path in paths[:2]]


@pytest.fixture
def project(extracted, monkeypatch):
    monkeypatch.chdir(extracted[0])
    return extracted


def stage(**changes):
    values = params.block("audiovisual.training", "rml")
    small = {
        "folds": 4,
        "training": {"epochs": 2, "batch_size": 8},
        "backbone": {"video_size": 16, "audio_size": 32, "channels": 4},
        "models": {"video": {"hidden": 16}},
    }
    return TrainingStage.model_validate(params.merge(params.merge(values, small), changes))


def source():
    return audiovisual.Source.of("rml", "extraction/rml")


@pytest.mark.slow
def test_damaged_silent_and_faceless_clips_are_left_out_with_a_reason(project):
    _, found, _, wrong = project
    reasons = found.excluded.set_index("sample_id")["reason"]
    assert len(found.samples) + len(reasons) == 36 and len(reasons) >= 3
    by_name = {name.split("/")[-1]: reason for name, reason in reasons.items()}
    assert "no speech is found" in by_name[wrong[1]]
    assert wrong[0] in by_name
    assert any("a face in only" in reason for reason in reasons)
    assert not any("/" in reason.split(" a ")[0] for reason in reasons)


FRAMES, SOUND = r"\d+ of \d+ frames are missing", r"[\d.]+ of [\d.]+ seconds of sound are missing"
LACKING = f"({FRAMES})?(, )?({SOUND})?"


@pytest.mark.parametrize("share", [0.85, 0.6, 0.45])
def test_what_a_cut_clip_lacks_is_counted(project, tmp_path, share):
    folder, found, settings, _ = project
    path = tmp_path / "cut.avi"
    whole = (folder / "data/rml" / found.samples["video"].iloc[-1]).read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    counts = {"frames": count_frames, "seconds of sound": count_sound}
    if share > 0.8:
        assert re.fullmatch(LACKING, ", ".join(missing(path, counts, settings.least_complete)))
    with pytest.raises(Unusable, match=LACKING):
        missing(path, counts, 1.0 if share > 0.8 else settings.least_complete)


def test_losses_are_listed_or_a_reason(project, tmp_path, monkeypatch):
    """One clip of three is whole, one lacks a tenth, one nearly half."""
    folder, found, settings, _ = project
    table = found.samples.head(3)[["sample_id", "label", "video"]]
    (tmp_path / "data").mkdir()
    shutil.copytree(folder / "data/rml", tmp_path / "data/rml")
    for name, share in zip(table["video"][1:], (0.85, 0.6), strict=True):
        path = tmp_path / "data/rml" / name
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(folder / "params.yaml", "params.yaml")
    kept = extraction.extract("rml", table, settings, tmp_path, {})
    first, second, third = table["sample_id"]
    assert list(kept.samples["sample_id"]) == [first, second]
    assert re.fullmatch(LACKING, kept.excluded["reason"].item())
    assert kept.excluded["sample_id"].item() == third
    videos, lacking = zip(*kept.losses, strict=True)
    assert set(videos) == {table["video"].iloc[1]}
    assert re.fullmatch(LACKING, ", ".join(lacking))
    counted = report(Stage("audiovisual/01_extraction", "rml", None, {}, "scratch"), table,
                     kept.samples, kept.excluded, kept.losses)  # fmt: skip
    sums = counted.iloc[0].drop("reason").to_dict()
    assert sums == {"annotated": 3, "files opened": 3, "complete": 1, "with losses": 1, "left out": 1}
    losses = counted[counted["with losses"].notna()].iloc[1:]
    assert set(losses["reason"]) == {re.sub(r"[\d.]+", "#", what) for what in lacking}
    (reason,) = kept.excluded["reason"]
    assert counted["reason"].iloc[-1] == re.sub(r"[\d.]+", "#", reason) and counted["left out"].iloc[-1] == 1


def write_float_avi(path, sound, rate=16_000):
    """Thirty grey frames a second with sound of 32-bit floats."""
    with av.open(str(path), "w", format="avi") as container:
        video = container.add_stream("mpeg4", rate=30)
        video.width, video.height, video.pix_fmt = 160, 128, "yuv420p"
        audio = container.add_stream("pcm_f32le", rate=rate, layout="mono")
        for _ in range(len(sound) * 30 // rate):
            grey = np.full((128, 160, 3), 128, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey)))
        frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "flt", "mono")
        frame.sample_rate = rate
        container.mux([*video.encode(), *audio.encode(frame), *audio.encode()])


@pytest.mark.parametrize(
    ("level", "value", "reason"),
    [
        (0.3, 0.0, "a face in only 0% of 30 frames"),
        (0.3, np.nan, "sound has values that are not finite"),
        (0.3, np.inf, "sound has values that are not finite"),
        (0.0, 0.0, "no speech is found"),
    ],
)
def test_sound_that_is_not_finite_leaves_the_clip_out(project, tmp_path, monkeypatch, level, value,
                                                      reason):  # fmt: skip
    folder, found, settings, _ = project
    table = found.samples.head(2)[["sample_id", "label", "video"]]
    (tmp_path / "data").mkdir()
    for name in table["video"]:
        path = tmp_path / "data/rml" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "data/rml" / name, path)
    sound = level * np.sin(2 * np.pi * 800 * np.arange(16_000) / 16_000)
    sound[7000] += value
    write_float_avi(path, sound)
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(folder / "params.yaml", "params.yaml")
    kept = extraction.extract("rml", table, settings, tmp_path, {})
    assert list(kept.samples["sample_id"]) == [table["sample_id"].iloc[0]]
    assert kept.excluded["sample_id"].tolist() == [table["sample_id"].iloc[1]]
    assert kept.excluded["reason"].item().endswith(reason)


def test_sound_shorter_than_a_window_is_a_reason(tmp_path, project, monkeypatch):
    monkeypatch.setattr("lib.features.clip_sound.read_sound", lambda path: np.zeros(10))
    with pytest.raises(Unusable, match="10 samples are shorter than a window of 320"):
        extraction.read_clip(tmp_path / "short.avi", project[2])


@pytest.mark.parametrize(
    ("there", "lost", "expected"),
    [(10, 0, []), (0, 0, []), (8, 2, ["2 of 10 frames are missing"]), (7.9, 2.1, None), (0, 9, None)],
)
def test_too_little_is_left_out(tmp_path, there, lost, expected):
    counts = {"frames": lambda path: (there, lost)}
    if expected is None:
        with pytest.raises(Unusable, match="frames are missing"):
            missing(tmp_path, counts, 0.8)
    else:
        assert missing(tmp_path, counts, 0.8) == expected


def test_a_file_that_is_no_video_is_named(project, tmp_path):
    settings = project[2]
    path = tmp_path / "text.avi"
    path.write_text("no video")
    with pytest.raises(VideoError, match=r"text\.avi cannot be opened"):
        extraction.read_clip(path, settings)


def test_clips_are_decoded_a_batch_at_a_time(project, monkeypatch):
    """At most a batch of frames and the one that is cropped are held at a time."""
    folder, found, settings, _ = project
    held: list[int] = [0]
    most = []

    def tracked(path):
        for number, time, image in video.frames(path):
            held[0] += 1
            weakref.finalize(image, lambda: held.__setitem__(0, held[0] - 1))
            most.append(held[0])
            yield number, time, image

    path = folder / "data/rml" / found.samples["video"].iloc[-1]
    whole = extraction.read_clip(path, settings)
    monkeypatch.setattr(features, "video", SimpleNamespace(frames=tracked))
    again = extraction.read_clip(path, settings)
    np.testing.assert_array_equal(again.faces, whole.faces)
    frames = len(whole.times)
    assert len(most) == 2 * frames
    assert max(most) <= frames / settings.faces.every + 3 < frames / 2


def test_segments_have_twenty_faces_of_their_own_time(project):
    folder, found, _, _ = project
    store = FeatureStore(folder / "extraction/rml/faces.arrow")
    assert store.metadata["classes"] == list(rml.CLASSES)
    samples = found.samples.set_index("sample_id")
    for row in found.segments.to_dict("records"):
        clip = samples.loc[row["sample_id"]]
        assert len(row["faces"]) == 20
        assert min(row["faces"]) >= 0 and max(row["faces"]) < len(store[row["sample_id"]])
        assert row["end"] - row["start"] == pytest.approx(0.655)
        if row["variant"] == "speech":
            assert clip["start"] - 1e-6 <= row["start"] and row["end"] <= clip["end"] + 0.05
            if clip["detected"] == 1:
                middle = np.mean(row["faces"]) / 30
                assert middle == pytest.approx((row["start"] + row["end"]) / 2, abs=1 / 30)
    mel = FeatureStore(folder / "extraction/rml/mel_speech.arrow")
    first = found.segments.query("variant == 'speech'")["sample_id"].iloc[0]
    assert mel[first].shape[1:] == (3, 64, 64) and mel[first].dtype == np.uint8


def test_pictures_are_made_a_batch_at_a_time():
    arrays = [np.random.default_rng(i).integers(0, 255, (5, 8, 8, 3), np.uint8) for i in range(3)]
    chosen = np.array([[0, 4], [1, 1], [2, 3]])
    pictures = Pictures(arrays, chosen, True, 8)
    every = pictures[slice(0, 3)]
    assert every.shape == (3, 2, 3, 8, 8)
    torch.testing.assert_close(pictures[torch.tensor([2, 0])], every[[2, 0]])
    value = (arrays[0][4][2, 5] / 255 - MEAN) / SPREAD
    np.testing.assert_allclose(every[0, 1, :, 2, 5], value, rtol=1e-5)
    assert Pictures(arrays, chosen[:, 0], True, 16)[slice(0, 1)].shape == (1, 3, 16, 16)


@pytest.mark.slow
def test_two_phases_and_votes(project, tmp_path):
    settings = stage()
    drawn, unit = audiovisual.draw("leave_one_speaker_out", source(), settings, 1)
    done = audiovisual.perform(["attention", "concatenation"], settings, source(), drawn, unit)
    assert [run.experiment for run in done.runs] == [
        name for name in ("audio", "video", "attention", "concatenation") for _ in range(3)
    ]
    table = audiovisual.gather_clips(done, tmp_path / "predictions.parquet", unit)
    test = table[table["part"] == "test"]
    for _, group in test.groupby("experiment"):
        assert sorted(group["sample_id"]) == sorted(source().table("samples")["sample_id"])
    weights = audiovisual_report.attention_by_class(
        done.of("attention"), source().table("segments"), source().table("samples")
    )
    np.testing.assert_allclose(weights["audio"] + weights["video"], 1, rtol=1e-5)


def test_frozen_networks_give_the_whole_networks_outputs(project, monkeypatch):
    monkeypatch.setattr(store, "execute", execute)  # without a cluster
    settings = stage()
    drawn, unit = audiovisual.draw("leave_one_speaker_out", source(), settings, 1)
    done = audiovisual.perform(["attention"], settings, source(), drawn[:1], unit)
    run = done.of("attention").runs[0]
    network = audiovisual_training.build(run.settings)
    assert isinstance(network, AudioVisualNetwork)
    inputs = audiovisual_training.pictures_of(run.settings, audiovisual_training.segments_of(run, "test"))
    encoded = classifiers.encode(network, inputs, batch_size=5)
    with torch.no_grad():
        whole = network(*(pictures[slice(0, 7)] for pictures in inputs))
        torch.testing.assert_close(network.fusion(encoded[0][:7], encoded[1][:7]), whole)


@pytest.mark.slow
def test_frozen_backbones_keep_their_weights_and_compute_their_vectors_once(project, monkeypatch):
    settings = stage(trained=["audio"])
    drawn, unit = audiovisual.draw("leave_one_speaker_out", source(), settings, 1)
    done = audiovisual.perform(["audio", "video"], settings, source(), drawn[:1], unit)
    networks = audiovisual.phases.networks(done)
    assert networks.loc["audio", "trained"] == networks.loc["audio", "parameters"]
    assert networks.loc["video", "trained"] < networks.loc["video", "parameters"]
    for name in ("audio", "video"):
        (run,), (folder,) = done.of(name).runs, done.of(name).folders
        torch.manual_seed(run.seed)
        start = audiovisual_training.build(run.settings).backbone.state_dict()
        network = load_model(audiovisual_training.build(run.settings), folder)
        kept = [torch.equal(value, start[key]) for key, value in network.backbone.state_dict().items()]
        assert all(kept) == (name == "video")
        tested = audiovisual_training.segments_of(run, "test")
        inputs = audiovisual_training.pictures_of(run.settings, tested)
        with torch.no_grad():
            probabilities = network.eval()(*(x[slice(0, len(x))] for x in inputs)).softmax(1)
        stored = pd.read_parquet(folder / "segments.parquet").query("part == 'test'")
        stored = stored.set_index("sample_id").loc[list(tested["segment"])].filter(like="probability_")
        np.testing.assert_allclose(probabilities, stored, atol=1e-5)


@pytest.mark.slow
def test_the_whole_network_can_be_trained_in_the_second_phase(project):
    settings = stage(models={"attention": {"freeze": False}})
    drawn, unit = audiovisual.draw("leave_one_speaker_out", source(), settings, 1)
    done = audiovisual.perform(["attention"], settings, source(), drawn[:1], unit)
    counts = audiovisual.phases.networks(done)
    assert counts.loc["attention", "trained"] == counts.loc["attention", "parameters"]


@pytest.mark.slow
def test_clips_stay_together_but_in_the_leaking_folds(project, tmp_path):
    settings = stage()
    drawn, unit = audiovisual.draw(audiovisual.LEAKING, source(), settings, 1)
    assert unit == "segment"
    clips = [{name.rsplit("#", 1)[0] for name in split.train} for split in drawn]
    tested = [{name.rsplit("#", 1)[0] for name in split.test} for split in drawn]
    assert any(train & test for train, test in zip(clips, tested, strict=True))
    done = audiovisual.perform(["audio"], settings, source(), drawn, unit)
    voted = audiovisual.gather_clips(done, tmp_path / "leaking.parquet", unit)
    assert sorted(voted["sample_id"]) == sorted(source().table("samples")["sample_id"])
    for split in audiovisual.draw("speaker_kfold", source(), stage(folds=3), 1)[0]:
        assert not set(split.train) & set(split.test)
    with pytest.raises(SplitError, match="not one of"):
        audiovisual.draw("unknown", source(), settings, 1)


def test_ravdess_needs_its_videos(project, tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("")
    folder = tmp_path / "data/ravdess/Actor_01"
    folder.mkdir(parents=True)
    for name in ("01-01-03-01-01-01-01.mp4", "02-01-03-01-01-01-01.mp4", "01-01-01-01-01-01-01.mp4",
                 "03-01-03-01-01-01-01.wav"):  # fmt: skip
        (folder / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "check", lambda name, root: {})
    clips = extraction.clips_of("ravdess")
    assert clips["video"].to_list() == ["Actor_01/01-01-03-01-01-01-01.mp4"]
    for path in folder.glob("*.mp4"):
        path.unlink()
    with pytest.raises(catalogue.CorpusError, match="no speech in the form audio-video"):
        extraction.clips_of("ravdess")


def test_published_numbers_beside_ours():
    classes = list(rml.CLASSES)
    label = np.tile(np.arange(6), 8)
    test = pd.DataFrame(
        {"repeat": 0, "cluster": np.arange(48) // 6, "label": label, "prediction": label}
        | {f"probability_{name}": 0.0 for name in classes}
    )
    table = audiovisual_report.beside_matrix(test, "")
    assert len(table) == 36 and set(table["verdict"]) == {"agrees", "differs"}
    diagonal = table[table["true"] == table["predicted"]]
    assert (diagonal["ours"] == 100).all()
    printed = audiovisual_report.published_matrix(classes)
    assert printed.loc["anger", "anger"] == pytest.approx(0.8824)
    recalls = np.diag(printed).mean()
    assert recalls == pytest.approx(0.7613, abs=1e-4)  # what Table 1 calls accuracy
    scores = pd.DataFrame(
        {"experiment": "attention", "metric": ["UAR", "WAR"], "score": [0.76, 0.9],
         "low": [0.73, 0.9], "high": [0.79, 0.9], "runs": 8}
    )  # fmt: skip
    beside = audiovisual_report.beside(scores, "attention", "Table 1", "rml", "")
    assert beside[["published", "ours", "verdict"]].to_numpy().tolist() == [[76.13, 76.0, "agrees"]]
