from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.io import savemat

from lib.corpora import emotic
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance
from tests.corpora.conftest import LFS

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
    assert set(again["boxes"]) == {"cut"} and set(table["boxes"]) == {"original"}
    compared = [name for name in table.columns if name not in ("boxes", "box_cut", "annotators")]
    pd.testing.assert_frame_equal(again[compared], table[compared], check_dtype=False)


def test_labels_are_in_alphabetical_order():
    assert list(emotic.LABELS) == sorted(emotic.LABELS) and len(emotic.LABELS) == 26


def test_damage_is_named(release):
    (release / "emotic" / "mscoco" / "images" / "a.jpg").unlink()
    with pytest.raises(CorpusError, match=r"(?s)1 pictures .* missing.*a\.jpg"):
        emotic.read(release)
    mat = release / "Annotations" / "Annotations.mat"
    savemat(mat, {"train": [picture("a.jpg", [person([70, 5, 80, 9], [["Peace"]], [[1, 1, 1]])])]})
    with pytest.raises(CorpusError, match=r"there is no struct 'val'"):
        emotic.read(release)
    savemat(mat, {"train": [picture("a.jpg", [person([1, 5, 8, 9], [["Joy"]], [[1, 1, 1]])])]})
    with pytest.raises(CorpusError, match=r"unknown categories \['Joy'\]"):
        emotic.read(release)
    savemat(mat, {"train": [{"filename": "a.jpg"}]})
    with pytest.raises(CorpusError, match=r"train 0 is damaged .*: KeyError: 'folder'"):
        emotic.read(release)
    mat.write_bytes(b"no mat file at all, not even near")
    with pytest.raises(CorpusError, match=r"Annotations\.mat is damaged or of another form"):
        emotic.read(release)
    mat.unlink()
    with pytest.raises(
        CorpusError,
        match=r"none of .*Annotations\.mat, train\.csv, .*annot_arrs_train\.csv: get the annotations",
    ):
        emotic.read(release)


EMPTY = np.zeros((0, 0))


def write_mat(folder, **parts):
    """Annotations with one person more in each given part, and their pictures."""
    other = picture("other.jpg", [person([1, 1, 9, 9], [["Peace"]], [[5, 5, 5]])])
    content = {part: [other, *parts.get(part, [])] for part in emotic.PARTS}
    (folder / "Annotations").mkdir(exist_ok=True)
    savemat(folder / "Annotations" / "Annotations.mat", content)
    for entry in (entry for entries in content.values() for entry in entries):
        path = folder / "emotic" / entry["folder"] / entry["filename"]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40)).save(path)


@pytest.mark.parametrize("part", ["train", "val"])
def test_persons_without_categories_are_left_out_unless_wanted(tmp_path, part):
    someone = person([1, 1, 9, 9], [["Pain"]], [[2, 3, 4]], None if part == "train" else ["Pain"])
    nobody = someone | {"annotations_categories": EMPTY}
    if part == "val":
        nobody |= {"combined_categories": EMPTY}
    write_mat(tmp_path, **{part: [picture("x.jpg", [nobody, someone])]})
    assert len(emotic.read(tmp_path)) == 4
    everyone = emotic.read(tmp_path, unlabelled=True)
    assert len(everyone) == 5
    row = everyone.set_index("sample_id").loc[f"{part} 1.0"]
    assert row["label"] == "" and not row[list(emotic.LABELS)].any()
    assert (row["valence"], row["annotators"]) == (2, 0)
    counts = emotic.check(tmp_path, strict=False)
    assert counts["persons"] == 5 and counts["persons without categories"] == 1


def test_persons_whom_nobody_rated_stay_with_missing_values(tmp_path):
    unrated = person([1, 1, 9, 9], [["Pain"]], [[2, 3, 4]], ["Pain"])
    unrated |= {"annotations_continuous": EMPTY, "combined_continuous": EMPTY}
    write_mat(tmp_path, test=[picture("x.jpg", [unrated])])
    row = emotic.read(tmp_path).set_index("sample_id").loc["test 1.0"]
    assert row["label"] == "Pain" and row[list(emotic.CONTINUOUS)].isna().all()


