from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from lib.corpora import iemocap, provenance
from lib.corpora.sample import iemocap as sample
from lib.features.pose import read_alphapose
from lib.features.video import frames, lost_frames, probe


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "iemocap"
    sample.write(folder, seed=5, sessions=1, dialogues=2, turns=4)
    return folder


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_same_seed_gives_the_same_bytes(release, tmp_path):
    sample.write(tmp_path / "again", seed=5, sessions=1, dialogues=2, turns=4)
    assert contents(tmp_path / "again") == contents(release)
    sample.write(tmp_path / "other", seed=6, sessions=1, dialogues=2, turns=4)
    assert contents(tmp_path / "other") != contents(release)


def test_the_reader_reads_it_and_it_says_that_it_is_synthetic(release):
    assert provenance.read(release).marker == "synthetic sample"
    table = iemocap.read(release)
    assert len(table) == 8
    assert table["alphapose"].notna().all()
    assert table["transcript"].str.len().gt(5).all()
    letter = table["dialogue"].str[5]
    assert ((table["side"] == "left") == (table["speaker"].str[-1] == letter)).all()


def test_sound_is_as_long_as_its_turn(release):
    for turn in iemocap.read(release).to_dict("records"):
        wave, rate = soundfile.read(release / turn["wav"], dtype="int16")
        assert rate == 16_000
        assert len(wave) / rate == pytest.approx(turn["end"] - turn["start"], abs=1e-3)
        assert np.abs(wave).max() > 300


def test_videos_decode_and_have_sound(release):
    for path in release.rglob("*.avi"):
        info = probe(path)
        assert (info.width, info.height) == (sample.WIDTH, sample.HEIGHT)
        assert sum(1 for _ in frames(path)) == info.frames - lost_frames(path)
        assert lost_frames(path) <= 3  # AVI headers of short files count a little too much
        with av.open(str(path)) as container:
            assert container.streams.video[0].codec_context.name == "mpeg4"
            assert len(container.streams.audio) == 1


def test_the_marked_actor_sits_on_the_left(release):
    for path in (release / "alphapose").rglob("*.json"):
        poses = read_alphapose(path)
        assert poses.keypoints.shape[1:] == (17, 3)
        people = [poses.keypoints[poses.track == track, :, 0].mean() for track in (1, 2)]
        assert people[0] < sample.WIDTH / 2 < people[1]


def test_layout_has_the_releases_stumbling_stones(release):
    session = release / "IEMOCAP_full_release" / "Session1" / "dialog"
    assert (session / "EmoEvaluation" / "Categorical").is_dir()
    assert list((session / "EmoEvaluation").glob("._*"))
    text = (session / "transcriptions" / "Ses01F_impro01.txt").read_text()
    assert "\nM: " in text
    assert "_MXX0 " in text
    for kind, columns in (("head", 6), ("hand", 18), ("rotated", 165)):
        lines = Path(session / f"MOCAP_{kind}" / "Ses01F_impro01.txt").read_text().splitlines()
        assert len(lines[5].split()) == 2 + columns
