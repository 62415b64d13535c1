"""EMOTIC: people in pictures of everyday scenes, labelled with 26 emotion categories.

Kosti et al. (2017), "Emotion recognition in context". `lib.corpora.emotic_annotations` reads the annotations.
The size of a picture is read from its file: the annotated width and height are often exchanged.
"""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from lib.corpora import checks
from lib.corpora import emotic_annotations as annotations

LABELS, PARTS, CONTINUOUS = annotations.LABELS, annotations.PARTS, annotations.CONTINUOUS

EXPECTED = {
    "mat": None,  # the catalogue's
    "csv": {"persons": 33_784, "train persons": 23_266, "val persons": 3_315, "test persons": 7_203},
    "arrays": {"test persons": 7_279},
}
"""Persons by form of the annotations; 76 of the test part whose cut boxes are empty are not in the csv."""


def read(
    folder: Path, unlabelled: bool = False, boxes: Literal["original", "cut"] = "original"
) -> pd.DataFrame:
    """Sample table of a copy of EMOTIC.

    `folder` holds ``emotic`` with the pictures, and the annotations. With `unlabelled`, persons
    without any category are kept; their columns of `LABELS` are all false, which does not describe
    them: do not train or score on them. `boxes` are cut at the picture's edges, or also at the
    annotated size, as in public code.

    Returns
    -------
    DataFrame
        One row per person: sample_id ("train 12.0": part, number of the picture and of the person), part,
        image (relative to `folder`), width, height, grey (one channel), x1, y1, x2, y2 (box in pixels, empty
        if nothing of it is left), box_cut, boxes (as the parameter; always "cut" in the form ``csv``),
        annotated_width, annotated_height, exchanged (whether these are width and height exchanged), lost
        (share of the box beyond the annotated size), label (categories joined by "; "), one boolean column
        for each of `LABELS`, valence, arousal, dominance (1 to 10, missing if not rated), gender, age,
        annotators (missing if unknown), speaker (missing), cluster (the picture).

    Raises
    ------
    CorpusError
        If annotations or pictures are missing or malformed, or a category is unknown.
    """
    rows = list(annotations.persons(folder))
    table = checks.sample_table(rows, folder, "the annotations contain no person")
    names = table["image"].unique()
    what = "pictures (of the release's folders mscoco, framesdb, emodb_small and ade20k)"
    checks.require_files(folder, names, what)
    headers = pd.DataFrame([_header(folder / name) for name in names], names, ["width", "height", "grey"])
    known = "cut" if annotations.form_of(folder) == "csv" else boxes
    table = _placed(table.join(headers, on="image"), known)
    return table if unlabelled else table[table["label"] != ""].reset_index(drop=True)


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of persons, by part, and of pictures, and of those that are irregular.

    A real copy must have the published numbers of persons and pictures, or those in `EXPECTED` of its form.
    CorpusError as in `read`, if a file is not a picture, or if numbers differ.
    """
    table = read(folder, unlabelled=True)
    images = table.drop_duplicates("image")
    counts = {"persons": len(table), "images": len(images)}
    counts |= checks.tally(table["part"] + " persons", [f"{part} persons" for part in PARTS])
    counts |= {
        "boxes cut at the edge": int(table["box_cut"].sum()),
        "boxes outside the picture": int(((table["x1"] >= table["x2"]) | (table["y1"] >= table["y2"])).sum()),
        "persons without valence": int(table["valence"].isna().sum()),
        "persons without categories": int((table["label"] == "").sum()),
        "grey images": int(images["grey"].sum()),
        "exchanged sizes": int(images["exchanged"].sum()),
    }
    return checks.published("emotic", counts, folder, strict, EXPECTED[annotations.form_of(folder)])


def _header(path: Path) -> tuple[int, int, bool]:
    """Width and height of a picture, and whether it has one channel, by the file's header."""
    from PIL import Image

    with checks.reading(path), Image.open(path) as image:
        return *image.size, image.mode in ("1", "L", "LA")


def _placed(table: pd.DataFrame, boxes: str) -> pd.DataFrame:
    """A table with boxes as annotated and sizes by header, its boxes cut, and what was irregular."""
    corners, sizes = table[list(annotations.BOX)].to_numpy(), table[["width", "height"]].to_numpy()
    annotated = table[list(annotations.ANNOTATED)].to_numpy()
    own, less = (
        np.minimum(corners, np.tile(end, 2)).clip(0) for end in (sizes, np.minimum(sizes, annotated))
    )
    whole, kept = (np.prod((cut[:, 2:] - cut[:, :2]).clip(0), axis=1) for cut in (own, less))
    cut = less if boxes == "cut" else own
    table[list(annotations.BOX)] = cut
    exchanged = (annotated[:, ::-1] == sizes).all(axis=1) & (annotated != sizes).any(axis=1)
    lost = 1 - kept / np.where(whole > 0, whole, np.inf) - (whole == 0)
    return table.assign(boxes=boxes, box_cut=(cut != corners).any(axis=1), exchanged=exchanged, lost=lost)
