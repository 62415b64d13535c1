"""What is damaged in a copy, and what is done with it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib.corpora import catalogue, provenance
from lib.corpora.catalogue import CorpusError
from scripts import add_corpus
from scripts.corpora import inspection
from tests.corpora.conftest import AVI, LFS, WAV, avi, write_iemocap
from tests.corpora.test_add import patch_entry, snapshot

SESSION = "IEMOCAP_full_release/Session1"
PARAMS = (
    "skeletal: {corpora: [], movement_corpora: [], speaker_corpora: []}\n"
    "audiovisual: {corpora: [], speaker_corpora: []}\nprofile: sample\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / "params.yaml").write_text(PARAMS)
    return root


@pytest.fixture
def iemocap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two dialogues with all classes."""
    labels = ["ang", "hap", "sad", "neu"]
    root = write_iemocap(tmp_path / "lab", {"Ses01F_impro01": 2 * labels, "Ses01M_impro02": labels})
    for dialogue in ("Ses01F_impro01", "Ses01M_impro02"):
        result = root / "alphapose" / dialogue / "alphapose-results.json"
        result.parent.mkdir(parents=True)
        result.write_text('[{"score": 1}]\n')
    patch_entry(monkeypatch, "iemocap", expected={"utterances": 12, "dialogues": 2})
    return root


def picture(path: Path) -> bytes:
    Image.effect_noise((64, 48), 50).save(path)
    return path.read_bytes()


