from pathlib import Path

import pytest

from lib.corpora import catalogue, checks, enterface, rml
from lib.corpora.catalogue import CorpusError


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.fixture
def rml_folder(tmp_path: Path) -> Path:
    for code in rml.CODES:
        touch(tmp_path / "rml-1" / "s1" / f"{code}1.avi")
        touch(tmp_path / "rml-1" / "s2" / "mandarin" / f"{code.upper()} 2.avi")
        touch(tmp_path / "rml-2" / "s8" / f"{code}12.avi")
    touch(tmp_path / "rml-2" / "s8" / "._an12.avi")
    touch(tmp_path / "rml-2" / "readme.txt")
    return tmp_path


def test_rml_takes_the_emotion_from_the_name_and_the_speaker_from_the_folder(rml_folder):
    table = rml.read(rml_folder)
    assert len(table) == 18 and table["sample_id"].is_unique
    assert table["label"].value_counts().eq(3).all()
    assert sorted(table["speaker"].unique()) == ["s1", "s2", "s8"]
    second = table[table["speaker"] == "s2"].iloc[0]
    assert (second["language"], second["take"]) == ("mandarin", 2)
    assert second["sample_id"] == "s2/mandarin/AN 2"
    counts = rml.check(rml_folder, strict=False)
    assert counts["clips"] == 18 and counts["rml-2"] == 6 and counts["speakers"] == 3
    with pytest.raises(CorpusError, match="720"):
        rml.check(rml_folder, strict=True)


def test_rml_names_that_say_nothing(rml_folder):
    touch(rml_folder / "rml-1" / "s1" / "clip.avi")
    with pytest.raises(CorpusError, match=r"clip\.avi does not begin with one of an, di"):
        rml.read(rml_folder)
    with pytest.raises(CorpusError, match="no clip in rml-1"):
        rml.read(rml_folder / "rml-2")


@pytest.mark.parametrize("speaker", ["S3", "speaker 3", "s3 (1)", ""])
def test_rml_speakers_in_other_folders_are_refused_by_name(rml_folder, speaker):
    touch(rml_folder / "rml-2" / speaker / "an1.avi")
    with pytest.raises(CorpusError, match=r"an1\.avi .* no folder s<number> .*: rename it"):
        rml.read(rml_folder)


def test_rml_speakers_may_be_links(rml_folder):
    (rml_folder / "rml-1" / "s2").rename(rml_folder / "apart")
    (rml_folder / "rml-1" / "s2").symlink_to(rml_folder / "apart")
    assert len(rml.read(rml_folder)) == 18


@pytest.fixture
def enterface_folder(tmp_path: Path) -> Path:
    base = tmp_path / "enterface database"
    names = {1: "s1_{}_{}.avi", 3: "s_3_{}_{}.avi", 11: "s12_{}_{}.avi"}
    for subject, name in names.items():
        for label in enterface.CLASSES:
            for sentence in range(1, 6):
                file = name.format(label[:2], sentence)
                folder = base / f"subject {subject}" / label / f"sentence {sentence}"
                touch(folder / file)
    for label in enterface.CLASSES:
        touch(base / "subject 6" / label / f"s6_{label[:2]}.avi")
    touch(base / "subject 23" / "anger" / "sentence 1" / "s23_an_1.avi")
    (base / "subject 1" / "surprise" / "sentence 3" / "s1_su_3.avi").rename(
        base / "subject 1" / "surprise" / "sentence 3" / "s1_su_3avi.avi"
    )
    return tmp_path


def test_enterface_takes_everything_from_the_folders(enterface_folder):
    table = enterface.read(enterface_folder)
    assert list(table["speaker"].unique()) == ["subject 1", "subject 3", "subject 11"]
    assert len(table) == 90 and table["label"].value_counts().eq(15).all()
    eleven = table[table["speaker"] == "subject 11"]
    assert eleven["video"].str.contains("s12_").all() and eleven["sentence"].max() == 5
    everyone = enterface.read(enterface_folder, complete_only=False)
    assert len(everyone) == 91 and "subject 6" not in set(everyone["speaker"])
    counts = enterface.check(enterface_folder, strict=False)
    assert counts["files"] == 97 and counts["sentences"] == 91
    assert counts["speakers"] == 5 and counts["complete speakers"] == 3
    with pytest.raises(CorpusError, match="1293"):
        enterface.check(enterface_folder, strict=True)


@pytest.mark.parametrize("name", ["subject-3", "subject_3", "Subject3", "SUBJECT 3", "a link"])
def test_enterface_subjects_in_folders_of_other_forms_are_read(enterface_folder, name):
    base = enterface_folder / "enterface database"
    before = enterface.read(enterface_folder)
    if name == "a link":
        (base / "subject 3").rename(enterface_folder / "apart")
        (base / "subject 3").symlink_to(enterface_folder / "apart")
    else:
        (base / "subject 3").rename(base / name)
    columns = ["sample_id", "label", "speaker"]
    assert enterface.read(enterface_folder)[columns].equals(before[columns])
    layout = catalogue.get("enterface").layout
    assert len(checks.files(enterface_folder, *layout)) == 97


@pytest.mark.parametrize("name", ["sujet 3", "3", "subject three"])
def test_enterface_folders_beside_the_subjects_are_refused_by_name(enterface_folder, name):
    base = enterface_folder / "enterface database"
    touch(enterface_folder / "other corpus" / "clip.avi")  # not beside them
    (base / "subject 3").rename(base / name)
    with pytest.raises(CorpusError, match=rf"{name}/.*avi is in no folder `subject <n>`"):
        enterface.read(enterface_folder)


def test_enterface_names_what_is_wrong(enterface_folder):
    base = enterface_folder / "enterface database"
    twice = touch(base / "subject 1" / "anger" / "sentence 1" / "again.avi")
    with pytest.raises(CorpusError, match=r"1 samples occur twice, first .*again\.avi"):
        enterface.read(enterface_folder)
    twice.unlink()
    touch(base / "subject 1" / "joy" / "sentence 1" / "s1.avi")
    with pytest.raises(CorpusError, match="its folder is not one of anger"):
        enterface.read(enterface_folder)
    with pytest.raises(CorpusError, match="no clip in `subject 1`"):
        enterface.read(base / "subject 6" / "anger")
