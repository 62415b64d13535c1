"""A corpus of one's own: samples by the table that `make corpus` wrote beside their files."""

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import checks, recordings
from lib.corpora.catalogue import Corpus, CorpusError
from lib.corpora.emotic_annotations import BOX
from lib.features.traces import Floats

SEPARATOR = "; "
"""Between the labels of a set."""
COLUMNS = ("sample_id", "label", "speaker", "cluster", "path")
"""Columns that every table has; others are ``session``, ``part``, ``transcript``, ``source`` and a box."""
OF_USE = {"context": ("part",), "valence": ("part", "trace")}
"""Columns that every table of a corpus for these papers has."""
LARGEST = 1000.0
"""Metres from the origin beyond which a joint is taken for damage."""


class Reader:
    """Reader of one corpus with the functions of the readers of published corpora.

    ``JOINTS``, ``PARENTS`` and ``FRAME_RATE`` are those of its skeletons. Neither bones nor a frame rate
    are known.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.JOINTS = corpus.joints
        self.PARENTS: tuple[int, ...] = ()
        self.FRAME_RATE: float | None = None

    def read(self, folder: Path, boxes: str = "original", unlabelled: bool = False) -> pd.DataFrame:
        """Sample table.

        `boxes` and `unlabelled` are options of `lib.corpora.emotic.read` and change nothing.

        Returns
        -------
        DataFrame
            One row per sample, by path: sample_id, label (labels of a set are joined by "; "), speaker
            (missing if none is named), cluster (speaker, else session, else the file it was cut from),
            path (relative to `folder`) and, if the table has them, session, part, transcript and source.
            Pictures have the columns of `lib.corpora.emotic.read`; ratings are missing. Recordings with
            values over time have video and trace in place of path, and no label.

        Raises
        ------
        CorpusError
            If the table is damaged or a file is missing.
        """
        path = folder / str(self.corpus.table)
        checks.require_files(folder, [path.name], "tables")
        with checks.reading(path, what="is not the table that `make corpus` wrote"):
            given = pd.read_csv(StringIO(checks.text(path)), dtype="str", keep_default_na=False)
            rows = [dict(zip(map(str, given), row, strict=True)) for row in given.to_numpy().tolist()]
            needed = {*COLUMNS}.union(*(OF_USE.get(paper, ()) for paper in self.corpus.uses))
            if lacking := needed - {*given}:
                raise ValueError(f"no column {min(lacking)}")
        table = checks.sample_table(rows, path, "the table has no row")
        checks.require_files(folder, table["path"].unique(), "files of the table")
        for name in {"speaker", "transcript"} & set(table):
            table[name] = table[name].where(table[name] != "", pd.NA).astype("str")
        if "valence" in self.corpus.uses:
            checks.require_files(folder, table["trace"], "traces")
            return table.rename(columns={"path": "video"}).assign(
                label=None, number=table.groupby("part").cumcount()
            )
        return self._persons(folder, table) if "context" in self.corpus.uses else table

    def check(self, folder: Path, strict: bool | None = None) -> dict[str, int]:
        """Numbers of samples, files, named speakers and of each label; a copy must keep those it had."""
        table = self.read(folder)
        (file,) = {"image", "video", "path"} & {*table}
        found = {
            "samples": len(table),
            "files": int(table[file].nunique()),
            "speakers": int(table["speaker"].nunique()),
        }
        if file == "video":
            every = table.to_dict("records")
            found["values"] = sum(len(self.trace(folder, own)[0]) for own in every)
        else:
            owners = table["label"].str.split(SEPARATOR).explode()
            found |= checks.tally(owners, self.corpus.classes)
        return checks.published(self.corpus.name, found, folder, strict, self.corpus.expected)

    def joints(self, folder: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Joint positions of each sample, (frames, joints, 3), in metres, y up; see `read_skeleton`."""
        for row in self.read(folder).itertuples():
            yield str(row.sample_id), read_skeleton(folder / str(row.path))

    def trace(self, folder: Path, recording: Mapping[Any, Any]) -> tuple[Floats, Floats]:
        """Value of a recording over time: times (time,), seconds, and values (time,)."""
        path = folder / recording["trace"]
        return recordings.parsed(path, recordings.lines(path), ",", (), "value", self.corpus.step or 0.0)

    def ratings(self, folder: Path, recording: Mapping[Any, Any]) -> None:
        """None: a table has one value at a time."""

    def _persons(self, folder: Path, table: pd.DataFrame) -> pd.DataFrame:
        """People in pictures; without a box, the whole picture is the person's."""
        from PIL import Image

        headers = {}
        for name in table["path"].unique():
            with checks.reading(folder / name), Image.open(folder / name) as image:
                headers[name] = (*image.size, image.mode in ("1", "L", "LA"))
        sizes = pd.DataFrame.from_dict(headers, orient="index", columns=["width", "height", "grey"])
        table = table.join(sizes, on="path").rename(columns={"path": "image"})
        whole = {"x1": 0, "y1": 0, "x2": table["width"], "y2": table["height"]}
        for name in BOX:
            given = pd.to_numeric(table[name]) if name in table else np.nan
            table[name] = pd.Series(given, table.index).fillna(pd.Series(whole[name], table.index))
        sets = table["label"].str.split(SEPARATOR)
        labels = {label: [label in own for own in sets] for label in self.corpus.classes}
        table = pd.concat([table, pd.DataFrame(labels, table.index)], axis=1)
        for name in ("valence", "arousal", "dominance"):
            table[name] = np.nan
        return table.assign(box_cut=False, exchanged=False, lost=0.0, boxes="original")


def read_skeleton(path: Path) -> NDArray[np.float32]:
    """Joint positions of a file, (frames, joints, 3).

    A ``.npy`` file holds them in this shape. A ``.csv`` file has a row for each frame and, for each joint,
    its x, y and z in columns ``head_x,head_y,head_z``. CorpusError if the file has another form, no frame,
    or values that are not finite or too far away.
    """
    with checks.reading(path):
        values = pd.read_csv(StringIO(checks.text(path))) if path.suffix.lower() == ".csv" else None
        if values is not None:
            named = joint_names(values.columns)
            found = values.to_numpy(np.float32).reshape(len(values), len(named), 3)
        else:
            found = np.load(path, mmap_mode="r", allow_pickle=False)
        if found.ndim != 3 or found.shape[2] != 3 or not found.size or found.dtype.kind not in "fiu":
            raise CorpusError(f"{path} has shape {found.shape}, not (frames, joints, 3)")
        if broken := int((~(np.abs(found) < LARGEST)).any(axis=-1).sum()):
            what = f"{broken} joint positions that are not finite, or {LARGEST:g} m away: repair the file"
            raise CorpusError(f"{path} has {what}")
        return np.array(found, np.float32)


def joint_names(columns: Any) -> tuple[str, ...]:
    """Names of joints by the columns ``<name>_x``, ``<name>_y``, ``<name>_z``; ValueError for others."""
    names = tuple(str(column).removesuffix("_x") for column in columns[::3])
    if [str(column) for column in columns] != [f"{name}_{axis}" for name in names for axis in "xyz"]:
        raise ValueError("columns are not <joint>_x, <joint>_y, <joint>_z for each joint")
    return names
