"""The targets of the Makefile on the sample, from the command to the executed notebook."""

import json
import os
import subprocess
import sys

import nbformat
import pandas as pd
import pytest

from lib.project import project_path
from scripts.folds import files, making
from scripts.share import checks

pytestmark = pytest.mark.slow


def run(module, *arguments, **given):
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | {"PYTHONHASHSEED": "0"} | given
    return subprocess.run(
        command, cwd=project_path("."), env=environment, capture_output=True, text=True, check=False
    )


def test_folds_of_the_sample_have_its_ids(tmp_path):
    done = run("scripts.folds.run", NAME="iemocap", OUT=str(tmp_path))
    assert done.returncode == 0, done.stderr
    index = files.read_index(tmp_path)
    assert set(index["scheme"]) == set(making.recipe("iemocap")["schemes"])
    assert index["made from"].str.startswith("synthetic sample, version sample-").all()
    folds = files.read(tmp_path / "iemocap.leave_one_session_out.csv.xz")
    assert folds["id"].nunique() == 289
    for fold, own in folds[folds["part"] == "test"].groupby("fold"):
        assert own["id"].str.startswith(f"Ses0{fold + 1}").all()
    lines = (
        (tmp_path / "emobox/script_kfold/iemocap/fold_1/iemocap_test_fold_1.jsonl").read_text().splitlines()
    )
    first = json.loads(lines[0])
    name = first["key"].removeprefix("iemocap-")
    assert first["wav"].endswith(f"sentences/wav/{name[:-5]}/{name}.wav") and first["sample_rate"] == 16_000
    notebook = nbformat.read(tmp_path / "folds.ipynb", nbformat.NO_CONVERT)
    assert notebook.cells[-1].execution_count
    check = str(tmp_path / "iemocap.script_kfold.csv.xz")
    assert (
        "289 samples, all of them in data/iemocap"
        in run("scripts.folds.run", NAME="iemocap", CHECK=check).stdout
    )
    done = run("scripts.folds.run", NAME="iemocap", KEEP="1", OUT=str(tmp_path))
    assert done.returncode and "only folds of a real copy are kept" in done.stderr


def test_results_leave_and_come_back(tmp_path):
    done = run(
        "scripts.share.run", "share", NAME="rml", LABORATORY="Test of targets", OUT=str(tmp_path / "out")
    )
    assert done.returncode == 0, done.stderr
    path = tmp_path / "out/shared-results.json"
    assert set(checks.check(path).corpora) == {"rml"}
    place = None
    try:
        done = run("scripts.share.run", "receive", FILE=str(path), OUT=str(tmp_path / "in"))
        assert done.returncode == 0, done.stderr
        place = project_path(done.stdout.split("received: ")[1].split(";")[0])
        compared = pd.read_csv(tmp_path / "in/reports/tables/comparison.csv")
        here = compared[compared["other"] == "here"]
        assert len(here) and (here["verdict"] == "identical").all()
    finally:
        if place is not None:
            place.unlink()
            if not any(place.parent.iterdir()):
                place.parent.rmdir()


def test_what_is_missing_or_unknown_is_told():
    for module, arguments, given, words in (
        ("scripts.folds.run", (), {"NAME": "meld"}, "NAME=meld: no folds are made for it"),
        ("scripts.folds.run", (), {"NAME": "egait"}, "its ids come with the corpus"),
        ("scripts.folds.run", (), {"CHECK": "x.csv"}, "NAME: the corpus whose folds"),
        ("scripts.share.run", ("share",), {"NAME": "meld"}, "unknown corpus 'meld'"),
        ("scripts.share.run", ("receive",), {}, "FILE: a file of shared results"),
        ("scripts.share.run", ("receive",), {"FILE": "none.json"}, "none.json: there is no such file"),
        ("scripts.share.run", ("share",), {"LABORATORY": "<b>"}, "LABORATORY='<b>': a name has at most 60"),
        ("scripts.share.run", ("share",), {"NAME": "rml", "OUT": "README.md/x"}, "give another OUT"),
        ("scripts.folds.run", (), {"NAME": "rml", "OUT": "README.md"}, "give another OUT"),
    ):
        if given.get("NAME") == "egait" and project_path("data/egait").is_dir():
            continue
        done = run(module, *arguments, **given)
        assert done.returncode and words in done.stderr, (given, done.stderr)
        assert "Traceback" not in done.stderr
