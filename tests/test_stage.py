import json

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib.corpora.provenance import Provenance
from lib.params import ParamsError
from lib.settings import Settings
from lib.stage import Stage, StageError
from scripts import paper_profile

PARAMS = """
profile: paper
a: {training: {seed: 7, epochs: 60}, tests: {alpha: 0.05}}
"""
PIPELINE = """
stages:
  a_02_training:
    matrix: {corpus: ["egait", "rml"]}
    cmd: python -m scripts.notebook run a/02_training -p corpus ${item.corpus}
    outs:
      - outputs/a/02_training/${item.corpus}
      - reports/a/02_training/${item.corpus}/02_training.ipynb
      - reports/a/02_training/${item.corpus}/tables:
          cache: false
    metrics:
      - reports/a/02_training/${item.corpus}/metrics.json:
          cache: false
      - reports/a/02_training/${item.corpus}/scores.json:
          cache: false
  a_03_tests:
    matrix: {corpus: ["egait"]}
    metrics:
      - reports/a/03_tests/${item.corpus}/scores.json
"""
SCORES = {"net": {"UAR": {"score": 0.5, "low": 0.4}}, "differences": [{"score": 1}]}


class Training(Settings):
    seed: int
    epochs: int


class Level(Settings):
    alpha: float


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    data = tmp_path / "data" / "egait"
    data.mkdir(parents=True)
    Provenance(
        corpus="egait",
        kind="synthetic",
        version="abc",
        source="a test",
        licence="none",
        counts={"n": 1},
        files=1,
        bytes=1,
    ).write(data)
    (tmp_path / "notebooks" / "a").mkdir(parents=True)
    (tmp_path / "profiles").mkdir()
    monkeypatch.chdir(tmp_path)
    paper_profile.main([])
    monkeypatch.chdir(tmp_path / "notebooks" / "a")  # where JupyterLab starts a kernel
    monkeypatch.setattr("lib.runs.code.notebook_version", lambda notebook, corpus: "c" * 64)
    return tmp_path


@pytest.fixture
def table():
    return pd.DataFrame({"name": ["x"], "value": [1 / 3]})


def files(folder):
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return {name for name in found if name.startswith(("outputs/", "reports/"))}


def finish(stage, table):
    (stage.outputs / "predictions.parquet").write_bytes(b"1")
    stage.table(table, "scores")
    stage.finish(SCORES)


@pytest.mark.parametrize(
    ("results", "outputs", "reports"),
    [
        ("pipeline", "outputs/a/02_training/egait", "reports/a/02_training/egait"),
        ("outputs/sweeps/s", "outputs/sweeps/s/outputs", "outputs/sweeps/s/reports"),
        (
            "scratch",
            "outputs/scratch/a/02_training/egait/outputs",
            "outputs/scratch/a/02_training/egait/reports",
        ),
    ],
)
def test_results_go_where_they_belong_and_nowhere_else(project, table, capsys, results, outputs, reports):
    stage = Stage.open("a/02_training", "egait", results=results)
    said = capsys.readouterr().out
    assert "egait: synthetic sample, version abc" in said
    assert (reports.removesuffix("/reports") in said) == (results != "pipeline")
    finish(stage, table)
    written = {f"{outputs}/predictions.parquet"}
    written |= {f"{reports}/{name}" for name in ("tables/scores.csv", "metrics.json", "scores.json")}
    assert files(project) == written


def test_a_notebook_writes_to_the_scratch_folder_unless_told_otherwise(project, table):
    finish(Stage.open("a/02_training", "egait"), table)
    assert all(name.startswith("outputs/scratch/a/02_training/") for name in files(project))


@pytest.mark.parametrize("results", ["pipeline", "scratch"])
@pytest.mark.parametrize("missing", ["outputs", "tables"])
def test_finish_names_the_declared_output_that_is_missing(project, table, results, missing):
    stage = Stage.open("a/02_training", "egait", results=results)
    if missing == "outputs":
        stage.table(table, "scores")
    else:
        (stage.outputs / "predictions.parquet").write_bytes(b"1")
    with pytest.raises(AssertionError, match=missing):
        stage.finish(SCORES)


