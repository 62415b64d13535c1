"""RAVDESS's reader: names, layout, incomplete actors, and the real recordings."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.corpora import catalogue, ravdess
from lib.corpora.catalogue import CorpusError
from lib.corpora.ravdess import Recording


def valid_numbers() -> st.SearchStrategy[tuple[int, ...]]:
    limits = (3, 2, 8, 2, 2, 2, 24)
    numbers = st.tuples(*(st.integers(1, limit) for limit in limits))
    return numbers.filter(lambda fields: fields[2:4] != (1, 2))


def write_actor(root: Path, actor: int, modality: int = 3, channel: int = 1) -> Path:
    """All recordings of an actor in one modality: 60 spoken or 44 sung."""
    folder = root / f"Actor_{actor:02d}"
    folder.mkdir(parents=True, exist_ok=True)
    for emotion in range(1, 9 if channel == 1 else 7):
        for intensity in (1, 2)[: 1 if emotion == 1 else 2]:
            for statement in (1, 2):
                for repetition in (1, 2):
                    name = Recording(modality, channel, emotion, intensity, statement, repetition, actor).name
                    (folder / f"{name}{'.wav' if modality == 3 else '.mp4'}").touch()
    return folder


@given(valid_numbers())
def test_a_name_survives_the_round_trip(numbers: tuple[int, ...]) -> None:
    recording = Recording(*numbers)
    suffix = ".wav" if recording.modality == 3 else ".mp4"
    assert Recording.parse(recording.name) == recording
    assert Recording.parse(recording.name + suffix) == recording
    assert Recording.parse(recording.name).name == recording.name


@given(valid_numbers(), st.integers(0, 19), st.sampled_from("0123456789-x٣ "))
def test_a_name_with_a_wrong_character_is_refused_or_another_name(
    numbers: tuple[int, ...], position: int, character: str
) -> None:
    name = Recording(*numbers).name
    name = name[:position] + character + name[position + 1 :]
    try:
        recording = Recording.parse(name)
    except ValueError as error:
        assert str(error).startswith(f"{name} is not a name of RAVDESS")
    else:
        assert recording.name == name


def test_what_a_name_says() -> None:
    recording = Recording.parse("03-01-06-01-02-01-12.wav")
    assert recording == Recording(3, 1, 6, 1, 2, 1, 12)
    assert recording.sex == "female"
    assert Recording.parse("01-02-05-02-01-02-17.mp4").sex == "male"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("03-01-06-01-02-12.wav", "seven numbers"),
        ("3-01-06-01-02-01-12.wav", "seven numbers"),
        ("03-01-09-01-02-01-12.wav", "emotion is 09"),
        ("03-01-06-01-02-01-25.wav", "actor is 25"),
        ("03-01-06-01-02-01-00.wav", "actor is 00"),
        ("04-01-06-01-02-01-12.wav", "modality is 04"),
        ("03-01-01-02-02-01-12.wav", "no strong intensity"),
        ("03-01-06-01-02-01-12.mp4", "modality 03 is a .wav file"),
        ("02-01-06-01-02-01-12.wav", "modality 02 is a .mp4 file"),
        ("03-01-06-01-02-01-12 (1).wav", "seven numbers"),
    ],
)
def test_malformed_names(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recording.parse(name)
    folder = write_actor(tmp_path, 12)
    (folder / name).touch()
    with pytest.raises(CorpusError, match=message) as caught:
        ravdess.read(tmp_path)
    assert str(folder / name) in str(caught.value)


def test_table(tmp_path: Path) -> None:
    write_actor(tmp_path, 1)
    write_actor(tmp_path, 2)
    (tmp_path / "Actor_02" / "._03-01-06-01-02-01-02.wav").touch()
    (tmp_path / "Actor_02" / "notes.txt").touch()
    table = ravdess.read(tmp_path)
    assert len(table) == 120
    assert table["sample_id"].is_unique
    assert table["label"].value_counts().to_dict() == {
        emotion: 8 if emotion == "neutral" else 16 for emotion in ravdess.CLASSES
    }
    row = table.set_index("sample_id").loc["03-01-06-02-01-02-02"]
    assert row["label"] == row["emotion"] == "fearful"
    assert row["speaker"] == row["cluster"] == "Actor_02"
    assert row["sex"] == "female"
    assert (row["modality"], row["channel"], row["intensity"]) == ("audio", "speech", "strong")
    assert (row["statement"], row["repetition"]) == (1, 2)
    assert row["transcript"] == "Kids are talking by the door."
    assert row["path"] == "Actor_02/03-01-06-02-01-02-02.wav"
    assert (tmp_path / row["path"]).is_file()


def test_labels_are_emotions(tmp_path: Path) -> None:
    write_actor(tmp_path, 1)
    table = ravdess.read(tmp_path)
    assert (table["label"] == table["emotion"]).all()
    assert table["label"].value_counts().to_dict() == {
        emotion: 4 if emotion == "neutral" else 8 for emotion in ravdess.CLASSES
    }


def test_song_and_video(tmp_path: Path) -> None:
    for modality in (1, 2, 3):
        write_actor(tmp_path, 3, modality)
    write_actor(tmp_path, 3, channel=2)
    for modality, suffix in (("audio", ".wav"), ("audio-video", ".mp4"), ("video", ".mp4")):
        one = ravdess.read(tmp_path, modality=modality)  # one row a performance
        assert len(one) == 60 and one["performance"].is_unique
        assert one["path"].str.endswith(suffix).all()
    assert ravdess.read(tmp_path)["modality"].eq("audio").all()
    assert catalogue.get("ravdess").use("audiovisual").options == {"modality": "audio-video"}
    table = ravdess.read(tmp_path, speech_only=False, modality=None)
    assert len(table) == 224
    spoken = table[table["channel"] == "speech"]
    assert (spoken.groupby("performance")["modality"].nunique() == 3).all()
    counts = ravdess.check(tmp_path, strict=True)
    assert counts["speech/video"] == 60
    assert counts["song/audio"] == 44


def test_a_copy_without_the_wanted_modality(tmp_path: Path) -> None:
    write_actor(tmp_path, 3, modality=2)
    with pytest.raises(CorpusError, match="no speech in the form audio in Actor_01"):
        ravdess.read(tmp_path)
    assert ravdess.check(tmp_path, strict=True)["speech/video"] == 60


def test_an_actor_with_a_recording_too_few(tmp_path: Path) -> None:
    write_actor(tmp_path, 1)
    (write_actor(tmp_path, 2) / "03-01-06-02-01-02-02.wav").unlink()
    with pytest.raises(CorpusError) as caught:
        ravdess.check(tmp_path, strict=True)
    assert str(caught.value).split("\n")[-1].split() == ["Actor_02/speech/audio", "60", "59", "-1"]
    assert ravdess.check(tmp_path, strict=False)["recordings"] == 119


def test_actor_18_does_not_sing(tmp_path: Path) -> None:
    for actor in (17, 18):
        write_actor(tmp_path, actor)
    write_actor(tmp_path, 17, channel=2)
    assert ravdess.check(tmp_path, strict=True)["recordings"] == 164
    write_actor(tmp_path, 18, channel=2)
    with pytest.raises(CorpusError, match="Actor_18/song/audio"):
        ravdess.check(tmp_path, strict=True)


def test_a_recording_in_another_actors_folder(tmp_path: Path) -> None:
    folder = write_actor(tmp_path, 1)
    (folder / "03-01-06-02-01-02-02.wav").touch()
    with pytest.raises(CorpusError, match=r"03-01-06-02-01-02-02.wav: a recording of actor 02"):
        ravdess.read(tmp_path)


@pytest.mark.parametrize("name", ["Actor 02", "actor_02", "Actor2", "Actor_02 (1)"])
def test_an_actor_in_a_folder_of_another_name_is_not_skipped(tmp_path: Path, name: str) -> None:
    write_actor(tmp_path, 1)
    write_actor(tmp_path, 2).rename(tmp_path / name)
    with pytest.raises(CorpusError, match="a recording of actor 02, not in the folder Actor_02"):
        ravdess.read(tmp_path)


def test_no_actor(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no speech in the form audio in Actor_01 to Actor_24"):
        ravdess.read(tmp_path)


def test_the_real_recordings(shared_data: Callable[[str], Path]) -> None:
    counts = ravdess.check(shared_data("ravdess"), strict=True)
    assert counts["speech/audio"] == 60 * counts["actors"]
    table = ravdess.read(shared_data("ravdess"))
    assert table.groupby("sex")["speaker"].nunique().to_dict() == {"female": 6, "male": 6}
