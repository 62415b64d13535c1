"""Positive controls, permuted labels, verdicts."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib.corpora.provenance import Provenance
from lib.evaluation import multilabel
from lib.evaluation.jackknife import intervals
from lib.evaluation.results import StageResult, write_result
from lib.figures.tables import beside_printed_counts
from lib.published.tables import cells
from lib.replication import controls, figures, verdicts
from lib.replication import permuted_labels as permuted
from lib.replication.chance import chance_level
from lib.replication.planted import ControlError
from lib.replication.verdicts import claim_verdict, claim_verdicts


def provenance(corpus, kind="synthetic", effects=None):
    return Provenance(
        corpus=corpus, kind=kind, version="abc", source="a test", licence="none", counts={},
        files=1, bytes=1, effects=effects,
    )  # fmt: skip


LISTED = {
    "paper": "valence", "corpus": "rml", "claim": "timing", "statement": "it helps",
    "strength": "", "table": "predictions", "first": "x", "second": "y", "metric": "UAR",
    "null": "0.0", "side": "above", "left out": "",
}  # fmt: skip


def write_predictions(outputs, accuracies, paper="valence", corpus="rml"):
    """Predictions of two classes by experiments of known accuracy, in both stages."""
    samples = np.arange(120)
    for stage, experiments in (("02_training", ["x"]), ("03_ablations", ["x", "y"])):
        tables = []
        for name in experiments:
            wrong = samples % 10 >= 10 * accuracies[name]
            label = samples // 10 % 2
            table = pd.DataFrame({"sample_id": samples, "cluster": samples // 10, "label": label})
            table["prediction"] = np.where(wrong, 1 - label, label)
            run = {"experiment": name, "corpus": corpus, "repeat": 0, "fold": 0, "seed": 0}
            tables.append(table.assign(**run, part="test", probability_a=0.5, probability_b=0.5))
        path = outputs / paper / stage / corpus / "predictions.parquet"
        path.parent.mkdir(parents=True)
        pd.concat(tables).to_parquet(path)


def test_an_effect_is_recovered_where_the_interval_lies_on_the_expected_side(tmp_path):
    outputs, reports = tmp_path / "outputs", tmp_path / "reports"
    write_predictions(outputs, {"x": 0.9, "y": 0.6})
    folder = reports / "valence/05_b/rml/tables"
    folder.mkdir(parents=True)
    row = {"experiment": "x", "scheme": "apart", "score": 0.55, "low": 0.45, "high": 0.65}
    row |= {"change": -0.4, "change_low": -0.6, "change_high": -0.2}
    pd.DataFrame([row, row | {"scheme": "other"}]).to_csv(folder / "changes.csv", index=False)
    changes = LISTED | {"table": "valence/05_b/changes", "second": "apart"}
    rows = [
        LISTED,
        LISTED | {"first": "y", "second": "x"},
        LISTED | {"second": "chance", "null": "chance"},
        changes | {"side": "below"},
        changes | {"null": "chance"},
        LISTED | {"left out": "circular"},
    ]
    found = controls.positive(pd.DataFrame(rows), outputs, reports)
    assert list(found["recovered"]) == [True, False, True, True, False]
    assert found["estimate"].round(6).to_list() == [0.3, -0.3, 0.9, -0.4, 0.55]
    assert list(found["null"]) == [0, 0, 0.5, 0, 0.5]
    assert list(found["trainings"]) == ["1 of 1", "0 of 1", "1 of 1", "", ""]
    counted = controls.by_statement(found)
    assert counted[["recovered", "of"]].to_numpy().tolist() == [[3, 5]]
    plt.close(figures.positive_figure(found))


def test_comparisons_that_point_nowhere(tmp_path):
    outputs, reports = tmp_path / "outputs", tmp_path / "reports"

    def positive(**changes):
        controls.positive(pd.DataFrame([LISTED | changes]), outputs, reports)

    with pytest.raises(ControlError, match="run the stage valence/02_training on rml"):
        positive()
    write_predictions(outputs, {"x": 0.9, "y": 0.6})
    with pytest.raises(ControlError, match=r"no stage has trained \['z'\]"):
        positive(second="z")
    with pytest.raises(ControlError, match="run the stage valence/05_b on rml"):
        positive(table="valence/05_b/gain")
    folder = reports / "valence/05_b/rml/tables"
    folder.mkdir(parents=True)
    table = pd.DataFrame({"ratio": [0.1, 0.1], "gain": 1.0, "low": 0.0, "high": 2.0})
    table.to_csv(folder / "gain.csv", index=False)
    with pytest.raises(ControlError, match=r"2 rows for 'x', '0\.1'"):
        positive(table="valence/05_b/gain", second="0.1")


def test_labels_are_permuted_and_none_is_lost():
    samples = pd.DataFrame({"sample_id": range(50), "label": list("abcde") * 10, "x": range(50)})
    found = permuted.permute(samples, ["label"], np.random.default_rng(0))
    assert sorted(found["label"]) == sorted(samples["label"])
    assert list(found["x"]) == list(samples["x"]) and list(found["label"]) != list("abcde") * 10


def test_no_recording_keeps_its_trace():
    samples = pd.DataFrame({"sample_id": list("abcdef"), "part": ["train"] * 4 + ["dev"] * 2})
    traces = pd.concat(
        [pd.DataFrame({"recording": name, "time": np.arange(5 + k), "valence": float(k)})
         for k, name in enumerate("abcdef")]
    )  # fmt: skip
    found = permuted.permute_traces(traces, samples, np.random.default_rng(1))
    given = found.groupby("recording")["valence"].first()
    assert all(given[name] != k for k, name in enumerate("abcdef"))
    assert set(given[list("abcd")]) == {0, 1, 2, 3} and set(given[list("ef")]) == {4, 5}
    assert list(found.groupby("recording").size()) == [5, 6, 7, 8, 9, 10]
    with pytest.raises(ValueError, match="one recording"):
        permuted.permute_traces(traces, samples.head(5), np.random.default_rng(1))


def test_a_permuted_folder_shares_all_files_but_the_labels(tmp_path, monkeypatch):
    monkeypatch.setattr(permuted, "project_path", lambda path: tmp_path / path)
    source = tmp_path / "outputs" / "x" / "rml"
    source.mkdir(parents=True)
    (source / "faces.arrow").write_bytes(b"faces")
    table = pd.DataFrame({"sample_id": range(20), "label": list("ab") * 10})
    table.to_parquet(source / "samples.parquet")
    folder = tmp_path / permuted.copy("outputs/x/rml", 3)
    assert (folder / "faces.arrow").read_bytes() == b"faces"
    changed = pd.read_parquet(folder / "samples.parquet")
    assert list(changed["label"]) != list(table["label"])
    again = pd.read_parquet(tmp_path / permuted.copy("outputs/x/rml", 3) / "samples.parquet")
    assert again.equals(changed)


def test_counts_agree_only_on_the_papers_own_corpus():
    found = {"images": 23571, "people": 5, "labels": 26}
    table = beside_printed_counts(found, provenance("emotic", "licensed"))
    assert list(table["verdict"]) == ["agrees", "differs", "agrees"]
    assert list(table["gap"]) == [0, 5 - 34320, 0]
    sampled = beside_printed_counts(found, provenance("emotic"))
    assert sampled["verdict"].str.startswith("not comparable: synthetic").all()
    assert not len(beside_printed_counts(found, provenance("egait", "open")))


def test_the_precision_of_a_guess_is_the_prevalence():
    """Within the interval of random scores, in most of many drawings."""
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(20):
        truth = generator.random((300, 4)) < [0.05, 0.1, 0.3, 0.5]
        table = pd.DataFrame({"sample_id": range(300), "cluster": range(300)})
        table = table.assign(experiment="x", repeat=0, fold=0, seed=0, part="test")
        for label, column in enumerate(truth.T):
            table[f"label_{label}"] = column
            table[f"score_{label}"] = generator.random(300)
        assert chance_level(table) == pytest.approx(truth.mean())
        found = intervals(multilabel.statistic(table))["mAP"]
        held += found.low < chance_level(table) < found.high
    assert held >= 17


def stage_result(tmp_path, corpus, kind, rows, stage="valence/02_training"):
    folder = tmp_path / stage / corpus
    (folder / "tables").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "tables" / "beside_published.csv", index=False)
    write_result(folder, stage, {"epochs": 3}, "c" * 64, 7, provenance(corpus, kind), {})
    return StageResult(folder, json.loads((folder / "metrics.json").read_text()))


def beside(cell, ours, verdict):
    return {"cell_id": cell, "ours": ours, "low": ours - 0.1, "high": ours + 0.1, "runs": 1,
            "gap": 0.0, "verdict": verdict}  # fmt: skip


CC = "lee2018-table-1-3d-cnn-sta-cc"
PLAIN = "lee2018-table-1-3d-cnn-cc"


@pytest.mark.parametrize(
    ("kind", "verdict", "claim"),
    [
        ("licensed", "agrees", "open"),
        ("synthetic", "not comparable: synthetic sample", "not comparable: synthetic sample"),
    ],
)
def test_every_published_cell_has_one_verdict(tmp_path, kind, verdict, claim):
    rows = [beside(CC, 0.5, verdict), beside(PLAIN, 0.55, verdict)]
    table = verdicts.cell_verdicts([stage_result(tmp_path, "recola", kind, rows)])
    assert sorted(table["cell_id"]) == sorted(cells().index) and table["verdict"].notna().all()
    allowed = ("agrees", "differs", "inconclusive", "not comparable: ", "not run: ")
    assert table["verdict"].str.startswith(allowed).all()
    own = table.set_index("cell_id").loc[CC]
    assert own["verdict"] == verdict and own["ours"] == 0.5 and own["seed"] == 7
    assert own["stage"] == "valence/02_training" and own["corpus"] == "recola"
    claims = claim_verdicts(table, []).set_index("claim_id")
    assert claims.loc["lee2018-01", "verdict"] == claim
    assert claims.loc["lee2018-01", "our difference"] == pytest.approx(-0.05)
    assert int(verdicts.summary(table)["cells"].sum()) == len(cells())
    needs = verdicts.to_do(table)
    unbuilt = needs[needs["needs"] == "a method of another paper"]
    assert unbuilt["how"].is_unique and unbuilt["cells"].sum() == (table["verdict"] == table["state"]).sum()
    assert ("RECOLA" in " ".join(needs["needs"])) == (kind == "synthetic")


def test_results_on_other_corpora_do_not_count(tmp_path):
    found = [stage_result(tmp_path, "egait", "open", [beside(CC, 0.9, "agrees")])]
    assert not len(verdicts.ours(found))


def test_numbers_that_need_no_data_are_compared():
    table = verdicts.cell_verdicts([]).set_index("cell_id")
    assert table.loc["shi2021-table-2-lstm-parameters", "verdict"] == "agrees"
    assert table.loc["shi2021-table-2-cnn-parameters", "verdict"] == "differs"
    own = table.loc["lee2018-table-2-baseline-26-ccc"]
    assert own["verdict"] == own["state"] == cells().loc[own.name, "state"]
    assert "IEMOCAP" in table.loc["shi2021-section-iv-a-utterances-all-count", "verdict"]


def test_two_stages_do_not_give_the_same_cell(tmp_path):
    rows = [beside(CC, 0.5, "agrees")]
    found = [stage_result(tmp_path, "recola", "licensed", rows, stage)
             for stage in ("valence/02_training", "valence/03_ablations")]  # fmt: skip
    with pytest.raises(verdicts.VerdictError, match="02_training and valence/03_ablations"):
        verdicts.ours(found)


def test_a_claim_is_decided_by_the_interval():
    assert claim_verdict(0.05, 0.01, 0.2) == "holds" and claim_verdict(-0.05, -0.2, -0.01) == "holds"
    assert claim_verdict(0.05, -0.2, -0.01) == "fails"
    assert claim_verdict(0.05, -0.01, 0.2) == "open" and claim_verdict(0.05, 0.0, 0.0) == "open"


def test_a_tested_pair_has_its_paired_interval_and_p(tmp_path):
    cells_ = [beside(cell, ours, "agrees") for cell, ours in ((CC, 0.5), (PLAIN, 0.45))]
    result = stage_result(tmp_path, "recola", "licensed", cells_)
    row = {"processing": "post-processed", "metric": "CC", "first": "3D-CNN + STA",
           "second": "3D-CNN", "difference": 0.05, "low": 0.02, "high": 0.08,
           "p crossed": 0.01}  # fmt: skip
    raw = row | {"processing": "raw", "difference": 9.0}
    pd.DataFrame([raw, row]).to_csv(result.folder / "tables" / "tests.csv", index=False)
    table = claim_verdicts(verdicts.cell_verdicts([result]), [result]).set_index("claim_id")
    own = table.loc["lee2018-01", ["our difference", "low", "high", "p crossed"]]
    assert own.to_list() == [0.05, 0.02, 0.08, 0.01]
    assert table.loc["lee2018-01", "verdict"] == "holds"