def mp4(size: int) -> bytes:
    """Boxes alone: a header, and media of a stated size."""
    return b"\0\0\0\x08ftyp" + (size + 8).to_bytes(4, "big") + b"mdat" + bytes(100)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.wav", WAV, None),
        ("a.wav", WAV[:100], r"has 100 of the 364 bytes that it states"),
        ("a.wav", WAV[:4] + b"\xff\xff\xff\xff" + WAV[8:], None),
        ("a.wav", WAV[:4] + bytes(4) + WAV[8:12] + bytes(80), "cannot be opened|holds no sound"),
        ("a.wav", WAV[:40] + bytes(4), "bytes that it states|holds no sound"),
        ("a.wav", LFS, "git-lfs pointer"),
        ("a.avi", AVI, None),
        ("a.avi", AVI[: len(AVI) // 2], "bytes that it states"),
        ("a.avi", b"RIFF\0\0\0\0AVI LIST" + bytes(99), "cannot be opened|length|no picture"),
        ("a.mp4", mp4(500), "has 116 of the 516 bytes"),
        ("a.mp4", b"\0\0\0\x08ftyp\0\0\0\x03moov", "is damaged after byte 8"),
        ("a.txt", b"words\n", None),
        ("a.txt", b" \n\t\r\n", "holds no text"),
        ("a.csv", b"a" * 600 + b"\0" * 9, "bytes of 0"),
        ("a.json", b'[{"a": 1}]\n\n', None),
        ("a.json", b'[{"a": 1}, {"b', "ends early"),
        ("a.jpg", b"\xff\xd8\xff\xe0 no", "cannot be opened"),
        ("a.txt", b"", "is empty: copy it again"),
    ],
)
def test_a_damaged_file_is_found(tmp_path: Path, name: str, content: bytes, words: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = inspection.damage(path)
    if words is None:
        assert found is None
    else:
        assert found and re.search(words, found), found
        assert str(tmp_path) not in found


def test_a_cut_picture_is_found(tmp_path: Path) -> None:
    content = picture(tmp_path / "a.jpg")
    assert inspection.damage(tmp_path / "a.jpg") is None
    (tmp_path / "a.jpg").write_bytes(content[: len(content) // 2])
    assert "truncated" in (inspection.damage(tmp_path / "a.jpg") or "")


def test_all_that_is_damaged_is_listed_and_nothing_is_changed(project: Path, iemocap: Path) -> None:
    wavs = sorted((iemocap / SESSION / "sentences" / "wav").rglob("*.wav"))
    for path in wavs[:7]:
        path.write_bytes(b"")
    words = iemocap / SESSION / "dialog" / "transcriptions" / "Ses01M_impro02.txt"
    words.write_text("M: nothing of the utterances\n")
    before = snapshot(project)
    with pytest.raises(CorpusError, match="8 files are damaged") as error:
        add_corpus.add("iemocap", iemocap, project / "data", dvc=False)
    text = str(error.value)
    assert all(f"  {path.relative_to(iemocap).as_posix()} is empty" in text for path in wavs[:7])
    assert "transcriptions/Ses01M_impro02.txt has words for none of the 4 utterances" in text
    assert "LEAVE_OUT=1" in text
    assert snapshot(project) == before


@pytest.mark.parametrize("damage", ["empty", "missing", "blank", "other lines"])
def test_an_emptied_session_of_transcripts_is_damage(project: Path, iemocap: Path, damage: str) -> None:
    for path in (iemocap / SESSION / "dialog" / "transcriptions").glob("Ses*.txt"):
        if damage == "missing":
            path.unlink()
        else:
            path.write_text({"empty": "", "blank": " \n\n", "other lines": "F: sorry\n"}[damage])
    with pytest.raises(CorpusError, match="2 files are damaged") as error:
        add_corpus.add("iemocap", iemocap, project / "data", dvc=False)
    for name in ("Ses01F_impro01", "Ses01M_impro02"):
        assert f"transcriptions/{name}.txt " in str(error.value)


def test_damaged_files_are_left_out_with_their_samples(project: Path, iemocap: Path) -> None:
    """A sound file with its utterance, a dialogue's file with the dialogue; readers then agree."""
    wav = f"{SESSION}/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"
    (iemocap / wav).write_bytes(WAV[:99])
    result = "alphapose/Ses01M_impro02/alphapose-results.json"
    (iemocap / result).write_text("[{")
    origin = add_corpus.add("iemocap", iemocap, project / "data", dvc=False, leave_out=True)
    annotation = f"{SESSION}/dialog/EmoEvaluation/Ses01M_impro02.txt"
    assert set(origin.left_out or {}) == {wav, result, annotation}
    assert origin.counts["utterances"] == 7
    target = project / "data" / "iemocap"
    stored = json.loads((target / "PROVENANCE.json").read_text())["left_out"]
    assert stored == origin.left_out and stored[annotation] == f"belongs to {result}"
    assert not any((target / name).exists() for name in stored)
    table = catalogue.read("iemocap", project / "data")
    ends = ("M001", "F002", "M003", "F004", "M005", "F006", "M007")
    assert list(table["sample_id"]) == [f"Ses01F_impro01_{end}" for end in ends]
    said = add_corpus.report(origin, replaced=False, dvc=True)
    assert wav in said and "utterances 7 of 12" in said
    (target / SESSION / "sentences/wav/Ses01F_impro01/Ses01F_impro01_F002.wav").unlink()
    with pytest.raises(CorpusError, match="1 utterances' wav files"):
        catalogue.check("iemocap", project / "data")


def test_what_is_missing_besides_the_damage_still_stops(
    project: Path, iemocap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch_entry(monkeypatch, "iemocap", expected={"utterances": 13, "dialogues": 2})
    next(iemocap.rglob("*.wav")).write_bytes(b"")
    with pytest.raises(CorpusError, match="counts are wrong"):
        add_corpus.add("iemocap", iemocap, project / "data", dvc=False, leave_out=True)
    assert not (project / "data").exists()


@pytest.fixture
def rml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two clips of each emotion of one speaker."""
    for code in ("an", "di", "fe", "ha", "sa", "su"):
        for take in (1, 2):
            path = tmp_path / "rml" / "rml-1" / "s1" / f"{code}{take}.avi"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(AVI)
    patch_entry(monkeypatch, "rml", expected={"clips": 12})
    return tmp_path / "rml"


def test_a_left_out_clip_is_not_counted(project: Path, rml: Path) -> None:
    (rml / "rml-1/s1/an2.avi").write_bytes(avi(9)[:3000])
    origin = add_corpus.add("rml", rml, project / "data", dvc=False, leave_out=True)
    assert list(origin.left_out or {}) == ["rml-1/s1/an2.avi"]
    assert catalogue.check("rml", project / "data")["clips"] == 11
    same = add_corpus.add("rml", rml, project / "data", dvc=False, leave_out=True)
    assert same == origin


def test_a_class_without_a_sample_stops(project: Path, rml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("su1", "su2"):
        (rml / f"rml-1/s1/{name}.avi").unlink()
    patch_entry(monkeypatch, "rml", expected={"clips": 10})
    with pytest.raises(CorpusError, match="no sample has the label surprise"):
        add_corpus.add("rml", rml, project / "data", dvc=False)
    assert not (project / "data").exists()


@pytest.mark.parametrize("link", ["folder", "file", "above", "to all"])
def test_links_that_leave_the_source_are_named(project: Path, rml: Path, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "an9.avi").write_bytes(AVI)
    name = {"file": "rml-1/s1/an9.avi", "above": "rml-1/s1/back"}.get(link, "rml-1/s2")
    target = {"file": elsewhere / "an9.avi", "above": rml / "rml-1", "to all": Path("/")}.get(link, elsewhere)
    (rml / name).symlink_to(target)
    before = snapshot(project)
    with pytest.raises(CorpusError, match=f"1 links leave the folder.*\n  {name} leads") as error:
        add_corpus.add("rml", rml, project / "data", dvc=False)
    assert str(target) in str(error.value)
    assert snapshot(project) == before


def test_links_beside_the_corpus_do_not_matter(project: Path, iemocap: Path, tmp_path: Path) -> None:
    (iemocap / "other").symlink_to("/")
    (iemocap / SESSION / "notes.txt").symlink_to("/etc/hostname")
    assert add_corpus.add("iemocap", iemocap, project / "data", dvc=False).counts["utterances"] == 12


def test_a_cut_copy_in_place_is_made_again(project: Path, rml: Path) -> None:
    origin = add_corpus.add("rml", rml, project / "data", dvc=False)
    (project / "data/rml/rml-1/s1/an1.avi").unlink()
    (project / "params.yaml").write_text(PARAMS)
    assert add_corpus.add("rml", rml, project / "data", dvc=False) == origin
    assert (project / "data/rml/rml-1/s1/an1.avi").read_bytes() == AVI
    assert "[rml]" in (project / "params.yaml").read_text()
    assert not (project / ".dvc/tmp/corpora").exists()


def test_files_left_out_are_found_from_below(tmp_path: Path, make_provenance: Callable[..., None]) -> None:
    make_provenance(tmp_path, left_out={"video/Train_01.avi": "is empty"})
    for where in (tmp_path, tmp_path / "labels" / "*.csv"):
        assert provenance.left_out(where) == {"video/Train_01.avi", "Train_01.avi"}
    assert provenance.left_out(tmp_path.parent) == set()


@pytest.fixture
def make_provenance() -> Callable[..., None]:
    def write(folder: Path, **fields: object) -> None:
        given = dict.fromkeys(("version", "source", "licence"), "x") | {"kind": "licensed", "corpus": "sewa"}
        provenance.Provenance(**given, counts={}, files=1, bytes=1, **fields).write(folder)

    return write


def test_a_progress_bar_is_for_terminals_only(
    project: Path, rml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_corpus.add("rml", rml, project / "data", dvc=False)
    assert capsys.readouterr().err == ""
