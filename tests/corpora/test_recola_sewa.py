from pathlib import Path

import numpy as np
import pytest

from lib.corpora import recola, sewa
from lib.corpora.catalogue import CorpusError

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
    for part in ("train", "dev"):
        for index in range(1, number + 1):
            name = f"{part}_{index}"
            rows = "".join(f"'{name}',{k * 0.04:.2f},{k / 1e5:.6f}\n" for k in range(values))
            (top / f"ratings_gold_standard/valence/{name}.arff").write_text(ARFF + rows)
            rated = "time;FM1;FM2;FM3;FF1;FF2;FF3\n" + "".join(
                f"{k * 0.04:.2f};0.1;0.2;0.3;{k / 1e5:.5f};0;-1\n" for k in range(values)
            )
            (top / f"ratings_individual/valence/{name}.csv").write_text(rated)
            (top / f"recordings_video/{name}.mp4").touch()
    (top / "ratings_gold_standard/valence/train_all.arff").write_text(ARFF)  # left alone
    return root


def write_sewa(root: Path, train: int = 34, dev: int = 14) -> Path:
    (root / "labels").mkdir(parents=True)
    (root / "video").mkdir()
    for start, number in (("Train", train), ("Devel", dev)):
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
        (whole + "'dev_1',0.80,high\n", "does not parse"),
        (whole + "'dev_1',0.10,0.2\n", "times do not increase"),
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


def test_sewa_files_that_are_wrong(tmp_path):
    folder = write_sewa(tmp_path, 2, 1)
    with pytest.raises(CorpusError, match="counts are wrong"):
        sewa.check(folder, strict=True)
    path = folder / "labels" / "Train_02.csv"
    row = sewa.read(folder).iloc[1].to_dict()
    for text, message in (
        ("'Train_02';0.0;0.1;0.2\n" * 2, "does not have 5 values"),
        ("'Train_02';0.0;a;b;0\n'Train_02';0.1;a;b;0\n", "does not parse"),
        ("", "not a trace"),
    ):
        path.write_text(text)
        with pytest.raises(CorpusError, match=message):
            sewa.trace(folder, row)
    (folder / "video" / "Devel_01.avi").unlink()
    with pytest.raises(CorpusError, match="videos missing"):
        sewa.read(folder)
    with pytest.raises(CorpusError, match=r"no file is named Train_<number>"):
        sewa.read(tmp_path / "nothing")
