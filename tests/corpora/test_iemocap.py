"""IEMOCAP's reader on its layout, its quirks and damaged copies of it."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lib.corpora import iemocap
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance

SESSION = "IEMOCAP_full_release/Session1"
RELEASE_LABELS = {
    "neu": 1708,
    "fru": 1849,
    "xxx": 2507,
    "ang": 1103,
    "sad": 1084,
    "exc": 1041,
    "hap": 595,
    "sur": 107,
    "fea": 40,
    "oth": 3,
    "dis": 2,
}
DIALOGUES = (28, 30, 32, 30, 31)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def annotation(folder: Path) -> Path:
    return folder / SESSION / "dialog" / "EmoEvaluation" / "Ses01F_impro01.txt"


def mark(folder: Path, kind: str) -> None:
    Provenance(
        corpus="iemocap",
        kind=kind,
        version="0",
        source="a test",
        licence="none",
        counts={},
        files=0,
        bytes=0,
    ).write(folder)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Annotations with exactly the release's numbers of dialogues, turns and labels."""
    root = tmp_path_factory.mktemp("release")
    labels = [label for label, number in RELEASE_LABELS.items() for _ in range(number)]
    names = [
        f"Ses0{session}{'FM'[number % 2]}_impro{number:02d}"
        for session, dialogues in enumerate(DIALOGUES, start=1)
        for number in range(dialogues)
    ]
    for number, dialogue in enumerate(names):
        session = root / "IEMOCAP_full_release" / f"Session{dialogue[4]}"
        wavs = session / "sentences" / "wav" / dialogue
        paths = {part: session / "dialog" / part for part in ("EmoEvaluation", "transcriptions", "avi")}
        for folder in (wavs, *paths.values(), paths["avi"] / "DivX"):
            folder.mkdir(parents=True, exist_ok=True)
        lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
        for turn, label in enumerate(labels[number :: len(names)]):
            name = f"{dialogue}_F{turn:03d}"
            lines.append(f"[{turn}.0000 - {turn}.9000]\t{name}\t{label}\t[2.5000, 2.5000, 2.5000]")
            os.mknod(f"{wavs}/{name}.wav")
        (paths["EmoEvaluation"] / f"{dialogue}.txt").write_text("\n".join(lines) + "\n")
        (paths["transcriptions"] / f"{dialogue}.txt").write_text("M: no turn\n")
        (paths["avi"] / "DivX" / f"{dialogue}.avi").touch()
    return root


def test_table_of_the_published_layout(iemocap_folder: Path) -> None:
    table = iemocap.read(iemocap_folder)

    assert table.columns.tolist() == [
        *("sample_id", "dialogue", "session", "speaker", "scripted", "script"),
        *("start", "end"),
        *("label_original", "label", "valence", "activation", "dominance", "transcript"),
        *("wav", "video", "alphapose", "side", "cluster"),
    ]
    assert len(table) == 10
    turn = table.set_index("sample_id").loc["Ses01M_script01_1_M001"]
    assert turn["dialogue"] == turn["cluster"] == "Ses01M_script01_1"
    assert turn["session"] == 1
    assert turn["speaker"] == "Ses01M"
    assert turn["scripted"]
    assert (turn["start"], turn["end"]) == (9.25, 11.25)
    assert (turn["valence"], turn["activation"], turn["dominance"]) == (2.5, 3.0, 3.5)
    assert turn["wav"] == (f"{SESSION}/sentences/wav/Ses01M_script01_1/Ses01M_script01_1_M001.wav")
    assert turn["video"] == f"{SESSION}/dialog/avi/DivX/Ses01M_script01_1.avi"
    assert table["alphapose"].isna().all()
    assert not table.set_index("sample_id").loc["Ses01F_impro01_F000", "scripted"]


def test_happy_and_excited_are_one_class_and_other_emotions_have_none(iemocap_folder: Path) -> None:
    table = iemocap.read(iemocap_folder)
    first = table[table["dialogue"] == "Ses01F_impro01"]
    assert first["label_original"].tolist() == ["ang", "hap", "exc", "xxx"]
    assert first["label"].fillna("-").tolist() == ["anger", "happiness", "happiness", "-"]
    assert set(table["label"].dropna()) <= set(iemocap.CLASSES)


def test_a_transcript_keeps_its_colons_and_brackets(iemocap_folder: Path) -> None:
    table = iemocap.read(iemocap_folder).set_index("sample_id")
    for name, text in table["transcript"].items():
        assert text == f"He said: [LAUGHTER] no]: {name}"


@pytest.mark.parametrize("blanks", ["", "  "])
def test_a_transcript_without_a_blank_before_its_times(iemocap_folder: Path, blanks: str) -> None:
    words = iemocap_folder / SESSION / "dialog/transcriptions/Ses01F_impro01.txt"
    edit(words, "Ses01F_impro01_M001 [", f"Ses01F_impro01_M001{blanks}[")
    table = iemocap.read(iemocap_folder).set_index("sample_id")
    assert table.loc["Ses01F_impro01_M001", "transcript"].endswith("Ses01F_impro01_M001")
    assert table["transcript"].notna().all()


