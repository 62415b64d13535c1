"""The command: its files, its sentences, other tools' predictions, memory."""

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets, metrics
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from scripts.audit import run as command
from scripts.audit.predictions import AuditError
from tests.audit.samples import classes, sets, values

ROOT = Path(__file__).parents[2]


def run(tmp_path, **given):
    return subprocess.run(
        [sys.executable, "-m", "scripts.audit.run"],
        cwd=ROOT,
        env=os.environ | {"OUT": str(tmp_path / "out"), **given},
        capture_output=True,
        text=True,
    )


def test_the_command_writes_page_notebook_tables_and_metrics(tmp_path):
    path = tmp_path / "it's mine; $(touch x).csv"
    classes().to_csv(path, index=False)
    done = run(tmp_path, PREDICTIONS=str(path), PRINTED="UAR=3.0")
    assert done.returncode == 0, done.stderr[-2000:]
    out = tmp_path / "out"
    page = (out / "audit.html").read_text()
    assert "not reproduced" in page and "<p>No definition gives 3.0; the UAR of this file is" in page
    assert (out / "predictions.ipynb").is_file()
    content = json.loads((out / "reports/metrics.json").read_text())
    assert content["values"]["printed"][0]["verdict"] == "not reproduced"
    values = content["values"]
    assert values["detectable"][0]["detectable"] > 0
    assert {"score", "low", "high"} <= set(values["groups"][0])
    assert 0 < values["calibration error"][0]["expected calibration error"] < 1
    table = pd.read_csv(out / "reports/tables/definitions.csv")
    assert {"WAP", "UAR", "WAR", "macro F1"} <= set(table["metric"])


def test_the_command_says_what_is_wrong_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text("id,truth\na,joy\n")
    monkeypatch.setattr(sys, "argv", ["run"])
    monkeypatch.setattr(command.processor, "pin", lambda: None)
    monkeypatch.setenv("PREDICTIONS", str(tmp_path / "mine.csv"))
    with pytest.raises(SystemExit, match="no column 'prediction'"):
        command.main()
    monkeypatch.delenv("PREDICTIONS")
    with pytest.raises(SystemExit, match=r"make audit PREDICTIONS=mine\.csv"):
        command.main()


def test_the_command_names_variables_and_folders_that_do_not_work(tmp_path, monkeypatch):
    classes().to_csv(tmp_path / "mine.csv", index=False)
    given = {"PREDICTIONS": str(tmp_path / "mine.csv"), "OUT": str(tmp_path / "out")}
    for more, said in (
        ({"NAMES": "it's"}, "NAMES"),
        ({"NAMES": "truth"}, "NAMES: 'truth' is not NAME=COLUMN"),
        ({"OTHER": "a 'b"}, "OTHER"),
        ({"OUT": str(tmp_path / "mine.csv" / "out")}, "out cannot be written"),
    ):
        with pytest.raises(AuditError, match=said) as found:
            command.audit(given | more)
        assert "\n" not in str(found.value)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(command, "write_parquet", full)
    with pytest.raises(AuditError, match="No space left on device"):
        command.audit(given)


@pytest.mark.slow
def test_predictions_of_scikit_learn_go_through(tmp_path):
    data = datasets.load_iris()
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(
        LogisticRegression(max_iter=500), data.data, data.target, cv=folds, method="predict_proba"
    )
    table = pd.DataFrame(scores, columns=[f"probability_{name}" for name in data.target_names])
    table.insert(0, "truth", data.target_names[data.target])
    for number, (_, tested) in enumerate(folds.split(data.data, data.target)):
        table.loc[tested, "fold"] = number
    for seed in range(2):
        mixed = 0.9 * scores + 0.1 * np.random.default_rng(seed).dirichlet(np.ones(3), len(scores))
        other = table.assign(
            **{f"probability_{name}": mixed[:, n] for n, name in enumerate(data.target_names)}
        )
        other.to_csv(tmp_path / f"other{seed}.csv", index_label="id")
    table.to_csv(tmp_path / "mine.csv", index_label="id")
    others = " ".join(str(tmp_path / f"other{seed}.csv") for seed in range(2))
    recall = metrics.balanced_accuracy_score(data.target, scores.argmax(axis=1))
    given = {"PRINTED": f"UAR={100 * recall:.2f}", "OTHER": others}
    done = run(tmp_path, PREDICTIONS=str(tmp_path / "mine.csv"), **given)
    assert done.returncode == 0, done.stderr[-2000:]
    folder = tmp_path / "out"
    content = json.loads((folder / "reports/metrics.json").read_text())["values"]
    assert content["printed"][0]["verdict"] == "reproduced"
    assert content["calibration error"][0]["samples"] == 150
    assert set(content["ranks"]) == {"mean rank", "critical difference", "Friedman p"}
    assert len(content["ranks"]["mean rank"]) == 3 and content["comparison"]


@pytest.mark.slow
@pytest.mark.parametrize("make", [sets, values])
def test_other_kinds_run_to_the_end_and_twice_alike(tmp_path, make):
    make().to_parquet(tmp_path / "mine.parquet")
    pages = []
    for _ in range(2):
        done = run(tmp_path, PREDICTIONS=str(tmp_path / "mine.parquet"))
        assert done.returncode == 0, done.stderr[-2000:]
        pages.append((tmp_path / "out/audit.html").read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.slow
def test_a_million_rows_fit_into_two_gibibytes(tmp_path):
    classes(samples=500_000).to_parquet(tmp_path / "mine.parquet")
    done = run(tmp_path, PREDICTIONS=str(tmp_path / "mine.parquet"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 * 2**20


@pytest.mark.slow
def test_a_csv_of_a_million_rows_fits_into_two_gibibytes(tmp_path):
    classes(samples=500_000).to_csv(tmp_path / "mine.csv", index=False)
    measure = (
        "import resource, subprocess, sys; "
        "done = subprocess.run([sys.executable, '-m', 'scripts.audit.run']); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    )
    given = {"OUT": str(tmp_path / "out"), "PREDICTIONS": str(tmp_path / "mine.csv")}
    done = subprocess.run(
        [sys.executable, "-c", measure], cwd=ROOT, env=os.environ | given, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.splitlines()[-1]) < 2 * 2**20
