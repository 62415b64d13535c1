"""Entry points of a corpus of one's own: the table that a user writes, and what is kept of it."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lib.corpora import catalogue, table
from scripts.corpora import table as given
from scripts.corpora import traces
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
VALUES = "path,value,speaker,start,end\na.avi,0.5,one,0,0.1\na.avi,-0.25,one,0.1,0.2\n"
TRACED = """sample_id,label,speaker,cluster,path,part,trace
a,,one,one,a.avi,train,traces/a.csv
b,,two,two,b.avi,dev,traces/b.csv
"""
TRACE = "time,value\n0.050000,0.5\n0.150000,-0.25\n0.250000,1.0\n"
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


def _values(folder: Path) -> list[Path]:
    (folder / "a.avi").write_bytes(b"RIFF\x24\0\0\0AVI ")
    (folder / "mine.csv").write_text(VALUES, encoding="utf-8")
    return [folder / "mine.csv"]


def _read_values(folder: Path) -> Any:
    _, rows = given.read(folder / "mine.csv", folder)
    found = traces.recordings(rows)
    return found, [row.value for row in rows], traces.step(rows)


def _traced(folder: Path) -> list[Path]:
    for name in ("a", "b"):
        (folder / f"{name}.avi").write_bytes(b"RIFF\x24\0\0\0AVI ")
        (folder / "traces").mkdir(exist_ok=True)
        (folder / f"traces/{name}.csv").write_text(TRACE, encoding="utf-8")
    (folder / "table.csv").write_text(TRACED, encoding="utf-8")
    entry = yaml.safe_load(ENTRY) | {
        "classes": [],
        "step": 0.1,
        "uses": {"valence": {"modalities": ["video"]}},
    }
    entry |= {"expected": {"samples": 2, "values": 6}, "lists": ["valence.corpora"]}
    (folder / catalogue.ENTRY).write_text(yaml.safe_dump(entry), encoding="utf-8")
    return [folder / "traces/a.csv", folder / "table.csv", folder / catalogue.ENTRY]


def _read_traced(folder: Path) -> Any:
    found = table.Reader(catalogue.entry(folder / catalogue.ENTRY, "own"))
    rows = found.read(folder)
    return (
        found.check(folder, strict=True),
        rows,
        [found.trace(folder, row) for row in rows.to_dict("records")],
    )


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
    Entry("a corpus of one's own: the table of values", _values, _read_values),
    Entry("a corpus of one's own: what is kept", _kept, _read_kept, missing=True),
    Entry("a corpus of one's own: values that are kept", _traced, _read_traced, missing=True),
    Entry("a corpus of one's own: skeleton, csv", _skeleton(".csv"), _read_skeleton),
    Entry("a corpus of one's own: skeleton, npy", _skeleton(".npy"), _read_skeleton),
]
