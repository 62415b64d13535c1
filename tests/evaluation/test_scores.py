import numpy as np
import pandas as pd
import pytest

from lib.evaluation.scores import beside_published, score_values


def scores():
    row = {"experiment": "SMACN", "score": 0.5, "low": 0.4, "high": 0.6, "spread": np.nan,
           "repeats": 1, "runs": 5, "samples": 20}  # fmt: skip
    return pd.DataFrame([row | {"metric": metric} for metric in ("UAR", "WAR")])


def published():
    columns = ["experiment", "metric", "value", "unit", "cell_id"]
    rows = [
        ("SMACN", "UAR", 55.0, "percent", "a"),
        ("SMACN", "WAR", 0.659, "fraction", "b"),
        ("MDRE", "UAR", 73.4, "percent", "c"),
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(paper="shi2021-smern-ga", exhibit="Table 2", runs=10)


def test_only_the_papers_own_corpus_gets_a_verdict():
    own = beside_published(scores(), published(), "licensed corpus", comparable=True)
    assert own["verdict"].to_list() == ["agrees", "differs"]
    assert own["gap"].to_list() == [-5.0, -0.159]
    assert own["runs"].to_list() == [5, 5] and own["ours"].to_list() == [50, 0.5]
    sample = beside_published(scores(), published(), "synthetic sample", comparable=False)
    assert set(sample["verdict"]) == {"not comparable: synthetic sample"}


def test_cells_are_found_by_any_columns():
    ours = scores().rename(columns={"experiment": "column"}).assign(row="mAP")
    printed = published().rename(columns={"experiment": "column"}).assign(row=["mAP", "a", "mAP"])
    found = beside_published(ours, printed, "licensed corpus", True, ["row", "column", "metric"])
    assert list(found.columns[:7]) == [
        "cell_id", "paper", "exhibit", "row", "column", "metric", "unit",
    ]  # fmt: skip
    assert found["cell_id"].to_list() == ["a"]


def test_spreads_stand_in_the_results_only_where_there_are_some():
    found = score_values(scores())
    assert found["SMACN"]["UAR"] == {
        "score": 0.5, "low": 0.4, "high": 0.6, "repeats": 1, "runs": 5, "samples": 20,
    }  # fmt: skip
    assert score_values(scores().assign(spread=0.1))["SMACN"]["WAR"]["spread"] == pytest.approx(0.1)
