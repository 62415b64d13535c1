from pathlib import Path

import numpy as np
import pytest

from lib.corpora import recola, sewa
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance
from tests.corpora.conftest import LFS

ARFF = (
    "@relation GOLDSTANDARD_VALENCE\n\n@attribute Instance_name string\n"
    "@attribute frameTime numeric\n@attribute GoldStandard numeric\n\n\n@data\n\n"
)


def write_recola(root: Path, number: int = 9, values: int = 7501) -> Path:
    """The challenge's tree with empty videos."""
    top = root / recola.ROOT
    for folder in ("ratings_gold_standard/valence", "ratings_individual/valence",
                   "recordings_video"):  # fmt: skip
        (top / folder).mkdir(parents=True)
    rows = "".join(f"'NAME',{k * 0.04:.2f},{k / 1e5:.6f}\n" for k in range(values))
    rated = "time;FM1;FM2;FM3;FF1;FF2;FF3\n" + "".join(
        f"{k * 0.04:.2f};0.1;0.2;0.3;{k / 1e5:.5f};0;-1\n" for k in range(values)
    )
    for part in ("train", "dev"):
        for index in range(1, number + 1):
            name = f"{part}_{index}"
            gold = ARFF + rows.replace("NAME", name)
            (top / f"ratings_gold_standard/valence/{name}.arff").write_text(gold)
            (top / f"ratings_individual/valence/{name}.csv").write_text(rated)
            (top / f"recordings_video/{name}.mp4").touch()
    (top / "ratings_gold_standard/valence/train_all.arff").write_text(ARFF)  # left alone
    return root


def write_sewa(root: Path, train: int = 34, dev: int = 14, language: str = "") -> Path:
    (root / "labels").mkdir(parents=True, exist_ok=True)
    (root / "video").mkdir(exist_ok=True)
    for start, number in ((f"Train{language}", train), (f"Devel{language}", dev)):
        for index in range(1, number + 1):
            name = f"{start}_{index:02d}"
            lines = [f"'{name}';{k / 10:.1f};0.5;{k / 1000:.4f};-0.2" for k in range(30)]
            if index == 1:
                lines.insert(0, "name;time;arousal;valence;liking")
            (root / "labels" / f"{name}.csv").write_text("\n".join(lines) + "\n")
            (root / "video" / f"{name}.avi").touch()
    return root


def test_recola_in_the_challenges_tree(tmp_path):
    folder = write_recola(tmp_path)
    assert recola.check(folder, strict=True)["values"] == 18 * 7501
    table = recola.read(folder)
    assert list(table["sample_id"][:2]) == ["train_1", "train_2"]
    assert list(table["part"].value_counts()) == [9, 9]
    first = table.iloc[0].to_dict()
    times, values = recola.trace(folder, first)
    assert len(times) == 7501 and times[-1] == pytest.approx(300)
    np.testing.assert_allclose(values, np.round(np.arange(7501) / 1e5, 6))
    when, rated = recola.ratings(folder, first)
    assert rated.shape == (6, 7501) and len(when) == 7501
    np.testing.assert_allclose(rated[:, 0], [0.1, 0.2, 0.3, 0, 0, -1])


def test_recola_counts_and_files_that_are_wrong(tmp_path):
    folder = write_recola(tmp_path, number=2, values=20)
    with pytest.raises(CorpusError, match="counts are wrong"):
        recola.check(folder, strict=True)
    assert recola.check(folder, strict=False)["with individual ratings"] == 4
    gold = folder / recola.ROOT / "ratings_gold_standard" / "valence" / "dev_1.arff"
    whole = gold.read_text()
    row = recola.read(folder).query("sample_id == 'dev_1'").iloc[0].to_dict()
    for text, message in (
        (whole.replace("@data", ""), "no line @data"),
        (whole + "'dev_1',0.80\n", "does not have 3 values"),
        (whole + "'dev_1',0.80,high\n", "could not convert string to float"),
        (whole + "'dev_1',0.10,0.2\n", "0.76 is followed by 0.1, not 0.04 s later"),
        (ARFF, "not a trace"),
    ):
        gold.write_text(text)
        with pytest.raises(CorpusError, match=message) as error:
            recola.trace(folder, row)
        assert "dev_1.arff" in str(error.value)
    (folder / recola.ROOT / "recordings_video" / "train_2.mp4").unlink()
    with pytest.raises(CorpusError, match=r"(?s)videos missing.*train_2.mp4"):
        recola.read(folder)
    with pytest.raises(CorpusError, match=r"no file is named train_<number>"):
        recola.read(tmp_path / "nothing")