@pytest.mark.parametrize("line", ["M: F000 [", "Ses01F_impro01_F000 [006.25-008.25]:  \n["])
def test_a_turn_without_words_has_no_transcript(iemocap_folder: Path, line: str) -> None:
    words = iemocap_folder / SESSION / "dialog/transcriptions/Ses01F_impro01.txt"
    edit(words, "Ses01F_impro01_F000 [", line)
    table = iemocap.read(iemocap_folder).set_index("sample_id")
    assert pd.isna(table.loc["Ses01F_impro01_F000", "transcript"])
    assert table["transcript"].isna().sum() == 1
    assert iemocap.counts(table.reset_index())["with transcript"] == 9


def test_the_actor_of_the_dialogues_letter_sits_left(iemocap_folder: Path) -> None:
    sides = iemocap.read(iemocap_folder).set_index("sample_id")["side"]
    assert sides["Ses01F_impro01_F000"] == "left"
    assert sides["Ses01F_impro01_M001"] == "right"
    assert sides["Ses01M_script01_1_F000"] == "right"
    assert sides["Ses01M_script01_1_M001"] == "left"


@pytest.mark.parametrize(
    ("swap", "swapped"),
    [
        (["Ses01"], {"Ses01F_impro01", "Ses01M_script01_1"}),
        (["Ses01M"], {"Ses01M_script01_1"}),
        (["Ses02F_script03_2b", "Ses01F"], {"Ses02F_script03_2b", "Ses01F_impro01"}),
    ],
)
def test_sides_can_be_swapped(iemocap_folder: Path, swap: list[str], swapped: set[str]) -> None:
    before = iemocap.read(iemocap_folder)
    after = iemocap.read(iemocap_folder, swap_sides=swap)
    changed = before.loc[before["side"] != after["side"], "dialogue"]
    assert set(changed) == swapped
    assert len(changed) == before["dialogue"].isin(swapped).sum()


def test_swapping_the_sides_of_a_dialogue_that_is_not_there(iemocap_folder: Path) -> None:
    with pytest.raises(ValueError, match="Ses09"):
        iemocap.read(iemocap_folder, swap_sides=["Ses01", "Ses09"])


def test_alphapose_results_are_found_by_dialogue(iemocap_folder: Path) -> None:
    result = iemocap_folder / "alphapose" / "Ses01F_impro01" / "alphapose-results.json"
    result.parent.mkdir(parents=True)
    result.write_text("[]")
    table = iemocap.read(iemocap_folder)
    found = table["dialogue"] == "Ses01F_impro01"
    expected = "alphapose/Ses01F_impro01/alphapose-results.json"
    assert (table.loc[found, "alphapose"] == expected).all()
    assert table.loc[~found, "alphapose"].isna().all()
    assert iemocap.counts(table)["dialogues with alphapose"] == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\tang\t", " ang ", "not of the form"),
        ("[6.2500 - 8.2500]", "[6.2500 - ]", "not of the form"),
        ("\tang\t[2.5000, 3.0000, 3.5000]", "\tang\t[2.5000, 3.0000]", "not of the form"),
        ("\tang\t[2.5000", "\tang\t[nan", "not of the form"),
        ("Ses01F_impro01_F000", "Ses01F_impro01_MXX0", "not of the form"),
        ("\tang\t", "\tqqq\t", "unknown label 'qqq'"),
        ("Ses01F_impro01_F000", "Ses01F_impro02_F000", "an utterance of Ses01F_impro02"),
        ("[6.2500 - 8.2500]", "[8.2500 - 6.2500]", "ends before it starts"),
    ],
)
def test_a_line_that_does_not_parse_is_named(iemocap_folder: Path, old: str, new: str, message: str) -> None:
    edit(annotation(iemocap_folder), old, new)
    with pytest.raises(CorpusError, match=message) as caught:
        iemocap.read(iemocap_folder)
    assert "Ses01F_impro01.txt, line 3:" in str(caught.value)


def test_an_utterance_that_comes_twice(iemocap_folder: Path) -> None:
    edit(annotation(iemocap_folder), "_M001\t", "_F000\t")
    with pytest.raises(CorpusError, match="1 samples occur twice, first Ses01F_impro01_F000"):
        iemocap.read(iemocap_folder)


