"""The table of a corpus of one's own, checked row by row."""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from math import isfinite
from pathlib import Path, PurePosixPath, PureWindowsPath

from lib.corpora import checks, provenance
from lib.corpora.catalogue import ENTRY, CorpusError
from scripts.corpora.inspection import PICTURES, VIDEOS

KINDS = {"sound": (".wav",), "video": VIDEOS, "picture": PICTURES, "skeleton": (".npy", ".csv")}
"""Kinds of files by their suffixes."""
REQUIRED = ("path", "label")
VALUE = "value"
"""Column in place of the label: the value of a video, or one row for each part of it."""
RECORDING = "recording"
"""Kind of videos with values over time."""
TIMES, BOX = ("start", "end"), ("x1", "y1", "x2", "y2")
GROUPS = ("speaker", "session", "split")
"""Columns that are named in every row or in none."""
COLUMNS = (*REQUIRED, VALUE, *GROUPS, "text", *TIMES, *BOX)
PARTS = {"train": "train", "dev": "val", "val": "val", "test": "test"}
"""Parts of the paper's release by the words of the column ``split``."""
WRITTEN = (ENTRY, "table.csv", provenance.FILE_NAME)
"""Files that are written beside the copied ones."""
RESERVED = frozenset(
    "samples files speakers sample_id label labels speaker cluster path session part transcript source image "
    "width height grey x1 y1 x2 y2 box_cut boxes lost exchanged valence arousal dominance reason "
    "dialogue script group clip wav video alphapose trace ratings detected filled label_seconds mAP".split()
)
"""Names of columns and counts, which no label may have."""


@dataclass(frozen=True)
class Row:
    """One sample; `where` is the table's name with the row's line."""

    where: str
    path: str
    labels: tuple[str, ...]
    groups: dict[str, str]
    """By column: speaker, session and split, where the table has them."""
    text: str | None
    cut: tuple[float, float] | None
    """Start and end: seconds, or frames of a skeleton."""
    box: tuple[float, ...] | None
    value: float | None = None

    @property
    def place(self) -> tuple[str, tuple[float, ...]]:
        """What no two rows share: the file, and the part of it."""
        return self.path, (*(self.cut or ()), *(self.box or ()))


def read(path: Path, root: Path) -> tuple[str, list[Row]]:
    """Kind of the files and rows of a table, by path; `root` is the folder of the files.

    Raises
    ------
    CorpusError
        Naming the table, the line and what to do.
    """
    if not path.is_file():
        raise CorpusError(f"no table {path}: give a csv file with the columns path and label")
    rows: list[Row] = []
    kinds: dict[str, Row] = {}
    for where, cells in _lines(path):
        row = _row(where, cells, root)
        kind = _kind(row) if row.value is None else RECORDING
        kinds.setdefault(kind, row)
        rows.append(row)
        _require_fitting(row, kind)
    if not rows:
        raise CorpusError(f"{path} has no row below its header: write one for each sample")
    if len(kinds) > 1:
        named = ", ".join(
            f"{kind} ({row.path}, {row.where.rpartition(', ')[2]})" for kind, row in kinds.items()
        )
        raise CorpusError(f"{path} has files of several kinds: {named}; make a table of each kind")
    if len({row.cut is None for row in rows if row.value is not None}) > 1:
        raise CorpusError(f"{path}: start and end are empty in some rows: write them in all or in none")
    rows.sort(key=lambda row: row.place)
    for one, other in pairwise(rows):
        if one.place == other.place:
            raise CorpusError(f"{other.where}: {other.path} is also in {one.where}: remove one of both rows")
    return next(iter(kinds)), rows