def write_csv(folder, **changes):
    row = {"Index": 0, "Folder": "mscoco/images", "Filename": "a.jpg", "Image Size": "[60, 40]",
           "BBox": "[1, 1, 9, 9]", "Categorical_Labels": "['Doubt/Confusion']",
           "Continuous_Labels": "[5, nan, 3]", "Gender": "Male", "Age": "Adult"}  # fmt: skip
    for part in emotic.PARTS:
        pd.DataFrame([row | (changes if part == "val" else {})]).to_csv(folder / f"{part}.csv", index=False)
    path = folder / "emotic" / "mscoco" / "images" / "a.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (60, 40)).save(path)
    return path


def test_a_csv_copy_is_held_against_the_counts_of_csv_files(tmp_path):
    write_csv(tmp_path, Continuous_Labels="[]")
    table = emotic.read(tmp_path)
    np.testing.assert_array_equal(
        table[list(emotic.CONTINUOUS)], [[5, np.nan, 3], [np.nan] * 3, [5, np.nan, 3]]
    )
    assert emotic.check(tmp_path, strict=False)["grey images"] == 1
    with pytest.raises(CorpusError) as caught:
        emotic.check(tmp_path, strict=True)
    found = {tuple(line.split()[-3:]) for line in str(caught.value).split("\n")[2:]}
    assert found == {("33784", "3", "-33781"), ("23266", "1", "-23265"),
                     ("3315", "1", "-3314"), ("7203", "1", "-7202")}  # fmt: skip
    assert sum(emotic.EXPECTED["csv"][f"{part} persons"] for part in emotic.PARTS) == 33_784


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("Continuous_Labels", "[1, 2]", r"val 0\.0 .*2 values for valence"),
        ("Continuous_Labels", "7", r"val\.csv, line 2"),
        ("Categorical_Labels", "__import__('os')", r"val\.csv, line 2"),
        ("Categorical_Labels", "['Joy']", "unknown categories"),
        ("BBox", "[1, 2, 3]", "not a box of four numbers"),
        *(
            (column, None, r"val\.csv, line 2 is damaged")
            for column in ("Image Size", "BBox", "Categorical_Labels", "Continuous_Labels")
        ),
        ("Filename", None, r"pictures .* missing"),
        ("Image Size", "[60]", r"val\.csv, line 2 is damaged"),
        ("Image Size", "['w', 'h']", r"val\.csv, line 2 is damaged"),
        ("Continuous_Labels", "['x', 1, 2]", r"val\.csv, line 2 is damaged"),
        ("Categorical_Labels", "[1, 2]", r"val\.csv, line 2 is damaged|unknown categories"),
        ("Continuous_Labels", "[5, 5, 5", r"val\.csv, line 2 is damaged"),
    ],
)
def test_damage_of_csv_files_is_named(tmp_path, column, value, message):
    write_csv(tmp_path, **{column: value})
    with pytest.raises(CorpusError, match=message):
        emotic.read(tmp_path)


HEAD = b"Folder,Filename,Image Size,BBox,Categorical_Labels,Continuous_Labels,Gender,Age\n"
ROW = b'mscoco/images,a.jpg,"[60, 40]","[1, 1, 9, 9]","[\'Pain\']","[5, 5, 5]",Male,Adult\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD + ROW + ROW.replace(b"a.jpg", b"caf\xe9.jpg"), "line 3 is not UTF-8: save the file"),
        (HEAD + ROW + ROW.replace(b'"[60, 40]"', b'"[60, 40]') + ROW, r"val\.csv.* is damaged"),
        (HEAD + ROW + ROW.replace(b'5]",', b"5],"), r"val\.csv is damaged .*: .*EOF inside str"),
        (HEAD.replace(b"BBox", b"Box") + ROW, r"val\.csv, line 2 is damaged .*: KeyError: 'BBox'"),
        (HEAD + ROW + b"a,b,c,d,e,f,g,h,i,j\n", r"val\.csv is damaged .*line 3"),
        (b"", r"val\.csv is empty"),
        (LFS, r"val\.csv is a git-lfs pointer"),
    ],
)
def test_csv_files_that_do_not_parse_are_named(tmp_path, content, message):
    write_csv(tmp_path)
    (tmp_path / "val.csv").write_bytes(content)
    with pytest.raises(CorpusError, match=message) as caught:
        emotic.read(tmp_path)
    assert "val.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda raw: raw[: len(raw) // 2],
            r"Annotations\.mat is damaged or of another form, copy it again",
        ),
        (lambda raw: raw[:200], r"Annotations\.mat is damaged or of another form, copy it again"),
        (lambda raw: b"", r"Annotations\.mat is empty"),
        (lambda raw: LFS, r"Annotations\.mat is a git-lfs pointer"),
        (lambda raw: b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM", "7.3: save it .* with -v7"),
    ],
)
def test_mat_files_that_cannot_be_read_are_named(release, change, message):
    mat = release / "Annotations" / "Annotations.mat"
    mat.write_bytes(change(mat.read_bytes()))
    with pytest.raises(CorpusError, match=message):
        emotic.read(release)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_size", {"n_col": "wide", "n_row": 40}),
        ("image_size", {"n_col": EMPTY, "n_row": 40}),
        ("person", "nobody"),
        ("person", {"body_bbox": EMPTY}),
    ],
)
def test_entries_that_are_malformed_are_named(tmp_path, field, value):
    good = picture("x.jpg", [person([1, 1, 9, 9], [["Pain"]], [[2, 3, 4]])])
    write_mat(tmp_path, train=[good | {field: value}])
    with pytest.raises(CorpusError, match=r"Annotations\.mat, train 1 is damaged"):
        emotic.read(tmp_path)