def test_a_dialogue_in_the_folder_of_another_session(iemocap_folder: Path) -> None:
    sessions = iemocap_folder / "IEMOCAP_full_release"
    (sessions / "Session2").rename(sessions / "Session3")
    with pytest.raises(CorpusError, match="session 2 in the folder of Session3"):
        iemocap.read(iemocap_folder)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("IEMOCAP_full_release", "no folder Session1 to Session5"),
        (f"{SESSION}/dialog/EmoEvaluation", "no folder .*EmoEvaluation"),
        (f"{SESSION}/dialog/transcriptions/Ses01F_impro01.txt", "no transcription"),
        (f"{SESSION}/dialog/avi/DivX/Ses01M_script01_1.avi", r"1 videos .*missing\n.*Ses01M_scri"),
        (f"{SESSION}/sentences/wav", r"7 utterances' wav files(.|\n)*_F000.wav(.|\n)*and 2 more"),
    ],
)
def test_missing_files_are_named_and_counted(iemocap_folder: Path, missing: str, message: str) -> None:
    path = iemocap_folder / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(CorpusError, match=message):
        iemocap.read(iemocap_folder)


@pytest.mark.parametrize("name", ["Session 2", "session2", "Session2 (1)"])
def test_a_session_in_a_folder_of_another_name_is_not_skipped(iemocap_folder: Path, name: str) -> None:
    sessions = iemocap_folder / "IEMOCAP_full_release"
    (sessions / "Session2").rename(sessions / name)
    with pytest.raises(CorpusError) as caught:
        iemocap.read(iemocap_folder)
    assert f"rename {name} to Session1 to Session5" in str(caught.value)


def test_annotations_without_a_turn(iemocap_folder: Path) -> None:
    for path in iemocap_folder.glob("IEMOCAP_full_release/*/dialog/EmoEvaluation/Ses*.txt"):
        path.write_text("% header\n\n")
    with pytest.raises(CorpusError, match="no annotated utterance"):
        iemocap.read(iemocap_folder)


def test_a_synthetic_copy_may_have_any_counts(iemocap_folder: Path) -> None:
    mark(iemocap_folder, "synthetic")
    counts = iemocap.check(iemocap_folder)
    assert counts["utterances"] == 10
    assert counts["dialogues"] == 3
    assert (counts["anger"], counts["happiness"]) == (2, 2)
    assert (counts["sadness"], counts["neutral"]) == (1, 2)
    assert counts["four classes"] == 7


def test_a_licensed_copy_with_wrong_counts_stops_with_a_table(iemocap_folder: Path) -> None:
    mark(iemocap_folder, "licensed")
    with pytest.raises(CorpusError) as caught:
        iemocap.check(iemocap_folder)
    rows = {line.rsplit(maxsplit=3)[0]: line.split()[-3:] for line in str(caught.value).split("\n")}
    assert rows["utterances"] == ["10039", "10", "-10029"]
    assert rows["four classes"] == ["5531", "7", "-5524"]


def test_the_releases_counts_are_accepted(release: Path) -> None:
    counts = iemocap.check(release, strict=True)
    assert counts["utterances"] == sum(RELEASE_LABELS.values()) == 10_039
    assert counts["four classes"] == 5531


def test_one_line_less_than_the_release_stops(release: Path) -> None:
    path = release / "IEMOCAP_full_release/Session4/dialog/EmoEvaluation/Ses04F_impro00.txt"
    text = path.read_text()
    line = next(line for line in text.split("\n") if "\thap\t" in line)
    path.write_text(text.replace(line + "\n", ""))
    try:
        with pytest.raises(CorpusError) as caught:
            iemocap.check(release, strict=True)
    finally:
        path.write_text(text)
    wrong = [line.rsplit(maxsplit=3)[0] for line in str(caught.value).split("\n")[2:]]
    assert wrong == ["utterances", "hap", "happiness", "four classes"]


def after(anger: int, happiness: int, sadness: int, neutral: int) -> pd.DataFrame:
    numbers = {"anger": anger, "happiness": happiness, "sadness": sadness, "neutral": neutral}
    labels = [label for label, number in numbers.items() for _ in range(number)]
    return pd.DataFrame({"label": [*labels, None]})


def test_the_papers_5492_utterances_after_exclusion() -> None:
    comparison = iemocap.check_after_exclusion(after(1102, 1606, 1081, 1703), "licensed")
    assert comparison.loc["total", "expected"] == 5492
    assert (comparison["difference"] == 0).all()


def test_other_exclusions_are_reported() -> None:
    comparison = iemocap.check_after_exclusion(after(1100, 1610, 1081, 1703), "licensed")
    assert comparison["difference"].to_dict() == {
        "anger": -2,
        "happiness": 4,
        "sadness": 0,
        "neutral": 0,
        "total": 2,
    }


def test_a_synthetic_copy_has_nothing_to_compare_with() -> None:
    comparison = iemocap.check_after_exclusion(after(4, 3, 2, 1), "synthetic")
    assert comparison["found"].tolist() == [4, 3, 2, 1, 10]
    assert comparison["expected"].isna().all()
    assert comparison["difference"].isna().all()


def test_exclusions_that_cannot_be() -> None:
    with pytest.raises(CorpusError, match="no utterance of sadness"):
        iemocap.check_after_exclusion(after(1, 1, 0, 1), "synthetic")
    with pytest.raises(CorpusError, match="more utterances of anger"):
        iemocap.check_after_exclusion(after(1104, 1606, 1081, 1703), "licensed")
