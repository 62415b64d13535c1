import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.evaluation.beside import beside_published
from lib.evaluation.scores import score_values


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
    return table.assign(paper="shi2021-smern-ga", exhibit="Table 2", runs=10, spread=np.nan)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.52, 0.56, "agrees"),
        (0.40, 0.60, "inconclusive"),
        (0.30, 0.80, "inconclusive"),
        (0.49, 0.53, "inconclusive"),
        (0.40, 0.48, "differs"),
        (0.62, 0.70, "differs"),
        (np.nan, np.nan, "inconclusive"),
    ],
)
def test_a_verdict_is_an_equivalence_test(low, high, expected):
    own = scores().assign(low=low, high=high)
    table = beside_published(own, published()).set_index("cell_id")
    assert table.loc["a", "verdict"] == expected  # printed 55 %, margin 5


def test_ours_stand_in_the_printed_unit():
    own = beside_published(scores(), published())
    assert own["gap"].to_list() == [-5.0, -0.159] and own["margin"].to_list() == [5, 0.05]
    assert own["runs"].to_list() == [5, 5] and own["ours"].to_list() == [50, 0.5]
    sample = beside_published(scores(), published(), "not comparable: synthetic sample")
    assert set(sample["verdict"]) == {"not comparable: synthetic sample"}


def test_the_printed_spread_widens_the_gap():
    own = scores().assign(low=0.54, high=0.56, score=0.55)
    plain, spread = (
        beside_published(own, published().assign(spread=width)).set_index("cell_id").loc["a"]
        for width in (np.nan, 3.0)
    )
    half = 3 / 10**0.5 * stats.t.isf(0.025, 9)
    assert plain["gap high"] == pytest.approx(1)
    assert spread["gap high"] == pytest.approx(np.hypot(1, half), abs=1e-3)


def test_counts_must_be_equal():
    own = scores().assign(metric="count", score=720.0, low=720.0, high=720.0).iloc[:1]
    cell = published().iloc[:1].assign(metric="count", unit="count")
    for value, expected in ((720, "agrees"), (719, "differs")):
        assert beside_published(own, cell.assign(value=value))["verdict"].to_list() == [expected]


def test_cells_are_found_by_any_columns():
    ours = scores().rename(columns={"experiment": "column"}).assign(row="mAP")
    printed = published().rename(columns={"experiment": "column"}).assign(row=["mAP", "a", "mAP"])
    found = beside_published(ours, printed, "", ["row", "column", "metric"])
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