def test_recola_without_individual_ratings(tmp_path):
    folder = write_recola(tmp_path, number=1, values=20)
    (folder / recola.ROOT / "ratings_individual" / "valence" / "dev_1.csv").unlink()
    table = recola.read(folder)
    assert recola.ratings(folder, table.iloc[1].to_dict()) is None
    assert recola.check(folder, strict=False)["with individual ratings"] == 1


def test_sewa_in_the_challenges_tree(tmp_path):
    folder = write_sewa(tmp_path)
    found = sewa.check(folder, strict=True)
    assert (found["train"], found["dev"]) == (34, 14)
    table = sewa.read(folder)
    for row in (table.iloc[0].to_dict(), table.iloc[1].to_dict()):  # with names above and without
        times, values = sewa.trace(folder, row)
        np.testing.assert_allclose(times, np.arange(30) / 10)
        np.testing.assert_allclose(values, np.arange(30) / 1000)
    assert sewa.ratings(folder, table.iloc[0].to_dict()) is None


@pytest.mark.parametrize("languages", [["_DE"], ["_DE", "_HU"]])
def test_sewa_in_the_names_of_2018_and_2019(tmp_path, languages):
    for language in languages:
        write_sewa(tmp_path, language=language)
    (tmp_path / "labels/Test_HU_01.csv").write_text("not public")
    found = sewa.check(tmp_path, strict=True)
    assert (found["train"], found["dev"]) == (34 * len(languages), 14 * len(languages))
    table = sewa.read(tmp_path)
    assert table["sample_id"].is_unique and table["part"][0] == "train"
    assert list(table["sample_id"][: len(languages)]) == [f"Train{own}_01" for own in languages]
    (tmp_path / f"labels/Train{languages[-1]}_05.csv").unlink()
    with pytest.raises(CorpusError, match="2 of 3 counts are wrong"):
        sewa.check(tmp_path, strict=True)


def test_sewa_files_that_are_wrong(tmp_path):
    folder = write_sewa(tmp_path, 2, 1)
    with pytest.raises(CorpusError, match="counts are wrong"):
        sewa.check(folder, strict=True)
    path = folder / "labels" / "Train_02.csv"
    row = sewa.read(folder).iloc[1].to_dict()
    for text, message in (
        ("'Train_02';0.0;0.1;0.2\n" * 2, "does not have 5 values"),
        ("'Train_02';0.0;a;b;0\n'Train_02';0.1;a;b;0\n", "could not convert string to float"),
        ("", "is empty"),
    ):
        path.write_text(text)
        with pytest.raises(CorpusError, match=message):
            sewa.trace(folder, row)
    (folder / "video" / "Devel_01.avi").unlink()
    with pytest.raises(CorpusError, match="videos missing"):
        sewa.read(folder)
    with pytest.raises(CorpusError, match=r"no file is named Train_<number>"):
        sewa.read(tmp_path / "nothing")


