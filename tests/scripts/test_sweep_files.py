import pytest

from lib import params
from lib.instances import block_of
from lib.papers.skeletal.settings import TrainingStage
from lib.papers.skeletal.training import build
from lib.runs.source import ROOT
from scripts import sweep

FILES = sorted((ROOT / "notebooks").glob("*/*.sweep.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_point_of_a_sweep_fits_the_stage(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = sweep.read_file(path)
    assert (ROOT / "notebooks" / f"{found.notebook}.ipynb").is_file()
    for point in found.points:
        settings = params.read(block_of(found.notebook), TrainingStage, found.corpus, point)
        assert settings.experiments == point["experiments"]


def test_table_2_has_the_ranges_of_the_paper_and_its_best_models(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = sweep.read_file(ROOT / "notebooks" / "skeletal" / "table_2.sweep.yaml")
    counts = {}
    for point in found.points:
        name = point["experiments"][0]
        settings = params.read(block_of(found.notebook), TrainingStage, found.corpus, point)
        model = build(settings.models[name].model_dump(), {"joints": 10, "classes": 4}, 0)
        parameters = sum(weight.numel() for weight in model.parameters())
        counts.setdefault(name, []).append(parameters)
    assert {name: len(points) for name, points in counts.items()} == {
        "LSTM": 6, "LSTM+Att": 6, "CNN": 6, "3DCNN": 5,
    }  # fmt: skip
    assert max(counts["LSTM"]) == 3_217_412
    assert 1_126_921 in counts["LSTM+Att"]
