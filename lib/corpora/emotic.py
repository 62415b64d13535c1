"""EMOTIC: people in pictures of everyday scenes, labelled with 26 emotion categories.

Kosti et al. (2017), "Emotion recognition in context". Read from the release's ``Annotations.mat``
or from the csv files to which public code converts it.
"""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError

LABELS = catalogue.get("emotic").classes
"""Categories in alphabetical order, as in the papers' tables."""

PARTS = ("train", "val", "test")
CONTINUOUS = ("valence", "arousal", "dominance")

USABLE = {"persons": 33_784, "train persons": 23_266, "val persons": 3_315, "test persons": 7_203}
"""Persons in the csv files of public code, which omits those without categories or VAD."""


def read(folder: Path, unlabelled: bool = False) -> pd.DataFrame:
    """Sample table of a copy of EMOTIC.

    Parameters
    ----------
    folder : Path
        Holds ``emotic`` with the pictures, and the annotations.
    unlabelled : bool
        Keep persons without any category. Their columns of `LABELS` are all false, which does not
        describe them: do not train or score on them.

    Returns
    -------
    DataFrame
        One row per person: sample_id ("train 12.0": part, number of the picture and of the person),
        part, image (relative to `folder`), width, height, x1, y1, x2, y2 (box in pixels, cut at the
        picture's edges), box_cut, label (categories joined by "; "), one boolean column for each of
        `LABELS`, valence, arousal, dominance (1 to 10, missing if not rated), gender, age,
        annotators, speaker (missing), cluster (the picture).

    Raises
    ------
    CorpusError
        If annotations are missing or malformed, a category is unknown, a box lies outside its
        picture, or a picture is missing.
    """
    mat = _mat(folder)
    rows = list(_from_mat(mat) if mat.is_file() else _from_csv(folder))
    table = checks.sample_table(rows, folder, "the annotations contain no person")
    what = "pictures (of the release's folders mscoco, framesdb, emodb_small and ade20k)"
    checks.require_files(folder, table["image"].unique(), what)
    return table if unlabelled else table[table["label"] != ""].reset_index(drop=True)


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of persons, by part, and of pictures, and of those that are irregular.

    A real copy with ``Annotations.mat`` must have the published numbers of persons and pictures,
    one with csv files those in `USABLE`. CorpusError also if a file is not a picture.
    """
    table = read(folder, unlabelled=True)
    counts = {"persons": len(table), "images": int(table["image"].nunique())}
    counts |= checks.tally(table["part"] + " persons", [f"{part} persons" for part in PARTS])
    counts |= {
        "boxes cut at the edge": int(table["box_cut"].sum()),
        "persons without valence": int(table["valence"].isna().sum()),
        "persons without categories": int((table["label"] == "").sum()),
        "grey images": sum(_is_grey(folder / name) for name in table["image"].unique()),
    }
    expected = None if _mat(folder).is_file() else USABLE
    return checks.published("emotic", counts, folder, strict, expected)


def _mat(folder: Path) -> Path:
    return folder / "Annotations" / "Annotations.mat"


def _is_grey(path: Path) -> bool:
    """Whether a picture has one channel, according to the file's header."""
    from PIL import Image

    with checks.reading(path), Image.open(path) as image:
        return image.mode in ("1", "L", "LA")


def _row(
    name: str, image: str, size: Any, box: Any, categories: list[str], continuous: Any, **about: Any
) -> dict[str, Any]:
    """Row of a person as annotated, in either form of the annotations."""
    if unknown := set(categories) - set(LABELS):
        raise ValueError(f"{name} ({image}): unknown categories {sorted(unknown)}")
    width, height = size
    if np.size(box) != 4:
        raise ValueError(f"{name} ({image}): {box!r} is not a box of four numbers")
    x1, y1, x2, y2 = (float(value) for value in np.ravel(box))
    cut = (max(x1, 0), max(y1, 0), min(x2, width), min(y2, height))
    if cut[0] >= cut[2] or cut[1] >= cut[3]:
        raise ValueError(f"{name} ({image}): nothing of the box {[x1, y1, x2, y2]} is inside it")
    ratings = [np.nan if value is None else float(value) for value in continuous]
    ratings = ratings or [np.nan] * 3
    if len(ratings) != len(CONTINUOUS):
        raise ValueError(f"{name} ({image}): {len(ratings)} values for {', '.join(CONTINUOUS)}")
    return {
        "sample_id": name,
        "part": name.split()[0],
        "image": image,
        "width": width,
        "height": height,
        **dict(zip(("x1", "y1", "x2", "y2"), cut, strict=True)),
        "box_cut": cut != (x1, y1, x2, y2),
        "label": "; ".join(label for label in LABELS if label in categories),
        **{label: label in categories for label in LABELS},
        **dict(zip(CONTINUOUS, ratings, strict=True)),
        **about,
        "speaker": pd.NA,
        "cluster": image,
    }