def test_recordings_without_their_video_are_left_out(tmp_path):
    given = dict.fromkeys(("version", "source", "licence"), "x") | {"files": 1, "bytes": 1}
    for name, module, video in (
        ("recola", recola, f"{recola.ROOT}/recordings_video/dev_1.mp4"),
        ("sewa", sewa, "video/Devel_01.avi"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        write_recola(folder, 2, 20) if name == "recola" else write_sewa(folder, 2, 2)
        (folder / video).unlink()
        with pytest.raises(CorpusError, match="1 videos missing"):
            module.read(folder)
        left_out = {video: "is empty"}
        origin = Provenance(corpus=name, kind="licensed", left_out=left_out, counts={}, **given)
        origin.write(folder)
        counts = module.check(folder, strict=False)
        assert (counts["recordings"], counts["dev"]) == (3, 1)
        origin.model_copy(update={"counts": counts}).write(folder)
        assert module.check(folder) == counts
        origin.model_copy(update={"counts": counts | {"recordings": 4}}).write(folder)
        with pytest.raises(CorpusError, match=r"recordings +4 +3"):
            module.check(folder)


def sewa_trace(folder, text):
    """Valence of Train_02 after its file was written anew."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "labels" / "Train_02.csv").write_bytes(content)
    return sewa.trace(folder, sewa.read(folder).iloc[1].to_dict())


ROWS = [f"'Train_02';{k / 10};0.5;{k / 100};-0.2" for k in range(9)]


@pytest.mark.parametrize(
    "lines",
    [
        ROWS,
        ["name;timestamp;arousal;valence;liking", *ROWS],
        ["name;frameTime;Valence;Arousal;liking"] + [f"x;{k / 10};{k / 100};0.5;0" for k in range(9)],
        ["valence;time", *(f"{k / 100};{k / 10}" for k in range(9))],
        ['"name"; "time"; "arousal"; "valence"; "liking"']
        + [f'"x"; "{k / 10}"; "0.5"; "{k / 100}"; "0"' for k in range(9)],
    ],
)
@pytest.mark.parametrize(("start", "end"), [("", "\n"), ("\ufeff", "\r\n")])
def test_columns_go_by_their_names(tmp_path, lines, start, end):
    times, values = sewa_trace(write_sewa(tmp_path, 2, 1), start + end.join(lines) + end)
    np.testing.assert_allclose(times, np.arange(9) / 10)
    np.testing.assert_allclose(values, np.arange(9) / 100)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\n".join(["'Train_02';0.0;0.1;0.1;", *ROWS[1:]]) + "\nx;0.9;a;b;c",
            "line 10 is damaged .*: could not convert",
        ),
        ("\n".join(["'Train_02';0.0;0.1;;0", *ROWS[1:]]), "line 1 is damaged"),
        ("\n".join(["name;time;arousal;liking;other", *ROWS]), "needs one of times and one of val"),
        ("\n".join(f"x;{k * 100};0;0;0" for k in range(9)), "0 is followed by 100, .* in seconds"),
        ("\n".join(f"x;{20 + k / 10:.1f};0;0;0" for k in range(9)), "labels begin at 20 s"),
        ("\n".join(f"x;{k / 10};0;{k};0" for k in range(9)), "a value is 8 from zero"),
        (b"x;0.0;0;0;0\n\xe9;0.1;0;0;0\n", "line 2 is not UTF-8: save the file"),
        (b"<html>", "is a web page"),
        (LFS, "is a git-lfs pointer"),
    ],
)
def test_labels_that_would_be_guessed_are_refused(tmp_path, text, message):
    with pytest.raises(CorpusError, match=message) as caught:
        sewa_trace(write_sewa(tmp_path, 2, 1), text)
    assert "Train_02.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("frameTime", "frame", "needs one of times and one of valence|gold"),
        ("',0.", "',", "0 is followed by 4, not 0.04 s later"),
        ("0.000010", "-1.5", "a value is 1.5 from zero"),
        ("0.04,0.000010", "0.04", "line 11 is damaged.* does not have 3 values"),
    ],
)
def test_gold_standards_are_checked_when_the_corpus_is(tmp_path, old, new, message):
    folder = write_recola(tmp_path, number=1, values=20)
    gold = folder / recola.ROOT / "ratings_gold_standard" / "valence" / "dev_1.arff"
    gold.write_text(gold.read_text().replace(old, new, 99 if "'" in old else 1))
    with pytest.raises(CorpusError, match=message) as caught:
        recola.check(folder, strict=False)
    assert "dev_1.arff" in str(caught.value)


@pytest.mark.parametrize("header", ["", "FM1;FM2;time;FM3;FF1;FF2;FF3\n", "time;FM1;FM2;FM3\n"])
def test_ratings_with_and_without_names(tmp_path, header):
    folder = write_recola(tmp_path, number=1, values=20)
    path = folder / recola.ROOT / "ratings_individual" / "valence" / "dev_1.csv"
    rows = [line.split(";") for line in path.read_text().splitlines()[1:]]
    if header.startswith("FM1"):
        rows = [[*row[1:3], row[0], *row[3:]] for row in rows]
    path.write_text(header + "\n".join(";".join(row) for row in rows) + "\n")
    if header.startswith("time"):
        with pytest.raises(CorpusError, match=r"dev_1\.csv, line 2 is damaged.* does not have 4 values"):
            recola.check(folder, strict=False)
        return
    when, rated = recola.ratings(folder, recola.read(folder).iloc[1].to_dict())
    np.testing.assert_allclose(when, np.arange(20) * 0.04)
    np.testing.assert_allclose(rated[:, 0], [0.1, 0.2, 0.3, 0, 0, -1])
