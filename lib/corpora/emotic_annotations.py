"""EMOTIC's annotations: the release's ``Annotations.mat``, or one of two forms of public csv files."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import catalogue, checks, matlab, provenance
from lib.corpora.catalogue import CorpusError

Parse = Callable[[dict[str, Any]], tuple[Any, ...]]
LABELS = catalogue.get("emotic").classes
"""Categories in alphabetical order, as in the papers' tables."""

PARTS = ("train", "val", "test")
CONTINUOUS = ("valence", "arousal", "dominance")
ANNOTATED, BOX = ("annotated_width", "annotated_height"), ("x1", "y1", "x2", "y2")
FORMS = {"mat": "Annotations/Annotations.mat", "csv": "{}.csv", "arrays": "annots_arrs/annot_arrs_{}.csv"}
"""Files by form; in the form ``csv``, boxes have been cut at the annotated size of their picture."""


def form_of(folder: Path) -> str:
    """The first of `FORMS` of which a file lies in a folder; CorpusError if there is none."""
    for form, file in FORMS.items():
        if any((folder / file.format(part)).is_file() for part in PARTS):
            return form
    names = ", ".join(file.format("train") for file in FORMS.values())
    raise CorpusError(f"{folder}: none of {names}: get the annotations as DATASETS.md says")


def persons(folder: Path) -> Iterator[dict[str, Any]]:
    """Every person as annotated: see `lib.corpora.emotic.read`, which adds what the pictures show."""
    form = form_of(folder)
    if form == "mat":
        yield from _from_mat(folder / FORMS[form])
        return
    parse: Parse = _public
    if form == "arrays":
        pictures = {Path(image).name: [image] for image in provenance.left_out(folder)}
        for path in checks.files(folder, "emotic/**/*.*"):
            pictures.setdefault(path.name, []).append(path.relative_to(folder).as_posix())
        parse = partial(_of_arrays, pictures)
    for part in PARTS:
        yield from _from_csv(folder / FORMS[form].format(part), part, parse)


def _row(
    name: str, image: str, size: Any, box: Any, categories: Any, continuous: Any, *about: Any
) -> dict[str, Any]:
    """Row of a person as annotated, in any form of the annotations."""
    if {"", ".", ".."} & {*re.split(r"[/\\]", image)}:
        raise ValueError(f"{name} ({image}): no name of a picture below emotic")
    if unknown := set(categories) - set(LABELS):
        raise ValueError(f"{name} ({image}): unknown categories {sorted(unknown)}")
    width, height = (int(value) for value in size)
    corners = [float(value) for value in np.ravel(box)]
    if not 0 < min(width, height) <= max(width, height) < 1e6:
        raise ValueError(f"{name} ({image}): {width} x {height} is no picture's size")
    if len(corners) != 4 or not (np.abs(corners) < 1e6).all():
        raise ValueError(f"{name} ({image}): {box!r} is not a box of four numbers")
    ratings = [np.nan if value is None else float(value) for value in continuous] or [np.nan] * 3
    if len(ratings) != len(CONTINUOUS):
        raise ValueError(f"{name} ({image}): {len(ratings)} values for {', '.join(CONTINUOUS)}")
    if any(value < 0 or value > 10 for value in ratings):
        raise ValueError(f"{name} ({image}): ratings of {ratings}, not 1 to 10")
    row = {"sample_id": name, "part": name.split()[0], "image": image, "speaker": pd.NA, "cluster": image}
    row |= dict(zip((*ANNOTATED, *BOX), (width, height, *corners), strict=True))
    row |= {"annotators": about[0], "gender": str(about[1]), "age": str(about[2])}
    row["label"] = "; ".join(label for label in LABELS if label in categories)
    return row | {name: name in categories for name in LABELS} | dict(zip(CONTINUOUS, ratings, strict=True))


def _from_mat(path: Path) -> Iterator[dict[str, Any]]:
    with checks.reading(path):
        annotations = matlab.load(path)
        for part in PARTS:
            if part not in annotations:
                raise CorpusError(f"{path}: there is no struct {part!r}")
            for number, picture in enumerate(_list(annotations[part])):
                with checks.reading(f"{path}, {part} {number}"):
                    for person, entry in enumerate(_persons(picture)):
                        yield _row(f"{part} {number}.{person}", *entry)


def _persons(picture: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    image = f"emotic/{picture['folder']}/{picture['filename']}"
    size = (picture["image_size"]["n_col"], picture["image_size"]["n_row"])
    for entry in _list(picture["person"]):
        fields = {key.lower(): value for key, value in entry.items()}
        annotations = _list(fields["annotations_categories"])
        if "combined_categories" in fields:
            categories = _list(fields["combined_categories"])
        else:
            categories = [name for entry in annotations for name in _list(entry["categories"])]
        rated = _list(fields.get("combined_continuous", fields["annotations_continuous"]))
        values = [_number(rated[0].get(name)) for name in CONTINUOUS] if rated else []
        labels = [str(name) for name in categories if str(name)]
        about = (len(annotations), fields["gender"], fields["age"])
        yield image, size, fields["body_bbox"], labels, values, *about


def _from_csv(path: Path, part: str, parse: Parse) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise CorpusError(f"no {path}, the annotations of the part {part!r}: copy it again")
    previous, number, person = "", -1, 0
    with checks.reading(path):
        rows: list[Any] = pd.read_csv(StringIO(checks.text(path)), dtype="str").to_dict("records")
    for line, row in enumerate(rows, start=2):
        with checks.reading(f"{path}, line {line}"):
            image, *entry = parse(row)
            number, person = (number, person + 1) if image == previous else (number + 1, 0)
            previous = image
            yield _row(f"{part} {number}.{person}", image, *entry, row["Gender"], row["Age"])


def _public(row: dict[str, Any]) -> tuple[Any, ...]:
    """Row of the most used public code: lists in Python's notation, of one or several annotators."""
    size, box, categories, continuous = (
        ast.literal_eval(re.sub(r"\bnan\b", "None", str(row[name])))
        for name in ("Image Size", "BBox", "Categorical_Labels", "Continuous_Labels")
    )
    several = bool(continuous) and isinstance(continuous[0], list)
    values, number = (continuous[0], len(continuous)) if several else (continuous, 1)
    return f"emotic/{row['Folder']}/{row['Filename']}", size, box, categories, values, number


def _of_arrays(pictures: dict[str, list[str]], row: dict[str, Any]) -> tuple[Any, ...]:
    """Row of the form ``arrays``: a column for each label, no folder, so a picture is found by its name."""
    found = pictures.get(row["Filename"], [])
    if len(found) != 1:
        what = f"are several pictures: {', '.join(found)}" if found else "is no picture below emotic"
        raise ValueError(f"{row['Filename']} {what}")
    size, box = (row["Width"], row["Height"]), [row[name] for name in ("X_min", "Y_min", "X_max", "Y_max")]
    categories = [label for label in LABELS if int(float(row[label]))]
    return found[0], size, box, categories, [row[name.capitalize()] for name in CONTINUOUS], pd.NA


def _list(value: Any) -> list[Any]:
    """MATLAB's single values and arrays of values, both as a list."""
    return np.atleast_1d(value).tolist()


def _number(value: Any) -> Any:
    """MATLAB's single value; None for an empty array."""
    values = np.ravel(np.asarray(value, dtype=object))
    return values[0] if len(values) == 1 else None
