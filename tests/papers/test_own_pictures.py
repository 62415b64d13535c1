"""Frames of videos with labels of one's own, through every notebook of pictures."""

import csv
import json
import re
import shutil

import IPython.display
import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from lib.corpora import catalogue
from lib.runs import store
from lib.runs.source import ROOT
from scripts.corpora import adding

NOTEBOOKS = ("01_extraction", "02_training", "03_ablations", "04_t_tests", "05_attribution")
SMALL = {
    "extraction": {
        "size": 24,
        "backbone": {"name": "small", "channels": 4},
        "weights": {"body": "random", "place": "random", "gist": "random"},
        "pictures_drawn": 2,
    },
    "training": {
        "repeats": 1,
        "store_frozen": True,
        "hidden": 4,
        "training": {"epochs": 1, "patience": 1, "keep": "best", "batch_size": 8},
    },
    "ablations": {"experiments": ["B+E", "place"]},
    "attribution": {"pictures_drawn": 2},
}


def execute(planned, folder):
    for run in planned:
        store.carry_out(run, str(folder))
    return [folder / run.key for run in planned]


def cells(path):
    return [
        "".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"
    ]


def test_no_notebook_of_a_paper_reads_one_corpus_alone():
    readers = "|".join(catalogue.names())
    for paper in ("skeletal", "audiovisual", "context", "valence"):
        for path in (ROOT / "notebooks" / paper).glob("*.ipynb"):
            found = re.findall(rf"lib\.corpora(?:\.| import .*\b)({readers})\b", "\n".join(cells(path)))
            assert not found, path


@pytest.mark.slow
def test_frames_of_videos_go_through_every_notebook_of_pictures(tmp_path, monkeypatch):
    root, folder, rows = tmp_path / "project", tmp_path / "files", []
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / "data").mkdir()
    folder.mkdir()
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copyfile(ROOT / name, root / name)
    for name in ("profiles", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    monkeypatch.chdir(root)
    generator = np.random.default_rng(0)
    for video, size in enumerate((12, 8, 8, 6, 6, 4)):
        for frame in range(size):
            name = f"video{video}_{frame:04d}.jpg"
            Image.fromarray(generator.integers(0, 255, (36, 64, 3), np.uint8)).save(folder / name)
            rows.append([name, ("neutral", "laughing", "sad")[frame % 3], f"video{video}"])
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["path", "label", "session"], *rows])
    adding.add_own("mine", tmp_path / "table.csv", folder, root / "data", dvc=False)
    (root / "profiles/mine.yaml").write_text(yaml.safe_dump({"context": SMALL}), encoding="utf-8")
    monkeypatch.setattr(store, "execute", execute)
    monkeypatch.setattr(IPython.display, "display", lambda *shown: None)
    for notebook in NOTEBOOKS:
        names = {}
        for source in cells(ROOT / f"notebooks/context/{notebook}.ipynb"):
            given = "corpus, overrides, results = 'mine', {}, 'scratch'"
            exec(given if source.startswith("corpus =") else source, names)
    scratch = root / "outputs/scratch/context"
    weights = pd.read_csv(scratch / "05_attribution/mine/reports/tables/weights_by_label.csv", index_col=0)
    assert [*weights.index] == ["laughing", "neutral", "sad"]
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-4)
    found = pd.read_csv(scratch / "01_extraction/mine/reports/tables/as_found.csv")
    assert len(found) == 1 and found["complete"].item() == 44
    tests = pd.read_csv(scratch / "04_t_tests/mine/reports/tables/tests.csv")
    assert {*tests["second"]} == {"concatenation", "B+E"}