def _lines(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Cells by column of every row that is not empty, with the table's name and the line."""
    reader = csv.reader(StringIO(checks.text(path), newline=""), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        _require_columns(path, names)
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(names):
                raise CorpusError(
                    f"{where} has {len(cells)} values for {len(names)} columns: put values with a comma into "
                    "double quotes"
                )
            yield where, {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    except csv.Error as error:
        raise CorpusError(f"{path}, line {reader.line_num} is no line of csv ({error}): mend it") from None


def _require_columns(path: Path, names: Sequence[str]) -> None:
    required = ("path", VALUE) if VALUE in names else REQUIRED
    if VALUE in names and "label" in names:
        raise CorpusError(f"{path} has the columns value and label: make a table of each")
    if missing := [name for name in required if name not in names]:
        raise CorpusError(
            f"{path} has no column {' and no column '.join(missing)}: name the columns in its first line, "
            f"separated by commas (found: {', '.join(names) or 'none'})"
        )
    if twice := {name for name in names if names.count(name) > 1}:
        raise CorpusError(f"{path}: two columns are named {min(twice)}: remove or rename one")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise CorpusError(
            f"{path}: unknown column {unknown[0]!r}: remove it, or rename it to one of {', '.join(COLUMNS)}"
        )
    for together in (TIMES, BOX):
        if 0 < len(found := [name for name in together if name in names]) < len(together):
            raise CorpusError(f"{path} has {', '.join(found)} without the others of {', '.join(together)}")


def _row(where: str, cells: dict[str, str], root: Path) -> Row:
    for name, cell in cells.items():
        if not cell.isprintable():
            raise CorpusError(f"{where}: {name} is {cell!a}, with characters that cannot be printed")
        if cell.lower() in ("nan", "n/a", "null") and name != "text":
            raise CorpusError(f"{where}: {name} is {cell}, which is no value: fill it in, or remove the row")
    groups = {name: cells[name] for name in GROUPS if name in cells}
    for name in (name for name in cells if name in ("path", "label", VALUE, *groups)):
        if not cells[name]:
            other = ", or remove the column" if name in groups else ""
            raise CorpusError(f"{where}: {name} is empty: fill it in{other}")
    if "split" in groups and groups["split"] not in PARTS:
        raise CorpusError(f"{where}: split is {groups['split']}: write train, dev or test")
    given = cells["label"].split(";") if "label" in cells else []
    labels = tuple(dict.fromkeys(label.strip() for label in given))
    for label in labels:
        if not label:
            raise CorpusError(f"{where}: one of the labels {cells['label']!r} is empty: remove its semicolon")
        if label in RESERVED:
            raise CorpusError(f"{where}: the label {label} is the name of a column: write it in another way")
    _require_file(where, cells["path"], root)
    return Row(
        where,
        PurePosixPath(cells["path"]).as_posix(),
        labels,
        groups,
        cells.get("text"),
        _numbers(where, cells, TIMES),  # type: ignore[arg-type]
        _numbers(where, cells, BOX),
        _value(where, cells[VALUE]) if VALUE in cells else None,
    )


def _require_file(where: str, name: str, root: Path) -> None:
    """Raise CorpusError unless a path is that of a file in the folder and leads nowhere else."""
    path = PurePosixPath(name)
    if "\\" in name or path.is_absolute() or PureWindowsPath(name).drive or ".." in path.parts:
        raise CorpusError(
            f"{where}: path is {name}: write it relative to {root}, with forward slashes and without `..`"
        )
    if path.as_posix() in WRITTEN:
        raise CorpusError(f"{where}: {name} is the name of a file that is written here: rename the file")
    if not os.path.isfile(root / path):  # noqa: PTH113  False, too, for names that no file system takes
        raise CorpusError(f"{where}: no file {name} in {root}: correct the path, or remove the row")
    if not (root / path).resolve().is_relative_to(root):
        raise CorpusError(f"{where}: {name} is a link that leaves {root}: replace it by what it leads to")


def _numbers(where: str, cells: dict[str, str], names: Sequence[str]) -> tuple[float, ...] | None:
    """Numbers of columns that belong together, pairs or corners in order; None if they are empty."""
    given = [cells.get(name, "") for name in names]
    if not any(given):
        return None
    found = []
    for name, text in zip(names, given, strict=True):
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or value < 0:
            what = f"is {text}" if text else "is empty"
            raise CorpusError(
                f"{where}: {name} {what}: write a number from 0, or leave all of {', '.join(names)} empty"
            )
        found.append(value)
    half = len(found) // 2
    for first, last, low, high in zip(names, names[half:], found, found[half:], strict=False):
        if low >= high:
            raise CorpusError(f"{where}: {first} {low:g} is not before {last} {high:g}: correct one of them")
    return tuple(found)


def _value(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= 1:
        raise CorpusError(f"{where}: value is {text}: write a number from -1 to 1")
    return value


def _kind(row: Row) -> str:
    suffix = PurePosixPath(row.path).suffix.lower()
    for kind, suffixes in KINDS.items():
        if suffix in suffixes:
            return kind
    known = ", ".join(suffix for suffixes in KINDS.values() for suffix in suffixes)
    advice = "lift 2D keypoints to 3D joints first" if suffix == ".json" else "convert it"
    raise CorpusError(f"{row.where}: {row.path} is none of {known}: {advice}")


def _require_fitting(row: Row, kind: str) -> None:
    """Raise CorpusError if a row has what its kind of file cannot have."""
    if len(row.labels) > 1 and kind != "picture":
        raise CorpusError(
            f"{row.where}: {len(row.labels)} labels of one {kind} file: only pictures have sets of labels; "
            "keep one"
        )
    if kind == RECORDING and _kind(row) != "video":
        raise CorpusError(f"{row.where}: {row.path} is no video: values need a video of a face")
    if kind == RECORDING and row.text:
        raise CorpusError(f"{row.where}: text is not used with values over time: remove the column")
    if row.cut and kind == "picture":
        raise CorpusError(f"{row.where}: start and end are of recordings: leave both empty for a picture")
    if row.cut and kind == "skeleton" and any(time % 1 for time in row.cut):
        raise CorpusError(f"{row.where}: start and end of a skeleton are numbers of frames: write whole ones")
    if row.box and kind != "picture":
        raise CorpusError(f"{row.where}: x1, y1, x2 and y2 are a box in a picture: leave them empty")
