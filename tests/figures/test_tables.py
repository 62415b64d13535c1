"""Tables as readers see them: units, digits, signs, the verdict first, the papers' own form."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from lib.evaluation.beside import beside_published
from lib.figures import method, tables
from lib.figures.sentences import WHERE, sentence
from lib.published.tables import cells, cells_of


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (3217400.0, None, "3,217,400"),
        (-0.25, 2, "\u22120.25"),
        (-0.0001, 2, "0.00"),
        (np.nan, 3, "\u2013"),
        (pd.NA, None, "\u2013"),
        (None, None, "\u2013"),
        ("UAR -1.5", None, "UAR \u22121.5"),
        ("SMERN-GA", None, "SMERN-GA"),
        ("2022-04-01", None, "2022-04-01"),
        (True, None, "yes"),
    ],
)
def test_values_as_text(value, digits, shown):
    assert tables.text(value, digits) == shown


def test_a_table_has_its_metrics_units_and_the_verdict_first():
    table = pd.DataFrame(
        {
            "cell_id": ["a", "b"],
            "metric": ["UAR", "CCC"],
            "seed": [20220401.0, np.nan],
            "score": [0.65612, -0.5],
            "low": [0.6, -1.0],
            "p": [0.0004, 0.25],
            "verdict": ["agrees", "differs"],
        }
    )
    shown = tables.texts(table)
    assert list(shown) == ["verdict", "metric", "seed", "score", "low", "p"]
    assert shown.loc[0].to_list() == ["agrees", "UAR [%]", "20220401", "65.6", "60.0", "< 0.001"]
    assert shown.loc[1].to_list() == ["differs", "CCC", "\u2013", "\u22120.500", "\u22121.000", "0.250"]


def test_html_is_escaped_in_a_box_that_takes_the_focus():
    shown = tables.html(pd.DataFrame({"sample": ["<script>alert(1)</script>"], "verdict": ["agrees"]}))
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert 'tabindex="0"' in shown and 'role="group"' in shown and "aria-label" in shown
    assert shown.index("agrees") < shown.index("&lt;script&gt;")


def test_printed_numbers_in_the_papers_form():
    printed = cells_of(["shi2021-smern-ga"], metrics=["UAR"]).rename(columns={"row": "experiment"})
    printed = printed[printed["exhibit"] == "Table 1"]
    scores = pd.DataFrame(
        {"experiment": ["SMACN"], "metric": ["UAR"], "score": [0.5], "low": [0.4], "high": [0.6]}
    )
    beside = beside_published(scores.assign(spread=0.01, repeats=3, runs=3), printed, None)
    (form,) = tables.paper_form(beside).values()
    assert form.columns[0] == "verdict"
    cell = next(str(value) for value in form.loc["SMACN"] if "ours" in str(value))
    own = printed.loc[printed["experiment"] == "SMACN", "printed"].iloc[0].split()[0]
    assert own in cell and "ours 50.0 [40.0, 60.0]" in cell
    assert "SMERN-GA" in form.index  # what was not run stays
    shown = tables.html(form)
    assert f"{own}<br><span style=" in shown and "ours 50.0 [40.0, 60.0]</span>" in shown
    assert "&lt;" not in shown and tables.BAR not in shown


@pytest.mark.parametrize("kind", WHERE)
def test_a_sentence_says_what_differences_show_and_on_which_data(kind):
    pair = {"first": "SMERN-GA", "second": "SMERN", "metric": "UAR"}
    table = pd.DataFrame([pair | {"difference": -0.014, "low": -0.061, "high": 0.032}])
    told = sentence(table, kind)
    assert told == (
        "By UAR, SMERN-GA is not shown to be better than SMERN: "
        f"\u22121.4 points [\u22126.1, 3.2], {WHERE[kind]}."
    )
    assert "is better than" in sentence(table.assign(low=0.01, high=0.03, difference=0.02), kind)
    assert "is worse than" in sentence(table.assign(high=-0.01), kind)
    assert "better" not in sentence(table.drop(columns="low"), kind)


def test_a_sentence_names_the_highest_score():
    table = pd.DataFrame(
        {
            "experiment": ["a", "b"],
            "metric": ["UAR"] * 2,
            "score": [0.4, 0.6],
            "low": [0.3, 0.5],
            "high": [0.5, 0.7],
        }
    )
    assert sentence(table, "open").startswith(
        "By UAR, b has the highest of 2 scores, 60.0 % [50.0, 70.0], on these open"
    )


@pytest.mark.parametrize(
    ("lows", "told"),
    [
        ([0.01] * 6, "6 of 6 pairs and worse in 0, {}."),
        ([0.01] * 5 + [-0.01], "5 of 6 pairs and worse in 0, {}; the other interval contains zero."),
        ([0.01] * 4 + [-0.01] * 2, "4 of 6 pairs and worse in 0, {}; the other intervals contain zero."),
        ([-0.01] * 6, "0 of 6 pairs and worse in 0, {}; every interval contains zero."),
    ],
)
def test_a_sentence_on_many_pairs_speaks_of_others_where_there_are_some(lows, told):
    pairs = [{"first": "a", "second": str(number), "metric": "UAR"} for number in range(len(lows))]
    table = pd.DataFrame(pairs).assign(difference=0.02, low=lows, high=0.05)
    assert sentence(table, "open").endswith(told.format(WHERE["open"]))


def test_a_metric_that_no_column_names_gives_its_unit_and_equal_columns_stay_apart():
    recall = pd.DataFrame({"angry": [0.25], "sad": [2 / 3]}, index=["SMACN"])
    assert tables.texts(recall, "UAR").loc[0].to_list() == ["SMACN", "25.0", "66.7"]
    assert list(tables.texts(recall, "UAR"))[1:] == ["angry [%]", "sad [%]"]
    changes = pd.DataFrame({"scheme": ["a"], "change": [-0.02], "change_low": [np.nan], "apart": [True]})
    assert tables.texts(changes, "UAR").loc[0].to_list() == ["a", "\u22122.0", "\u2013", "yes"]
    assert list(tables.texts(changes.set_axis([7]))) == list(tables.texts(changes))
    same = pd.DataFrame([[1, 2]], columns=["n", "n"])
    assert tables.texts(same).to_numpy().tolist() == [["1", "2"]]


def test_the_way_through_a_network():
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    found = method.walk(model, torch.zeros(1, 3)).set_index("step")
    assert found.loc["0", ["input", "output", "parameters"]].to_list() == ["1 × 3", "1 × 5", 20]
    assert found.loc["whole network", "output"] == "1 × 2"
    assert found.index[-1] == "whole network" and not model[0]._forward_hooks


def test_printed_numbers_that_share_a_row_and_a_column_are_all_shown():
    printed = cells().reset_index()
    keys = ["paper", "exhibit", "row", "column"]
    shared = printed[printed.duplicated(keys, keep=False) & printed["column"].notna()]
    assert len(shared) > 2  # p-values and their bounds
    every = printed.assign(ours=np.nan, verdict="not run")
    forms = tables.paper_form(every)
    for _, row in shared.iterrows():
        form = forms[f"{row['paper']}, {row['exhibit']}"]
        assert row["printed"] in list(form.loc[row["row"]]), row["cell_id"]


def test_scores_of_single_recordings_have_the_digits_of_their_metric():
    shown = tables.texts(pd.DataFrame({"CCC": [0.45901], "CCC per recording": [0.43771]}))
    assert shown.to_numpy().tolist() == [["0.459", "0.438"]]


def test_long_words_may_be_broken_at_a_slash():
    shown = tables.html(pd.DataFrame({"where": ["AudioVisualEmotionChallenge/AVEC2018", "audio/video"]}))
    assert "Challenge/<wbr>AVEC2018" in shown and "audio/video" in shown


def test_names_of_rows_may_equal_those_of_columns():
    plain = pd.DataFrame({"": [1.0]}, index=["error"])
    assert tables.texts(plain).to_numpy().tolist() == [["error", "1"]]
    both = pd.DataFrame({"a": [2]}, index=pd.MultiIndex.from_tuples([("x", "y")], names=["a", None]))
    assert tables.texts(both).to_numpy().tolist() == [["x", "y", "2"]]
    wide = pd.DataFrame([[1, 2]], index=["r"], columns=pd.MultiIndex.from_product([["dev"], ["UAR", "WAR"]]))
    assert list(tables.texts(wide))[1:] == ["dev UAR", "dev WAR"]


def test_counts_without_a_column_and_tables_without_rows_have_a_form():
    printed = cells().query("paper == 'lee2018-valence'").reset_index()
    every = printed.assign(ours=printed["value"], verdict="agrees")
    assert all("nan" not in map(str, form) for form in tables.paper_form(every).values())
    assert tables.paper_form(every.iloc[:0]) == {}


def test_other_methods_numbers_carry_whom_the_paper_quotes():
    printed = cells_of(["priyasad2020-audio-visual"], metrics=["accuracy"])
    printed = printed[printed["exhibit"] == "Table 2"]
    (form,) = tables.paper_form(printed.assign(ours=np.nan, verdict="not run")).values()
    assert list(form)[:2] == ["verdict", "quoted from"]
    given = printed.set_index("row")["quoted_from"].fillna("")
    assert form["quoted from"].to_dict() == given.to_dict() and given.ne("").any()


def test_shares_are_in_percent():
    table = pd.DataFrame({"share": [0.25], "share, train": [0.5], "shared": [0.5]})
    assert tables.texts(table).loc[0].to_dict() == {
        "share [%]": "25.0",
        "share, train [%]": "50.0",
        "shared": "0.5000",
    }
