"""Scores, intervals, calibration and groups of an audit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from lib.evaluation.scores import score_table
from scripts.audit import contents, definitions
from scripts.audit.predictions import clustered
from scripts.audit.reading import read
from tests.audit.samples import NAMES, classes, sets, stored, values

ROOT = Path(__file__).parents[2]
STAGE = "skeletal/02_training/iemocap"


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


def test_calibration_error_of_right_shares_is_zero(tmp_path):
    table = pd.DataFrame({"id": [f"u{n}" for n in range(10)], "truth": ["joy"] * 8 + ["rest"] * 2})
    table = table.assign(probability_joy=0.8, probability_rest=0.2)
    found = contents.calibration(clustered(stored(table, tmp_path)), 15)
    assert len(found) == 1 and found["gap"].iloc[0] == pytest.approx(0)


def test_ten_rows_are_enough(tmp_path):
    table = pd.DataFrame({"id": list("abcdefghij"), "truth": ["joy", "rest"] * 5, "prediction": "joy"})
    found = definitions.definitions(clustered(stored(table, tmp_path))).set_index("metric")
    assert found.loc["WAR", "score"] == found.loc["UAR", "score"] == 0.5
    assert found.loc["macro F1", "score"] == pytest.approx(1 / 3)


def test_groups_have_the_intervals_of_the_stages(tmp_path):
    table = classes().assign(gender=lambda own: np.where(own["speaker"] < "s3", "f", "m"))
    audited = clustered(stored(table, tmp_path))
    found = contents.per_group(audited).set_index(["column", "group", "metric"]).sort_index()
    own = score_table(audited.table[audited.table["gender"] == "m"]).set_index("metric")
    for metric in own.index:
        row = found.loc[("gender", "m", metric)]
        assert row[["score", "low", "high"]].to_list() == own.loc[metric, ["score", "low", "high"]].to_list()
    assert found.loc[("gender", "m", "UAR"), "clusters"] > 1
    alone = found.loc[("speaker", "s1")]
    assert (alone["clusters"] == 1).all() and alone["score"].notna().all()
    assert alone[["low", "high"]].isna().all(axis=None)


def test_the_calibration_error_is_the_mean_gap_of_all_predictions(tmp_path):
    audited = clustered(stored(classes(), tmp_path))
    found = contents.calibration_error(contents.calibration(audited, 15))
    own = audited.table
    best = own[[f"probability_{name}" for name in NAMES]].to_numpy().max(axis=1)
    place, right = (best * 15).astype(int), (own["label"] == own["prediction"]).to_numpy()
    gaps = [abs(best[place == n].sum() - right[place == n].sum()) for n in range(15)]
    assert found["expected calibration error"].item() == pytest.approx(sum(gaps) / len(own))
    assert contents.calibration_error(contents.calibration(clustered(stored(values(), tmp_path)), 15)).empty


@pytest.mark.skipif(
    not (ROOT / "outputs" / STAGE / "predictions.parquet").is_file(), reason="the stage has not run"
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_scores_of_a_stage_are_its_committed_table(tmp_path, form):
    table = pd.read_parquet(ROOT / "outputs" / STAGE / "predictions.parquet")
    classes_ = np.array([name.removeprefix("probability_") for name in table.filter(like="probability_")])
    kept = ["repeat", "fold", "part", "cluster", *table.filter(like="probability_")]
    own = table[kept].assign(id=table["sample_id"], truth=classes_[table["label"]], model=table["experiment"])
    path = tmp_path / f"mine.{form}"
    own.to_csv(path, index=False) if form == "csv" else own.to_parquet(path)
    found = definitions.definitions(clustered(read(path)))
    names = ["experiment", "metric", "score", "low", "high"]
    committed = pd.read_csv(ROOT / "reports" / STAGE / "tables/scores.csv", dtype=str)[names]
    found = found[(found["folds"] == definitions.POOLED) & found["metric"].isin(committed["metric"])]
    text = found.rename(columns={"model": "experiment"})[names].to_csv(index=False, float_format="%.6f")
    assert text == committed.to_csv(index=False)
