import numpy as np
import pytest

from lib.corpora import enterface, provenance, rml
from lib.features import clip_sound, video, voice_activity
from lib.features import faces as detection
from scripts.sample_corpora import audiovisual, audiovisual_effects, faces, people
from scripts.sample_corpora.people import Expression, Pose

EXPRESSIONS = [
    Expression(**movement) * 1.5 for movement in audiovisual_effects.Effects.load().face.shared.values()
]


@pytest.fixture(scope="module")
def small_rml(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rml") / "rml"
    audiovisual.write_rml(folder, seed=4, speakers=2, takes=1)
    return folder


@pytest.mark.parametrize("name", ["mtcnn", "dlib"])
def test_drawn_faces_are_found_by_real_detectors(name):
    generator = np.random.default_rng(1)
    images = []
    for number in range(5):
        who = people.person(9, f"p{number}", number % 2 == 0)
        wall = faces.background(who, audiovisual.SIZE, generator)
        for expression in EXPRESSIONS:
            x, y, roll = generator.normal(0, [0.05, 0.03, 3])
            images.append(np.asarray(faces.draw(who, expression, Pose(x, y, roll), wall)))
    found = detection.detector(name)(images)
    assert np.mean([face is not None for face in found]) >= 0.95
    hidden = faces.draw(who, Expression(), Pose(), wall, hidden=True)
    assert detection.detector(name)([np.asarray(hidden)]) == [None]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(small_rml, tmp_path):
    again = audiovisual.write_rml(tmp_path / "rml", seed=4, speakers=2, takes=1)
    assert again == provenance.read(small_rml)
    other = audiovisual.write_rml(tmp_path / "other", seed=5, speakers=2, takes=1)
    assert other.version != again.version
    with pytest.raises(FileExistsError, match="not empty"):
        audiovisual.write_rml(tmp_path / "rml")


def test_rml_in_its_layout(small_rml):
    table = rml.read(small_rml)
    assert len(table) == 12 and set(table["label"]) == set(rml.CLASSES)
    assert set(table["speaker"]) == {"s1", "s2"} and set(table["archive"]) <= set(rml.ARCHIVES)
    assert set(table.loc[table["speaker"] == "s2", "language"]) == {"mandarin"}
    assert video.probe(small_rml / table["video"][0]).fps == pytest.approx(30)
    assert provenance.read(small_rml).is_synthetic


def test_speech_is_surrounded_by_silence_and_moves_the_face(small_rml):
    timing = audiovisual_effects.Effects.load().timing
    shares = []
    for path in rml.read(small_rml)["video"]:
        wave = clip_sound.read_sound(small_rml / path)
        settings = voice_activity.VoiceActivitySettings(before=0, after=0)
        start, end = voice_activity.speech_region(wave, 16_000, settings)
        shares.append((end - start) / (len(wave) / 16_000))
        assert timing.before[0] - 0.25 < start < timing.before[1] + 0.35
        assert end - start < timing.speech[1] + 0.45
    assert 0.15 < np.mean(shares) < 0.6
    images = [frame.astype(float) for _, _, frame in video.frames(small_rml / path)]
    rest, apex = np.mean(images[:5], axis=0), images[round(len(images) / 2)]
    face = np.s_[30:105, 50:110]
    assert np.abs(apex - rest)[face].mean() > 2 * np.abs(apex - rest)[:15].mean()


@pytest.mark.slow
def test_enterface_with_the_releases_slips(tmp_path):
    folder = tmp_path / "enterface"
    audiovisual.write_enterface(folder, seed=3, complete=(3, 11))
    names = {path.name for path in folder.rglob("*.avi")}
    assert {"s_3_an_1.avi", "s12_an_1.avi", "s6_an.avi"} <= names
    assert not any(path.name.startswith("s12_") for path in (folder / "subject 3").rglob("*"))
    table = enterface.read(folder)
    assert set(table["speaker"]) == {"subject 3", "subject 11"} and len(table) == 60
    everyone = enterface.read(folder, complete_only=False)
    assert (everyone["speaker"] == "subject 23").sum() == 27
    counts = enterface.check(folder)
    assert counts["files"] == 60 + 27 + 6 and counts["complete speakers"] == 2
    assert video.probe(folder / table["video"][0]).fps == pytest.approx(25)