def _from_mat(path: Path) -> Iterator[dict[str, Any]]:
    from scipy.io import loadmat

    with checks.reading(path):
        annotations = loadmat(path, simplify_cells=True)
    for part in PARTS:
        if part not in annotations:
            raise CorpusError(f"{path}: there is no struct {part!r}")
        for number, picture in enumerate(_list(annotations[part])):
            with checks.reading(f"{path}, {part} {number}"):
                for person, entry in enumerate(_persons(picture)):
                    yield _row(f"{part} {number}.{person}", **entry)


def _persons(picture: dict[str, Any]) -> Iterator[dict[str, Any]]:
    image = f"emotic/{picture['folder']}/{picture['filename']}"
    size = (int(picture["image_size"]["n_col"]), int(picture["image_size"]["n_row"]))
    for entry in _list(picture["person"]):
        fields = {key.lower(): value for key, value in entry.items()}
        annotations = _list(fields["annotations_categories"])
        if "combined_categories" in fields:
            categories = _list(fields["combined_categories"])
        else:
            categories = [name for entry in annotations for name in _list(entry["categories"])]
        rated = _list(fields.get("combined_continuous", fields["annotations_continuous"]))
        values = [_number(rated[0].get(name)) for name in CONTINUOUS] if rated else []
        yield {
            "image": image,
            "size": size,
            "box": fields["body_bbox"],
            "categories": [str(name) for name in categories if str(name)],
            "continuous": values,
            **{name: str(fields[name]) for name in ("gender", "age")},
            "annotators": len(annotations),
        }


def _from_csv(folder: Path) -> Iterator[dict[str, Any]]:
    for part in PARTS:
        path = folder / f"{part}.csv"
        if not path.is_file():
            raise CorpusError(
                f"{folder}: neither Annotations/Annotations.mat nor {path.name}: get the "
                "annotations as DATASETS.md says"
            )
        previous, number, person = "", -1, 0
        with checks.reading(path):
            rows = pd.read_csv(StringIO(checks.text(path)), dtype="str").to_dict("records")
        for line, row in enumerate(rows, start=2):
            with checks.reading(f"{path}, line {line}"):
                image = f"emotic/{row['Folder']}/{row['Filename']}"
                size, box, categories, continuous = (
                    ast.literal_eval(re.sub(r"\bnan\b", "None", str(row[name])))
                    for name in ("Image Size", "BBox", "Categorical_Labels", "Continuous_Labels")
                )
                several = bool(continuous) and isinstance(continuous[0], list)
                number, person = (number, person + 1) if image == previous else (number + 1, 0)
                previous = image
                about: dict[str, Any] = {name.lower(): str(row[name]) for name in ("Gender", "Age")}
                about["annotators"] = len(continuous) if several else 1
                values = continuous[0] if several else continuous
                name = f"{part} {number}.{person}"
                yield _row(name, image, size, box, categories, values, **about)


def _list(value: Any) -> list[Any]:
    """MATLAB's single values and arrays of values, both as a list."""
    if isinstance(value, list):
        return value
    if isinstance(value, np.ndarray):
        return value.tolist() if value.ndim else [value.item()]
    return [value]


def _number(value: Any) -> Any:
    """MATLAB's single value; None for an empty array."""
    values = np.ravel(np.asarray(value, dtype=object))
    return values[0] if len(values) == 1 else None
