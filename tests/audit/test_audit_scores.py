"""Scores, intervals, leaks and verdicts of an audit."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from lib.evaluation.scores import differences, score_table
from scripts.audit import comparison, contents, definitions
from scripts.audit import run as command
from scripts.audit.predictions import AuditError, clustered, folds_of
from scripts.audit.reading import joined, read, read_folds

ROOT = Path(__file__).parents[2]
NAMES = np.array(["anger", "joy", "rest"])


def classes(seed=0, samples=60, repeats=2):
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(1).integers(0, 3, samples)
    tables = []
    for repeat in range(repeats):
        scores = rng.dirichlet(np.ones(3), samples) + 0.5 * np.eye(3)[truth]
        scores /= scores.sum(axis=1, keepdims=True)
        named = {f"probability_{name}": scores[:, number] for number, name in enumerate(NAMES)}
        ids = [f"u{number:03d}" for number in range(samples)]
        table = pd.DataFrame({"id": ids, "truth": NAMES[truth], **named})
        people = np.arange(samples) % 12
        tables.append(table.assign(speaker=[f"s{own}" for own in people], fold=people // 3, repeat=repeat))
    return pd.concat(tables, ignore_index=True)


def sets(seed=0, samples=60):
    rng = np.random.default_rng(seed)
    found = {"id": [f"u{number}" for number in range(samples)]}
    for name in ("calm", "glad"):
        found[f"label_{name}"] = rng.integers(0, 2, samples)
        found[f"score_{name}"] = rng.random(samples)
    return pd.DataFrame(found)


def values(seed=0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"id": np.repeat([f"r{n}" for n in range(5)], 30), "time": np.tile(np.arange(30.0), 5)}
    )
    return rows.assign(truth=rng.normal(size=150)).assign(
        prediction=lambda t: t["truth"] + rng.normal(size=150)
    )


def stored(table, folder, name="mine.parquet"):
    table.to_parquet(folder / name)
    return read(folder / name)


@pytest.mark.parametrize("make", [classes, sets, values])
def test_scores_and_intervals_are_those_of_the_stages_to_the_last_bit(tmp_path, make):
    audited = clustered(stored(make(), tmp_path))
    found = definitions.definitions(audited)
    pooled = found[found["folds"] == definitions.POOLED].set_index("metric")
    own = score_table(audited.table)
    names = own["metric"]
    if make is sets:
        names = [name if name == "mAP" else f"AP {name}" for name in own["row"]]
    ours = pooled.loc[list(names), ["score", "low", "high"]].to_numpy()
    assert len(own) and np.array_equal(ours, own[["score", "low", "high"]].to_numpy(float), equal_nan=True)


def test_differences_are_those_of_the_stages_to_the_last_bit(tmp_path):
    first, second = stored(classes(), tmp_path), stored(classes(5), tmp_path, "other.parquet")
    audited = clustered(joined(first, second, tmp_path / "other.parquet"))
    found = comparison.compare(audited, 1 / 3).set_index("metric")
    own = differences(audited.table, [audited.models]).set_index("metric")
    names = ["difference", "low", "high", "p crossed"]
    assert np.array_equal(found.loc[own.index, names].to_numpy(float), own[names].to_numpy(float))
    assert {"p paired", "p corrected", "p McNemar", "Holm crossed"} <= set(found)


def test_definitions_that_the_field_mixes_up_are_those_of_scikit_learn(tmp_path):
    audited = clustered(stored(classes(repeats=1), tmp_path))
    found = definitions.definitions(audited).set_index(["folds", "metric"])["score"]
    own = audited.table
    for name, score in {
        "WAR": metrics.accuracy_score(own["label"], own["prediction"]),
        "UAR": metrics.balanced_accuracy_score(own["label"], own["prediction"]),
        **{
            f"{mean} F1": metrics.f1_score(own["label"], own["prediction"], average=mean)
            for mean in ("macro", "micro", "weighted")
        },
    }.items():
        assert found[definitions.POOLED, name] == pytest.approx(score), name
    folds = [metrics.accuracy_score(f["label"], f["prediction"]) for _, f in own.groupby("fold")]
    assert found[definitions.MEAN, "WAR"] == pytest.approx(np.mean(folds))


def test_a_printed_number_is_matched_to_the_definition_that_gives_it(tmp_path):
    table = definitions.definitions(clustered(stored(classes(), tmp_path)))
    pooled = table[table["folds"] == definitions.POOLED].set_index("metric")
    recall = 100 * pooled.loc["UAR", "score"]
    inside = 100 * (pooled.loc["UAR", "score"] + pooled.loc["UAR", "high"]) / 2
    text = f"UAR={recall:.1f}, WAP={recall:.1f}%; UA={inside:.2f}, UAR=3.0"
    found = definitions.printed(text, table)
    assert found["verdict"].iloc[[0, 2, 3]].to_list() == ["reproduced", "cannot tell", "not reproduced"]
    assert "UAR (folds pooled)" in found["definitions that give it"].iloc[1]
    for wrong in ("UAR", "UAR=high", "BLEU=3"):
        with pytest.raises(AuditError, match="PRINTED"):
            definitions.printed(wrong, table)


def test_leaks_are_found_where_folds_share_people_and_only_there(tmp_path):
    table = classes()
    found = contents.leaks(folds_of(clustered(stored(table, tmp_path)))).set_index("shared")
    assert not found["folds"].any()
    mixed = table.assign(fold=np.arange(len(table)) % 60 % 5)
    found = contents.leaks(folds_of(clustered(stored(mixed, tmp_path)))).set_index("shared")
    assert found.loc["speaker", "folds"] == found.loc["speaker", "of"] == 10
    assert found.loc["sample", "folds"] == 0


def test_a_dev_part_that_is_the_test_part_is_named(tmp_path):
    (tmp_path / "folds.csv").write_text("id,part\na,train\nb,dev\nc,dev\nb,test\nc,test\n")
    found = contents.leaks(read_folds(tmp_path / "folds.csv")).set_index(["shared", "parts"])
    assert found.loc[("sample", "dev, test"), "largest share"] == 1
    assert "dev is test" in found.loc[("the whole part", "dev, test"), "meaning"]


def test_calibration_error_of_right_shares_is_zero(tmp_path):
    table = pd.DataFrame({"id": [f"u{n}" for n in range(10)], "truth": ["joy"] * 8 + ["rest"] * 2})
    table = table.assign(probability_joy=0.8, probability_rest=0.2)
    found = contents.calibration(clustered(stored(table, tmp_path)), 15)
    assert len(found) == 1 and found["gap"].iloc[0] == pytest.approx(0)


def test_the_best_of_three_models_has_the_first_rank():
    scores = pd.DataFrame({"a": [0.9, 0.8, 0.9, 0.7], "b": [0.5, 0.6, 0.4, 0.5], "c": [0.1, 0.2, 0.3, 0.4]})
    means, distance, p = comparison.ranks(scores)
    assert means.to_dict() == {"a": 1, "b": 2, "c": 3} and p < 0.05
    assert distance == pytest.approx(2.343 * np.sqrt(3 * 4 / (6 * 4)), abs=1e-3)  # Demšar, table 5


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
    assert "not reproduced" in (out / "audit.html").read_text()
    assert (out / "predictions.ipynb").is_file()
    content = json.loads((out / "reports/metrics.json").read_text())
    assert content["values"]["printed"][0]["verdict"] == "not reproduced"
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


def test_ten_rows_are_enough(tmp_path):
    table = pd.DataFrame({"id": list("abcdefghij"), "truth": ["joy", "rest"] * 5, "prediction": "joy"})
    found = definitions.definitions(clustered(stored(table, tmp_path))).set_index("metric")
    assert found.loc["WAR", "score"] == found.loc["UAR", "score"] == 0.5
    assert found.loc["macro F1", "score"] == pytest.approx(1 / 3)


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


def test_an_error_above_one_is_not_taken_as_percent():
    rows = {"model": "mine", "metric": ["RMSE", "CCC"], "folds": "folds pooled"}
    table = pd.DataFrame(rows | {"score": [2.31, 0.456], "low": [2.0, 0.4], "high": [2.5, 0.5]})
    assert definitions.printed("RMSE=2.31", table)["verdict"].tolist() == ["reproduced"]
    assert definitions.printed("CCC=45.6", table)["verdict"].tolist() == ["reproduced"]
