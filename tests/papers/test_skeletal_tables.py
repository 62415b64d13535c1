import numpy as np
import pandas as pd
import pytest

from lib.evaluation.scores import against_first_scheme
from lib.papers.skeletal import tables as skeletal_report


def test_schemes_against_the_first():
    rows = [("A, random", 0.6, 0.5, 0.7), ("B, random", 0.5, 0.4, 0.6),
            ("A, by speaker", 0.3, 0.2, 0.4), ("B, by speaker", 0.45, 0.35, 0.55)]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["experiment", "score", "low", "high"]).assign(metric="UAR")
    table = against_first_scheme(scores, "UAR")
    assert table["experiment"].to_list() == ["A", "A", "B", "B"]
    assert table["scheme"].to_list() == ["random", "by speaker"] * 2
    np.testing.assert_allclose(table["change"], [0, -0.3, 0, -0.05])
    assert table["apart"].to_list() == [False, True, False, False]


def predictions():
    """Two starts, two shares, three folds, two draws; pretrained models err less."""
    generator = np.random.default_rng(0)
    parts = []
    for start, right in (("pretrained", 0.9), ("not pretrained", 0.4)):
        for ratio in (0.1, 0.5):
            for fold in range(3):
                for repeat in range(2):
                    labels = np.tile(np.arange(2), 15)
                    hit = generator.random(30) < right
                    parts.append(
                        pd.DataFrame(
                            {"experiment": f"{start} {ratio:g}", "part": "test", "fold": fold,
                             "repeat": repeat, "sample_id": [f"{fold}.{i}" for i in range(30)],
                             "cluster": [f"{fold}.{i // 5}" for i in range(30)], "label": labels,
                             "prediction": np.where(hit, labels, 1 - labels),
                             "probability_a": 0.5, "probability_b": 0.5}
                        )
                    )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_curves_and_gain_of_pretraining():
    curves = skeletal_report.fine_tuning_curves(predictions())
    uar = curves[curves["metric"] == "UAR"].set_index(["start", "ratio"])
    assert uar.loc[("pretrained", 0.1), "score"] == pytest.approx(0.9, abs=0.08)
    assert uar.loc[("not pretrained", 0.5), "runs"] == 6
    assert (uar["low"] <= uar["score"]).all() and (uar["score"] <= uar["high"]).all()
    gains = skeletal_report.pretraining_gain(predictions()).set_index("ratio")
    assert gains.loc[0.1, "gain"] == pytest.approx(0.5, abs=0.12)
    assert (gains["low"] > 0.2).all() and set(gains["samples"]) == {180}


def test_every_fold_chooses_by_its_own_development_part():
    right, wrong = [0, 1] * 5, [0, 0] * 5
    table = pd.concat(
        pd.DataFrame(
            {"experiment": name, "repeat": repeat, "fold": fold, "part": part,
             "sample_id": [f"{fold}-{part}-{i}" for i in range(10)], "label": [0, 1] * 5,
             "prediction": found}
        )
        for repeat, fold, name, part, found in (
            (0, 0, "small", "dev", right), (0, 0, "small", "test", wrong),
            (0, 0, "large", "dev", wrong), (0, 0, "large", "test", right),
            (0, 1, "small", "dev", wrong), (0, 1, "small", "test", right),
            (0, 1, "large", "dev", right), (0, 1, "large", "test", wrong),
            (0, 0, "alone", "dev", right), (0, 0, "alone", "test", right),
            (0, 1, "alone", "dev", right), (0, 1, "alone", "test", right),
        )
    )  # fmt: skip
    of = {"small": "M", "large": "M", "alone": "alone"}
    found, ranges = skeletal_report.nested_choice(table, of)
    assert set(found["experiment"]) == {"M"} and len(found) == 40
    test = found[found["part"] == "test"]
    assert (test["prediction"] == 0).all() and set(test["fold"]) == {0, 1}  # never by the test part
    ranges = ranges.set_index("experiment")
    assert ranges["chosen"].to_dict() == {"small": 1, "large": 1, "alone": 2}
    assert ranges["folds"].to_list() == [2, 2, 2] and ranges.loc["small", "UAR, test"] == 0.75


def test_stated_p_values_stand_beside_recomputed_ones():
    table = skeletal_report.stated_tests().set_index(["first", "metric"])
    row = table.loc[("SMERN-GA", "WAP")]
    assert row["stated p"] == "0.0048"
    assert row["unpaired p of the printed numbers"] < 0.0048
    assert pd.isna(table.loc[("SMERN-GA", "UAR"), "unpaired p of the printed numbers"])


def test_parameters_beside_printed_ones_have_a_verdict(monkeypatch):
    printed = int(skeletal_report.published_parameters()["SMACN"])
    counts = pd.DataFrame({"parameters": [printed + 50, printed + 51, 7]}, ["SMACN", "wide", "other"])
    monkeypatch.setattr(skeletal_report, "networks", lambda results: counts)
    table = skeletal_report.parameter_table(None, "", {"wide": "SMACN", "SMACN": "SMACN", "other": "other"})
    assert list(table.index) == ["wide", "SMACN", "other"]
    assert table["verdict"].to_list() == ["differs", "agrees", "not comparable: none is printed"]
    other = skeletal_report.parameter_table(None, "protocol differs: profile sample", {"SMACN": "SMACN"})
    assert other["verdict"].to_list() == ["protocol differs: profile sample"]
    assert table["published"].to_list()[:2] == [printed, printed]
