from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.io import savemat

from lib.corpora import emotic
from lib.corpora.catalog import CorpusError

SCALES = ("valence", "arousal", "dominance")


def person(box, categories, continuous, combined=None):
    fields = {"body_bbox": np.array(box, float), "gender": "Female", "age": "Adult"}
    judged = [{"categories": np.array(names, dtype=object)} for names in categories]
    rated = [dict(zip(SCALES, values, strict=True)) for values in continuous]
    fields["annotations_categories"] = judged if len(judged) > 1 else judged[0]
    fields["annotations_continuous"] = rated if len(rated) > 1 else rated[0]
    if combined is not None:
        fields["combined_categories"] = np.array(combined, dtype=object)
        mean = np.mean(continuous, axis=0)
        fields["combined_continuous"] = dict(zip(SCALES, mean, strict=True))
    return fields


def picture(name, persons, folder="mscoco/images", size=(60, 40)):
    return {"filename": name, "folder": folder,
            "image_size": {"n_col": size[0], "n_row": size[1]},
            "original_database": {"name": "mscoco"},
            "person": persons if len(persons) > 1 else persons[0]}  # fmt: skip


@pytest.fixture
def release(tmp_path: Path) -> Path:
    content = {
        "train": [
            picture("a.jpg", [person([5, 5, 30, 35], [["Peace"]], [[6, 3, 5]])]),
            picture(
                "b.jpg",
                [
                    person([-4, 2, 20, 50], [["Anger", "Fear"]], [[np.nan] * 3]),
                    person([20, 2, 40, 30], [["Happiness"]], [[8, 6, 7]]),
                ],
            ),
        ],
        "val": [
            picture(
                "c.jpg",
                [
                    person(
                        [1, 1, 9, 9], [["Pain"], ["Fear", "Pain"]], [[2, 6, 3], [4, 8, 3]],
                        ["Fear", "Pain"],
                    )
                ],
                "ade20k/images",
            )
        ],
        "test": [picture("d.jpg", [person([1, 1, 9, 9], [["Doubt/Confusion"]], [[5, 5, 5]],
                                          ["Doubt/Confusion"])])],
    }  # fmt: skip
    (tmp_path / "Annotations").mkdir()
    savemat(tmp_path / "Annotations" / "Annotations.mat", content)
    for part in content.values():
        for entry in part:
            path = tmp_path / "emotic" / entry["folder"] / entry["filename"]
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (60, 40)).save(path)
    return tmp_path


def test_mat_with_one_and_several_persons_and_annotators(release):
    table = emotic.read(release)
    assert table["sample_id"].tolist() == ["train 0.0", "train 1.0", "train 1.1", "val 0.0",
                                           "test 0.0"]  # fmt: skip
    second = table.iloc[1]
    assert second[["x1", "y1", "x2", "y2"]].tolist() == [0, 2, 20, 40] and second["box_cut"]
    assert second["Anger"] and second["Fear"] and not second["Peace"]
    assert np.isnan(second["valence"])
    val = table.iloc[3]
    assert (val["label"], val["annotators"], val["valence"]) == ("Fear; Pain", 2, 3)
    assert val["image"] == "emotic/ade20k/images/c.jpg" == val["cluster"]
    assert table.iloc[4]["Doubt/Confusion"]
    assert table[list(emotic.LABELS)].to_numpy().sum() == 7
    counts = emotic.check(release, strict=False)
    assert counts["persons"] == 5 and counts["images"] == 4
    assert counts["boxes cut at the edge"] == 1 and counts["persons without valence"] == 1
    with pytest.raises(CorpusError, match="34320"):
        emotic.check(release, strict=True)


def test_csv_gives_the_same_table(release):
    table = emotic.read(release)
    for part, group in table.groupby("part"):
        rows = [
            {"Folder": str(Path(row.image).parent).removeprefix("emotic/"),
             "Filename": Path(row.image).name, "Image Size": [row.width, row.height],
             "BBox": [row.x1, row.y1, row.x2, row.y2],
             "Categorical_Labels": row.label.split("; "),
             "Continuous_Labels": [row.valence, row.arousal, row.dominance],
             "Gender": row.gender, "Age": row.age}
            for row in group.itertuples()
        ]  # fmt: skip
        pd.DataFrame(rows).to_csv(release / f"{part}.csv")
    (release / "Annotations" / "Annotations.mat").unlink()
    again = emotic.read(release)
    compared = [name for name in table.columns if name not in ("box_cut", "annotators")]
    pd.testing.assert_frame_equal(again[compared], table[compared], check_dtype=False)


def test_labels_are_in_alphabetical_order():
    assert list(emotic.LABELS) == sorted(emotic.LABELS) and len(emotic.LABELS) == 26


def test_damage_is_named(release):
    (release / "emotic" / "mscoco" / "images" / "a.jpg").unlink()
    with pytest.raises(CorpusError, match=r"1 pictures are missing, first .*a\.jpg"):
        emotic.read(release)
    mat = release / "Annotations" / "Annotations.mat"
    savemat(mat, {"train": [picture("a.jpg", [person([70, 5, 80, 9], [["Peace"]], [[1, 1, 1]])])]})
    with pytest.raises(CorpusError, match=r"train 0\.0 .*nothing of the box"):
        emotic.read(release)
    savemat(mat, {"train": [picture("a.jpg", [person([1, 5, 8, 9], [["Joy"]], [[1, 1, 1]])])]})
    with pytest.raises(CorpusError, match=r"unknown categories \['Joy'\]"):
        emotic.read(release)
    savemat(mat, {"train": [{"filename": "a.jpg"}]})
    with pytest.raises(CorpusError, match="train 0: no field 'folder'"):
        emotic.read(release)
    mat.write_bytes(b"no mat file at all, not even near")
    with pytest.raises(CorpusError, match=r"cannot be read as a \.mat file"):
        emotic.read(release)
    mat.unlink()
    with pytest.raises(CorpusError, match=r"neither .* nor train\.csv"):
        emotic.read(release)
