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
    assert second["language"] == "mandarin" and second["sample_id"] == "s2/mandarin/AN 2"
    counts = rml.check(rml_folder, strict=False)
    assert counts["clips"] == 18 and counts["rml-2"] == 6 and counts["speakers"] == 3
    with pytest.raises(CorpusError, match="720"):
        rml.check(rml_folder, strict=True)


def test_rml_names_that_say_nothing(rml_folder):
    touch(rml_folder / "rml-1" / "s1" / "clip.avi")
    with pytest.raises(CorpusError, match=r"clip\.avi does not begin with one of an, di"):
        rml.read(rml_folder)
    with pytest.raises(CorpusError, match="no clip in folders s1"):
        rml.read(rml_folder / "none")


RML_FORMS = [
    # path, speaker, label, language, archive
    ("s3/an1.avi", "s3", "anger", None, None),
    ("S3/AN1.AVI", "s3", "anger", None, None),
    ("s03/su_2.mp4", "s3", "surprise", None, None),
    ("speaker 3/fe-4.avi", "s3", "fear", None, None),
    ("Subject_3/ha (5) copy.avi", "s3", "happiness", None, None),
    ("subject-3/sad 6.mov", "s3", "sadness", None, None),
    ("RML/RML-1/s3/di7a.avi", "s3", "disgust", None, "rml-1"),
    ("rml 2/s3/disgust.avi", "s3", "disgust", None, "rml-2"),
    ("rml_1/s3/Punjabi/fear3.avi", "s3", "fear", "Punjabi", "rml-1"),
    ("s3/Farsi/an 1.avi", "s3", "anger", "Farsi", None),
    ("copy of RML/s3/Italian/happy2.AVI", "s3", "happiness", "Italian", None),
]


@pytest.mark.parametrize(("path", "speaker", "label", "language", "archive"), RML_FORMS)
def test_rml_in_the_forms_that_people_have(tmp_path, path, speaker, label, language, archive):
    touch(tmp_path / path)
    (row,) = rml.read(tmp_path).to_dict("records")
    found = [row[name] for name in ("speaker", "label", "language", "archive", "video")]
    assert found == [speaker, label, language, archive, path]
    assert row["sample_id"] == "/".join(filter(None, [speaker, language, Path(path).stem]))
    assert checks.files(tmp_path, *catalogue.get("rml").layout) == [tmp_path / path]


def test_rml_without_archives_is_counted_as_a_whole(tmp_path):
    for speaker in range(1, 9):
        for number in range(15):
            for code in rml.CODES:
                touch(tmp_path / f"s{speaker}/{code}{number}.avi")
    counts = rml.check(tmp_path, strict=True)
    assert counts["clips"] == 720 and counts["speakers"] == 8 and "rml-1" not in counts
    touch(tmp_path / "s1/english/an1.avi")
    with pytest.raises(CorpusError, match="721"):
        rml.check(tmp_path, strict=True)


@pytest.mark.parametrize("name", ["1an.avi", "angle1.avi", "clip.avi", "x/clip.MP4", "a1.avi"])
def test_rml_clips_without_an_emotion_are_refused_by_name(tmp_path, name):
    touch(tmp_path / "s3" / name)
    with pytest.raises(CorpusError, match=rf"{name} does not begin with one of an, di"):
        rml.read(tmp_path)


def test_rml_clips_that_occur_twice_are_refused_by_name(rml_folder):
    touch(rml_folder / "rml-2" / "S1" / "an1.avi")
    with pytest.raises(CorpusError, match=r"s1/an1 in rml-1/s1/an1\.avi, rml-2/S1/an1\.avi"):
        rml.read(rml_folder)


@pytest.mark.parametrize("speaker", ["3", "actor 3", "s3 (1)", ""])
def test_rml_speakers_in_other_folders_are_refused_by_name(rml_folder, speaker):
    touch(rml_folder / "rml-2" / speaker / "an1.avi")
    with pytest.raises(CorpusError, match=r"an1\.avi .* no folder s<number>: rename it"):
        rml.read(rml_folder)


def test_rml_speakers_may_be_links(rml_folder, tmp_path_factory):
    apart = tmp_path_factory.mktemp("apart") / "s2"
    (rml_folder / "rml-1" / "s2").rename(apart)
    (rml_folder / "rml-1" / "s2").symlink_to(apart)
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


@pytest.mark.parametrize(
    "path",
    [
        "anger/sentence 1/x.avi", "Anger/Sentence 1/x.AVI", "anger/sentence-1/x.avi",
        "ANGER /sentence_1/x.mp4", "anger/sentence1/x.avi", "anger/sentence 1/take 1/x.avi",
        "anger/s7_an_1.avi", "anger/s_7_an_1avi.avi", "anger/1/s7_an_1.avi",
    ],
)  # fmt: skip
@pytest.mark.parametrize("subject", ["subject 7", "subject-7", "Subject07"])
def test_enterface_in_the_forms_that_people_have(tmp_path, subject, path):
    touch(tmp_path / subject / path)
    (row,) = enterface.read(tmp_path, complete_only=False).to_dict("records")
    assert row["sample_id"] == "subject 7/anger/sentence 1" and row["sentence"] == 1
    assert (row["speaker"], row["label"]) == ("subject 7", "anger")
    assert checks.files(tmp_path, *catalogue.get("enterface").layout) == [tmp_path / subject / path]


@pytest.mark.parametrize("path", ["anger/x.avi", "anger/take 1/x.avi", "anger/s7_an_8.avi"])
def test_enterface_clips_without_a_sentence_are_refused_by_name(enterface_folder, path):
    touch(enterface_folder / "enterface database" / "subject 7" / path)
    with pytest.raises(CorpusError, match=rf"subject 7/{path}: neither folder .* states the sentence"):
        enterface.read(enterface_folder)


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