def test_sizes_are_those_of_the_files_not_the_annotated_ones(tmp_path):
    """Annotated 40 x 60, the file has 60 x 40: boxes are cut where public code cuts them, or not."""
    boxes = ([5, 5, 30, 35], [30, 10, 55, 30], [45, 5, 60, 20], [50, 5, 70, 60], [70, 5, 80, 9])
    people = [person(box, [["Pain"]], [[2, 3, 4]]) for box in boxes]
    write_mat(tmp_path, test=[picture("x.jpg", people, size=(40, 60))])
    table = emotic.read(tmp_path).query("image.str.endswith('x.jpg')")
    assert set(table["width"]) == {60} and set(table["height"]) == {40} and table["exchanged"].all()
    corners = table[["x1", "y1", "x2", "y2"]].to_numpy().tolist()
    assert corners == [*map(list, boxes[:3]), [50, 5, 60, 40], [60, 5, 60, 9]]
    assert table["box_cut"].tolist() == [False] * 3 + [True] * 2
    np.testing.assert_allclose(table["lost"], [0, 0.6, 1, 1, 0])
    cut = emotic.read(tmp_path, boxes="cut").query("image.str.endswith('x.jpg')")
    assert cut[["x1", "x2"]].to_numpy().tolist() == [[5, 30], [30, 40], [40, 40], [40, 40], [40, 40]]
    counts = emotic.check(tmp_path, strict=False)
    assert counts["exchanged sizes"] == 1 and counts["boxes outside the picture"] == 1
    assert not emotic.read(tmp_path).query("image.str.endswith('other.jpg')")["exchanged"].any()


OUTSIDE = ("../a.jpg", "../../../a.jpg", "/etc/a.jpg", "x/../../a.jpg", "..\\a.jpg", "./a.jpg", "")


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    """Also where such a picture is there."""
    Image.new("L", (60, 40)).save(tmp_path / "a.jpg")
    folder = tmp_path / "copy"
    folder.mkdir()
    write_csv(folder, Filename=name) if name else write_csv(folder, Folder="../..")
    with pytest.raises(CorpusError, match=r"val\.csv, line 2 .*no name of a picture below emotic"):
        emotic.read(folder)
    good = person([1, 1, 9, 9], [["Pain"]], [[2, 3, 4]])
    entries = [picture("a.jpg", [good]), picture(name or "..", [good])]
    (folder / "Annotations").mkdir()
    savemat(folder / "Annotations" / "Annotations.mat", dict.fromkeys(emotic.PARTS, entries))
    with pytest.raises(CorpusError, match=r"Annotations\.mat, train 1 .*no name of a picture below emotic"):
        emotic.read(folder)


@pytest.mark.parametrize("form", ["csv", "arrays"])
def test_pictures_that_were_left_out_are_known(tmp_path, form):
    (write_csv if form == "csv" else write_arrays)(tmp_path, Filename="cut.jpg")
    gone = "emotic/mscoco/images/cut.jpg"
    given = dict.fromkeys(("version", "source", "licence"), "x") | {"counts": {}, "files": 1, "bytes": 1}
    Provenance(corpus="emotic", kind="licensed", left_out={gone: "is cut"}, **given).write(tmp_path)
    table = emotic.read(tmp_path)
    assert gone not in set(table["image"]) and len(table) == (2 if form == "csv" else 5)
    assert emotic.check(tmp_path)["persons"] == len(table)


