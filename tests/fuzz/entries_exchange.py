"""Entry points of what people exchange: folds, shared results, cards, and files beside a recording."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import catalogue
from lib.features.pose import Poses, write_alphapose
from scripts.folds import files
from scripts.predict import models, timeline
from scripts.share import checks
from scripts.share.document import FORMAT, VERSION, Document, checksum, settings_version
from tests.fuzz.harness import Entry
from tests.predict.test_cards import small_card

IDS = [f"s{number}" for number in range(9)]
SAMPLES = pd.DataFrame({"sample_id": IDS})
FOLDS = pd.DataFrame(
    [
        {"id": name, "repeat": 0, "fold": fold, "part": "test" if number % 3 == fold else "train"}
        for fold in range(3)
        for number, name in enumerate(IDS)
    ]
)
SETTINGS = {"seed": 1, "folds": 3, "models": {"A": {"hidden": 64, "rate": 0.001}}}
SCORE = {"experiment": "A", "metric": "UAR", "score": 0.65, "low": 0.5, "high": 0.75, "spread": 0.01}


def _alone(folder: Path) -> list[Path]:
    files.write(FOLDS, folder / "mine.csv")
    return [folder / "mine.csv"]


def _listed(folder: Path) -> list[Path]:
    row = files.entry("rml", "stratified_kfold", FOLDS, len(IDS), "a copy")
    files.write(FOLDS, folder / str(row["file"]))
    files.write_index([row], folder)
    return [folder / str(row["file"]), folder / files.INDEX]


def _read_folds(folder: Path) -> Any:
    path = next(path for path in folder.iterdir() if path.name != files.INDEX)
    return files.check(path, SAMPLES)


def _index(folder: Path) -> list[Path]:
    _listed(folder)
    return [folder / files.INDEX]


def _shared(folder: Path) -> list[Path]:
    counts = dict(catalogue.get("iemocap").expected)
    result = {
        "stage": "skeletal/02_training",
        "corpus": "iemocap",
        "seed": 1,
        "code_version": "0" * 64,
        "settings_version": settings_version(SETTINGS),
        "settings": SETTINGS,
        "folds": {"sha256": "0" * 64, "schemes": ["a"], "repeats": 1, "folds": 3, "samples": 100},
        "scores": [SCORE | {"repeats": 1, "runs": 3, "samples": 100}],
        "cells": [],
    }
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "laboratory": "Laboratory A",
        "synthetic": False,
        "code": {"revision": "", "lock": "0" * 64},
        "corpora": {"iemocap": {"kind": "licensed", "version": "0123456789abcdef", "counts": counts}},
        "results": [result],
    }
    path = folder / "shared-results.json"
    Document.model_validate(content | {"checksum": checksum(content)}).write(path)
    return [path]


def _read_shared(folder: Path) -> Any:
    document = checks.check(folder / "shared-results.json")
    return json.dumps(document.model_dump(mode="json"), sort_keys=True)  # the order of keys says nothing


def _card(folder: Path) -> list[Path]:
    small_card(folder)
    return sorted(path for path in folder.iterdir() if path.name != "README.md")


def _read_card(folder: Path) -> Any:
    found = models.load(folder)
    return json.dumps(found.record, sort_keys=True), found.names, found.parts, models.about([found])


def _recording(folder: Path) -> list[Path]:
    draw = np.random.default_rng(0).random
    ones, track = np.ones(12, np.float32), np.zeros(12, np.int64)
    points = np.concatenate([100 * draw((12, 17, 2)), np.ones((12, 17, 1))], axis=2).astype(np.float32)
    poses = Poses(np.arange(12), points, ones, np.full((12, 4), np.nan, np.float32), track)
    write_alphapose(folder / "a.json", poses)
    (folder / "a.txt").write_text("Well, déjà vu.\n", encoding="utf-8")
    return [folder / "a.json", folder / "a.txt"]


def _read_recording(folder: Path) -> Any:
    (one,) = timeline.given(str(folder))
    found = one.read()
    assert found.poses is not None
    return found.words, sorted(found.parts), found.seconds, found.poses.keypoints


ENTRIES = [
    Entry("exchange: folds alone", _alone, _read_folds, share=0.5),
    Entry("exchange: folds with their index", _listed, _read_folds, checksums=True, share=0.5),
    Entry("exchange: index of folds", _index, files.read_index, share=0.5),
    Entry("exchange: shared results", _shared, _read_shared, checksums=True),
    Entry("exchange: card of a network", _card, _read_card, checksums=True),
    Entry("exchange: words and poses of a recording", _recording, _read_recording, share=0.5),
]
