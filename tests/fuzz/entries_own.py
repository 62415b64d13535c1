"""Entry points of a corpus of one's own: the table that a user writes, and what is kept of it."""

from pathlib import Path
from typing import Any

import numpy as np

from lib.corpora import catalogue, table
from scripts.corpora import table as given
from tests.fuzz.harness import Entry

ROWS = "path,label,speaker,text,start,end\na.wav,glad,one,well,0.5,1.5\nb.wav,sad,two,no,0,2\n"
KEPT = "sample_id,label,speaker,cluster,path\na,glad,one,one,a.wav\nb,sad,two,two,b.wav\n"
ENTRY = """title: Own
papers: []
kind: own
licence: unknown
how_to_get: from its owner
layout: ["*.wav"]
classes: [glad, sad]
expected: {samples: 2}
uses: {skeletal: {modalities: [audio], columns: {sound: path}}}
lists: [skeletal.corpora]
table: table.csv
"""
SHAPE = 20, 3, 3


def _sounds(folder: Path) -> None:
    for name in ("a.wav", "b.wav"):
        (folder / name).write_bytes(b"RIFF\x24\0\0\0WAVE")


def _rows(folder: Path) -> list[Path]:
    _sounds(folder)
    (folder / "mine.csv").write_text(ROWS, encoding="utf-8")
    return [folder / "mine.csv"]


def _read_rows(folder: Path) -> Any:
    kind, rows = given.read(folder / "mine.csv", folder)
    return kind, [str(row) for row in rows]


def _kept(folder: Path) -> list[Path]:
    _sounds(folder)
    (folder / "table.csv").write_text(KEPT, encoding="utf-8")
    (folder / catalogue.ENTRY).write_text(ENTRY, encoding="utf-8")
    return [folder / "table.csv", folder / catalogue.ENTRY]


def _read_kept(folder: Path) -> Any:
    corpus = catalogue.entry(folder / catalogue.ENTRY, "own")
    found = table.Reader(corpus)
    return corpus.model_dump_json(), found.check(folder, strict=True), found.read(folder)


def _skeleton(suffix: str) -> Any:
    def make(folder: Path) -> list[Path]:
        frames = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
        path = folder / f"gait{suffix}"
        if suffix == ".npy":
            np.save(path, frames)
        else:
            names = ",".join(f"{joint}_{axis}" for joint in ("hip", "knee", "foot") for axis in "xyz")
            np.savetxt(path, frames.reshape(len(frames), -1), "%.9g", ",", header=names, comments="")
        return [path]

    return make


def _read_skeleton(folder: Path) -> Any:
    (path,) = folder.iterdir()
    return table.read_skeleton(path)


ENTRIES = [
    Entry("a corpus of one's own: the user's table", _rows, _read_rows),
    Entry("a corpus of one's own: what is kept", _kept, _read_kept, missing=True),
    Entry("a corpus of one's own: skeleton, csv", _skeleton(".csv"), _read_skeleton),
    Entry("a corpus of one's own: skeleton, npy", _skeleton(".npy"), _read_skeleton),
]
