"""Positive controls, permuted labels, verdicts."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from lib.corpora.provenance import Provenance
from lib.evaluation.results import StageResult, write_result
from lib.figures import counts
from lib.published.tables import cells
from lib.replication import controls, verdicts
from lib.replication import permuted_labels as permuted
from lib.replication.claims import claim_verdict, claim_verdicts
from lib.replication.negative_controls import random_precision

SAMPLES = Path(__file__).parents[2] / "scripts" / "sample_corpora"
EFFECTS = {
    "iemocap": "effects.yaml", "rml": "audiovisual.yaml", "enterface": "audiovisual.yaml",
    "emotic": "emotic.yaml", "recola": "valence.yaml", "sewa": "valence.yaml",
}  # fmt: skip


def provenance(corpus, kind="synthetic", effects=None):
    return Provenance(
        corpus=corpus, kind=kind, version="abc", source="a test", licence="none", counts={},
        files=1, bytes=1, effects=effects,
    )  # fmt: skip


def write_corpus(data, corpus, kind="synthetic"):
    folder = data / corpus
    folder.mkdir(parents=True)
    (folder / "effects.yaml").write_text((SAMPLES / EFFECTS[corpus]).read_text())
    provenance(corpus, kind, "effects.yaml").write(folder)


@pytest.mark.parametrize("control", controls.load(), ids=lambda c: f"{c.corpus}-{c.says[:40]}")
def test_every_control_names_an_effect_that_its_sample_plants(control, tmp_path):
    write_corpus(tmp_path, control.corpus)
    assert len(controls.claim_of(control, tmp_path)) > 20


def control(**changes):
    values = {"corpus": "rml", "effect": "timing", "says": "it helps", "table": "a/01_b",
              "file": "scores", "where": {"experiment": "x"}, "null": 0.25}  # fmt: skip
    return controls.Control.model_validate(values | changes)


def write_table(reports, rows):
    folder = reports / "a/01_b" / "rml" / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(folder / "scores.csv", index=False)


def test_an_effect_is_recovered_where_the_interval_excludes_the_null(tmp_path):
    data, reports = tmp_path / "data", tmp_path / "reports"
    write_corpus(data, "rml")
    write_table(reports, [{"experiment": "x", "score": 0.4, "low": 0.3, "high": 0.5},
                          {"experiment": "y", "score": 0.3, "low": 0.2, "high": 0.4}])  # fmt: skip
    wanted = [control(), control(where={"experiment": "y"}), control(null=0.6, below=True)]
    found = controls.positive(wanted, reports, data)
    assert list(found["recovered"]) == [True, False, True]
    assert "Emotion shows" in found["claim"][0] and found["estimate"][0] == 0.4


def test_real_corpora_have_no_positive_controls(tmp_path):
    write_corpus(tmp_path, "rml", "licensed")
    assert not len(controls.positive([control()], tmp_path, tmp_path))


def test_controls_that_point_nowhere(tmp_path):
    data, reports = tmp_path / "data", tmp_path / "reports"
    write_corpus(data, "rml")
    with pytest.raises(controls.ControlError, match="run the stage a/01_b on rml"):
        controls.positive([control()], reports, data)
    write_table(reports, [{"experiment": "x", "score": 1, "low": 1, "high": 1}] * 2)
    with pytest.raises(controls.ControlError, match="2 rows"):
        controls.positive([control()], reports, data)
    with pytest.raises(controls.ControlError, match="no column 'metric'"):
        controls.row_of(control(where={"metric": "UAR"}), reports)
    with pytest.raises(controls.ControlError, match=r"plants no 'voice\.colour'"):
        controls.claim_of(control(effect="voice.colour"), data)


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


def test_attention_stands_beside_what_covering_costs(tmp_path):
    with pytest.raises(controls.ControlError, match="run the stage valence/05_traces on sewa"):
        controls.attention_and_need(["sewa"], "net", tmp_path)
    folder = tmp_path / "valence" / "05_traces" / "sewa" / "tables"
    folder.mkdir(parents=True)
    pd.DataFrame({"ratio": [1.2, 0.9]}, index=["eyes", "mouth"]).to_csv(folder / "regions.csv")
    rows = [("net", "eyes", 0.1), ("net", "both", 0.5), ("other", "eyes", 0.7)]
    costs = pd.DataFrame(rows, columns=["experiment", "covered", "difference"])
    costs.assign(low=0.0, high=1.0).to_csv(folder / "covered.csv", index=False)
    (row,) = controls.attention_and_need(["sewa"], "net", tmp_path).to_dict("records")
    assert row == {"corpus": "sewa", "region": "eyes", "attention": 1.2, "cost": 0.1,
                   "low": 0.0, "high": 1.0}  # fmt: skip
    assert not len(controls.attention_and_need([], "net", tmp_path))


def test_counts_agree_only_on_the_papers_own_corpus():
    found = {"images": 23571, "people": 5, "labels": 26}
    table = counts.beside_printed_counts(found, provenance("emotic", "licensed"))
    assert list(table["verdict"]) == ["agrees", "differs", "agrees"]
    assert list(table["gap"]) == [0, 5 - 34320, 0]
    sampled = counts.beside_printed_counts(found, provenance("emotic"))
    assert sampled["verdict"].str.startswith("not comparable: synthetic").all()
    assert not len(counts.beside_printed_counts(found, provenance("egait", "open")))


def test_random_scores_have_at_least_the_prevalence():
    generator = np.random.default_rng(0)
    truth = generator.random((300, 4)) < [0.05, 0.1, 0.3, 0.5]
    found = random_precision(truth, 1, 40)
    assert truth.mean() < found < truth.mean() + 0.05


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
    assert ("RECOLA" in " ".join(needs["needs"])) == (kind == "synthetic")


def test_results_on_other_corpora_do_not_count(tmp_path):
    found = [stage_result(tmp_path, "egait", "open", [beside(CC, 0.9, "agrees")])]
    assert not len(verdicts.ours(found))


def test_numbers_that_need_no_data_are_compared():
    table = verdicts.cell_verdicts([]).set_index("cell_id")
    assert table.loc["shi2021-table-2-lstm-parameters", "verdict"] == "agrees"
    assert table.loc["shi2021-table-2-cnn-parameters", "verdict"] == "differs"
    assert table.loc["lee2018-table-2-baseline-26-ccc", "verdict"] == verdicts.COPIED
    assert "IEMOCAP" in table.loc["shi2021-section-iv-a-utterances-all-count", "verdict"]


def test_effects_files_are_yaml_with_claims():
    for name in set(EFFECTS.values()):
        assert "claim" in (SAMPLES / name).read_text()
        assert yaml.safe_load((SAMPLES / name).read_text())


def test_two_stages_do_not_give_the_same_cell(tmp_path):
    rows = [beside(CC, 0.5, "agrees")]
    found = [stage_result(tmp_path, "recola", "licensed", rows, stage)
             for stage in ("valence/02_training", "valence/03_ablations")]  # fmt: skip
    with pytest.raises(verdicts.VerdictError, match="02_training and valence/03_ablations"):
        verdicts.ours(found)


def test_a_claim_is_decided_by_the_interval():
    assert (
        claim_verdict(0.05, 0.01, 0.2) == "holds" and claim_verdict(-0.05, -0.2, -0.01) == "holds"
    )
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