def write_arrays(folder, **changes):
    """The form `annot_arrs_*.csv`: two people in one picture of each part; `changes` are of val's second."""
    for number, part in enumerate(emotic.PARTS):
        row = {"Filename": f"{part}.jpg", "Width": 60, "Height": 40, "Age": "Adult", "Gender": "Male",
               "Valence": 5.0, "Arousal": "", "Dominance": 7.0,
               **{label: int(label == "Doubt/Confusion") for label in emotic.LABELS},
               "X_min": 1, "Y_min": 2, "X_max": 50 + number, "Y_max": 30,
               "Arr_name": f"{part}.npy", "Crop_name": f"crop_{part}.npy"}  # fmt: skip
        path = folder / "annots_arrs" / f"annot_arrs_{part}.csv"
        path.parent.mkdir(exist_ok=True)
        rows = pd.DataFrame([row, row | (changes if part == "val" else {})])
        rows[[name for name in rows if name not in changes or changes[name] != "no column"]].to_csv(path)
        for base in ("mscoco", "ade20k") if changes.get("Arr_name") == "twice" else ("mscoco",):
            image = folder / "emotic" / base / "images" / f"{part}.jpg"
            image.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (60, 40)).save(image)


def test_the_form_with_a_column_for_each_label_is_read(tmp_path):
    write_arrays(tmp_path, Pain=1)
    table = emotic.read(tmp_path)
    assert table["sample_id"].tolist() == [f"{part} 0.{n}" for part in emotic.PARTS for n in (0, 1)]
    assert (
        table["label"].tolist()
        == ["Doubt/Confusion"] * 3 + ["Doubt/Confusion; Pain"] + ["Doubt/Confusion"] * 2
    )
    row = table.iloc[4]
    assert row["image"] == "emotic/mscoco/images/test.jpg" and row["boxes"] == "original"
    assert row[["x1", "y1", "x2", "y2"]].tolist() == [1, 2, 52, 30]
    np.testing.assert_array_equal(row[list(emotic.CONTINUOUS)].astype(float), [5, np.nan, 7])
    assert (row["gender"], row["age"]) == ("Male", "Adult") and pd.isna(row["annotators"])
    with pytest.raises(CorpusError, match=r"test persons +7279 +2"):
        emotic.check(tmp_path, strict=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Filename": "gone.jpg"}, r"line 3 is damaged .*gone\.jpg is no picture below emotic"),
        ({"Arr_name": "twice"}, r"line 2 .*are several pictures: .*ade20k.*, .*mscoco"),
        ({"X_min": ""}, "line 3 .*not a box of four numbers"),
        ({"Width": "wide"}, "line 3 is damaged"),
        ({"Pain": ""}, "line 3 is damaged"),
        ({"Pain": "no column"}, "line 2 is damaged .*KeyError: 'Pain'"),
        ({"Valence": "high"}, "line 3 is damaged"),
    ],
)
def test_damage_of_the_form_with_a_column_for_each_label_is_named(tmp_path, changes, message):
    write_arrays(tmp_path, **changes)
    with pytest.raises(CorpusError, match=rf"annot_arrs_(val|train)\.csv, {message}"):
        emotic.read(tmp_path)
    (tmp_path / "annots_arrs" / "annot_arrs_train.csv").unlink()
    with pytest.raises(CorpusError, match=r"no .*annot_arrs_train\.csv, the annotations of the part 'train'"):
        emotic.read(tmp_path)


def test_a_huge_picture_is_named(tmp_path, monkeypatch):
    path = write_csv(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # the file has 2400, above twice as many
    with pytest.raises(CorpusError, match=r"a\.jpg is damaged .*: DecompressionBomb.*pixels"):
        emotic.check(tmp_path, strict=False)
    path.write_bytes(LFS)
    with pytest.raises(CorpusError, match=r"a\.jpg is a git-lfs pointer"):
        emotic.check(tmp_path, strict=False)


def test_a_file_that_is_no_picture_is_named(tmp_path):
    path = write_csv(tmp_path)
    path.write_bytes(b"not a picture")
    with pytest.raises(CorpusError, match=r"a\.jpg is damaged .*: UnidentifiedImageError"):
        emotic.check(tmp_path, strict=False)


def test_annotations_without_persons(tmp_path):
    (tmp_path / "Annotations").mkdir()
    nothing = dict.fromkeys(emotic.PARTS, EMPTY)
    savemat(tmp_path / "Annotations" / "Annotations.mat", nothing)
    with pytest.raises(CorpusError, match="contain no person"):
        emotic.read(tmp_path)
