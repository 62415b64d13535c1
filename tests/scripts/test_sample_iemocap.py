"""The IEMOCAP sample: the release's layout and syntax, the same bytes for the same seed."""

import json
import re
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from lib.corpora import iemocap, provenance
from scripts.sample_corpora import actors, detections, turn_labels, turns
from scripts.sample_corpora import iemocap as sample
from scripts.sample_corpora.__main__ import main
from scripts.sample_corpora.iemocap_effects import Effects

LINE = re.compile(r"^\[(\d+\.\d+) - (\d+\.\d+)\]\t(Ses0[1-5][FM]_\w+?_[FM]\d{3})\t(\w{3})\t\[(.+)\]$")
SIZES = {"seed": 5, "dialogues": 3, "utterances": 12}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "iemocap"
    sample.write(folder, **SIZES)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(release, tmp_path):
    sample.write(tmp_path / "again", **SIZES)
    assert contents(tmp_path / "again") == contents(release)


@pytest.mark.slow
def test_other_seed_other_bytes(release, tmp_path):
    sample.write(tmp_path / "other", **(SIZES | {"seed": 6}))
    assert contents(tmp_path / "other") != contents(release)


def test_annotations_have_the_releases_syntax(release):
    found = 0
    for path in release.glob("IEMOCAP_full_release/Session*/dialog/EmoEvaluation/Ses*.txt"):
        lines = path.read_text().split("\n")
        assert lines[0].startswith("% [START_TIME") and lines[1] == ""
        turns_ = [line for line in lines if line.startswith("[")]
        assert all(LINE.fullmatch(line) for line in turns_)
        assert sum(line.startswith("C-") for line in lines) == 4 * len(turns_)
        assert sum(line.startswith("A-") for line in lines) == 3 * len(turns_)
        found += len(turns_)
        for folder in ("Attribute", "Categorical", "Self-evaluation"):
            assert any((path.parent / folder).glob(f"{path.stem}_*.txt"))
    assert found == SIZES["utterances"]
    assert list(release.rglob("._Ses*.txt"))


def test_reader_accepts_it_and_skips_stray_lines(release):
    table = iemocap.read(release)
    assert len(table) == SIZES["utterances"]
    assert table["transcript"].notna().all() and table["alphapose"].notna().all()
    texts = list(release.glob("IEMOCAP_full_release/Session*/dialog/transcriptions/*.txt"))
    assert all(re.search(r"^[FM]: ", path.read_text(), re.M) for path in texts)
    assert all("XX0 [" in path.read_text() for path in texts)


def test_wav_is_as_long_as_its_turn(release):
    for row in iemocap.read(release).itertuples():
        with wave.open(str(release / row.wav)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
            assert file.getnframes() / 16000 == pytest.approx(row.end - row.start, abs=1e-4)
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert 300 < np.abs(samples.astype(int)).max() < 32767


def test_videos_have_all_frames_and_two_streams(release):
    planned = turns.plan(5, 3, 12, Effects.load().iemocap)
    for dialogue in planned:
        path = next(release.rglob(f"Ses*/{dialogue.name}.avi"), None) or next(
            release.rglob(f"{dialogue.name}.avi")
        )
        with av.open(str(path)) as container:
            assert [stream.type for stream in container.streams] == ["video", "audio"]
            video = container.streams.video[0]
            assert video.codec_context.name == "mpeg4"
            assert (video.width, video.height) == (sample.WIDTH, sample.HEIGHT)
            assert video.average_rate == sample.FRAME_RATE
            assert video.frames == dialogue.frames
            assert sum(1 for _ in container.decode(video=0)) == dialogue.frames


def test_detections_are_alphaposes_rows(release):
    for path in release.glob("alphapose/*/alphapose-results.json"):
        text = path.read_text()
        assert ", " not in text and '": ' not in text
        rows = json.loads(text)
        for row in rows:
            assert set(row) == {"image_id", "category_id", "keypoints", "score", "box", "idx"}
            assert re.fullmatch(r"\d+\.jpg", row["image_id"]) and row["category_id"] == 1
            assert len(row["keypoints"]) == 51 and len(row["box"]) == 4
            confidences = row["keypoints"][2::3]
            assert min(confidences) > 0 and max(confidences) < 1
            assert max(confidences[13:]) < 0.6  # legs are guessed


def test_marked_actor_sits_left(release):
    table = iemocap.read(release).drop_duplicates(["dialogue", "side"])
    for row in table.itertuples():
        rows = json.loads((release / row.alphapose).read_text())
        letters = {1: row.dialogue[5], 2: "M" if row.dialogue[5] == "F" else "F"}
        for entry in rows:
            idx = entry["idx"][0] if isinstance(entry["idx"], list) else entry["idx"]
            if letters.get(idx) != row.speaker[5]:
                continue
            centre = entry["box"][0] + entry["box"][2] / 2
            if -10 < centre < sample.WIDTH + 10:
                assert (centre < sample.WIDTH / 2) == (row.side == "left")


def test_somebody_out_of_the_picture_is_not_detected():
    picture = detections.Picture(240, 160, 30.0, 90)
    strengths = Effects.load().iemocap
    quirks = strengths.quirks.model_copy(update={"missed_a_minute": 0.0})
    strengths = strengths.model_copy(update={"quirks": quirks})
    pixels = np.broadcast_to(np.array([100.0, 80.0]), (90, 17, 2)).copy()
    pixels[30:60, :, 0] = -50.0
    seen = detections.detect(pixels, 1, picture, np.random.default_rng(0), strengths).seen
    assert seen[:30].all() and not seen[30:60].any() and seen[60:].all()


def test_default_plan_has_short_absent_and_other_turns():
    planned = [
        turn
        for dialogue in turns.plan(sample.SEED, sample.DIALOGUES, sample.UTTERANCES, Effects.load().iemocap)
        for turn in dialogue.turns
    ]
    frames = [round((turn.end - turn.start) * turn_labels.FPS) for turn in planned]
    assert min(frames) == 17 and max(frames) == 66
    assert 3 <= sum(turn.absent for turn in planned) <= 4
    assert {"hap", "exc", "fru", "xxx", "sur"} <= {turn.label for turn in planned}
    assert len({turn.speaker for turn in planned}) == 10


def test_speakers_differ_in_style_and_body():
    movement = Effects.load().iemocap.movement
    one, two = (actors.make(name, 1, movement) for name in ("Ses01F", "Ses02F"))
    assert not np.allclose(one.offsets, two.offsets)
    assert not np.allclose(one.styles["anger"].posture, two.styles["anger"].posture)


def test_provenance_counts_the_files(release):
    origin = provenance.read(release)
    assert origin.kind == "synthetic" and origin.licence == "CC0-1.0"
    assert origin.version.startswith("sample-1")
    others = {name: data for name, data in contents(release).items() if name != "PROVENANCE.json"}
    assert origin.files == len(others)
    assert origin.bytes == sum(map(len, others.values()))
    assert origin.counts == iemocap.counts(iemocap.read(release))
    assert Effects.load(release / origin.effects) == Effects.load()


def test_impossible_sizes_and_full_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match="13 dialogues"):
        turns.plan(1, 13, 100, Effects.load().iemocap)
    with pytest.raises(ValueError, match="too few"):
        turns.plan(1, 3, 5, Effects.load().iemocap)
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match="not empty"):
        sample.write(tmp_path, **SIZES)
    assert main(["iemocap", "--to", str(tmp_path)]) == 1
    assert (tmp_path / "mine.txt").read_text() == "keep me"