def test_metrics_hold_the_settings_of_every_block_that_was_read(project, table):
    stage = Stage.open("a/03_tests", "egait", {"alpha": 0.01})
    stage.settings(Level)
    stage.settings(Training, "training")
    stage.finish(SCORES)
    stored = json.loads((stage.reports / "metrics.json").read_text())
    assert stored["settings"] == {"alpha": 0.01, "training": {"seed": 7, "epochs": 60}}
    assert (stored["seed"], stored["stage"]) == (7, "a/03_tests")
    assert (stored["code_version"], stored["values"]) == ("c" * 64, SCORES)
    assert json.loads((stage.reports / "scores.json").read_text()) == {"net": {"UAR": 0.5}}


def test_scores_for_dvc_are_the_headlines(project, table):
    stage = Stage.open("a/03_tests", "egait")
    values = {
        "first": {"UAR": {"score": 0.25}, "WAR": {"score": 0.3}},
        "best": {"UAR": {"score": 0.123456}},
        "differences": [{"score": 1}],
    }
    for headline, shown in (
        ("best", {"best": {"UAR": 0.1235}}),
        ("none", {"first": {"UAR": 0.25}}),
    ):
        stage.finish(values, headline)
        assert json.loads((stage.reports / "scores.json").read_text()) == shown


def test_settings_print_what_is_explicit(project, capsys):
    Stage.open("a/02_training", "egait", {"epochs": 1}).settings(Training)
    assert "a.training: profile " in (text := capsys.readouterr().out)
    assert text.endswith("; explicit: epochs = 1\n")


def test_stages_without_a_corpus_or_scores(project):
    stage = Stage.open("a/01_audit", results="pipeline")
    stage.finish({"checks": 3})
    assert stage.data is None
    assert files(project) == {"reports/a/01_audit/metrics.json"}


def test_overrides_change_only_the_stages_own_block(project):
    stage = Stage.open("a/02_training", "egait", {"epochs": 1})
    assert stage.settings(Training).epochs == 1
    assert stage.settings(Level, "a.tests").alpha == 0.05
    with pytest.raises(ParamsError, match="epochz"):
        Stage.open("a/02_training", "egait", {"epochz": 1}).settings(Training)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "name,value\nx,0.333333\n"),
        ({"digits": 2, "index": True}, ",name,value\n0,x,0.33\n"),
        ({"significant": 3}, "name,value\nx,0.333\n"),
        ({"digits": None}, "name,value\nx,0.3333333333333333\n"),
    ],
)
def test_tables_have_a_fixed_number_of_digits(project, table, options, text):
    stage = Stage.open("a/02_training", "egait")
    assert stage.table(table, "scores", **options) is table
    assert (stage.reports / "tables" / "scores.csv").read_text() == text


def test_figures_carry_the_marker_of_their_data_and_are_shown_once_with_their_caption(project, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    stage = Stage.open("a/02_training", "egait")
    figure, _ = plt.subplots()
    stage.figure(figure, "uar", "UAR.")
    assert (stage.reports / "figures" / "uar.png").is_file()
    assert (stage.reports / "figures" / "uar.txt").read_text() == "UAR. Data: synthetic sample.\n"
    (picture,) = shown
    assert picture.data == (stage.reports / "figures" / "uar.png").read_bytes()
    assert picture.alt == "UAR. Data: synthetic sample."
    assert not plt.fignum_exists(figure.number)  # an open one would be shown again


def test_inputs_are_the_pipelines_and_for_a_run_by_hand_also_the_scratch_folders(project, capsys):
    by_hand = Stage.open("a/02_training", "egait")
    pipeline = Stage.open("a/02_training", "egait", results="pipeline")
    for stage in (by_hand, pipeline):
        with pytest.raises(StageError, match=r"outputs/a/01_extraction/egait .*make repro"):
            stage.inputs("01_extraction")
    scratch = Stage.open("a/01_extraction", "egait").outputs / "samples.parquet"
    scratch.write_bytes(b"1")
    capsys.readouterr()
    assert by_hand.inputs("01_extraction") == scratch.parent
    assert "outputs/scratch/a/01_extraction/egait" in capsys.readouterr().out
    with pytest.raises(StageError):
        pipeline.inputs("a/01_extraction")
    first = Stage.open("a/01_extraction", "egait", results="pipeline").outputs / "samples.parquet"
    first.write_bytes(b"1")
    assert by_hand.inputs("01_extraction") == pipeline.inputs("01_extraction") == first.parent
