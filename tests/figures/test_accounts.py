"""Sentences on tables without verdicts, scores or pairs: by rule, sums, or extremes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.figures.accounts import rules
from lib.figures.sentences import WHERE, sentence, told_html

ROOT = Path(__file__).parents[2]
SILENT = {"losses", "exclusions", "segments", "exchanged_sizes", "versions"}
"""Stored tables of words alone, which are lists; the one of segments has two rows of heads."""

NETWORKS = pd.DataFrame(
    {"parameters": [1200, 34], "trained": [1200, 34], "trainings": [9, 9], "cut off": [2, 0]}, ["a", "b"]
)
LEAKS = pd.DataFrame(
    {"test with dev": [0, 4, 0], "test with train": [5, 5, 0], "dev with train": 0, "test": 9},
    pd.MultiIndex.from_tuples(
        [("kfold", "speaker"), ("kfold", "script"), ("by speaker", "speaker")], names=["scheme", "shared"]
    ),
)
LEARNING = pd.DataFrame(
    {"experiment": ["a", "b"], "train": [1.2, 1.5], "dev": 1.4, "constant": 1.386, "mark": ["", ""]}
)
CONFUSIONS = pd.DataFrame(
    {"experiment": ["a", "b"], "truth": ["sad", "calm"], "answer": ["calm", "sad"], "times": [3, 8]}
)
FOLDS = pd.DataFrame({"fold": [0, 1], "train": [20, 21], "dev": [5, 5], "test": [10, 9]})
TESTS = pd.DataFrame(
    {"metric": ["UAR", "UAR", "WAR"], "p unpaired": [0.01, 0.2, 0.01], "p paired": [0.01, 0.02, 0.01]}
)
ITEMS = pd.DataFrame({"stated": ["50 epochs", None, "Adam"], "done here": [50, 16, "Adam"]})
COUNTS = pd.DataFrame({"sad": [2, 3], "calm": [1000, 500]}, pd.Index(["s1", "s2"], name="speaker"))
CHANGES = pd.DataFrame(
    {"scheme": ["a", "b", "c"], "change_low": [0, 0.1, -0.4], "change_high": [0, 0.2, -0.1], "score": 0.5}
)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (NETWORKS, "a has the most parameters (1,200); the best epoch is the last allowed one in 2"),
        (LEAKS, "Test and training share: speaker, script (kfold),"),
        (LEAKS.iloc[2:], "Test and training share: none,"),
        (LEARNING, "The median training loss is below that of a constant answer in 1 of 2 experiments,"),
        (CONFUSIONS, "Most often, b takes calm for sad: 8 times,"),
        (FOLDS, "Each of 2 folds has 20 to 21 samples for training, 5 for development and 9 to 10 for test,"),
        (TESTS, "By the headline metric, p is below 0.05 in 1 of 2 pairs by the unpaired t-test and in 2"),
        (COUNTS, "In all: sad 5, calm 1,500,"),
        (COUNTS[["sad"]], "In all: sad 5, the most for s2 (3),"),
        (CHANGES, "Beside the first scheme, scores rise with their whole interval in 1 of 2 rows"),
    ],
    ids=str.split("networks leaks none learning confusions folds tests counts count changes"),
)  # fmt: skip
def test_facts_of_the_data_end_with_their_kind(table, told):
    assert sentence(table, "synthetic").startswith(told)
    assert sentence(table, "synthetic").endswith(", on this synthetic sample.")
    assert sentence(table, "licensed").endswith(", on the paper's own corpus.")
    assert sentence(table).startswith(told.removesuffix(",")) and sentence(table).endswith(".")


def test_facts_of_the_papers_name_no_data():
    assert sentence(ITEMS, "synthetic") == "The papers' texts state 2 of 3 items."
    assert not any(where in sentence(ITEMS, kind) for kind, where in WHERE.items())


def test_extremes_have_the_unit_of_their_table():
    subjects = pd.DataFrame(
        {"experiment": "a", "speaker": ["s1", "s2"], "samples": [9, 8], "UAR": [0.5, 0.25]}
    )
    assert sentence(subjects) == "The highest UAR is 50.0 % (a, s1, 9), the lowest 25.0 % (a, s2, 8)."
    assert sentence(subjects.head(1)) == "The UAR is 50.0 % (a, s1, 9)."
    recall = pd.DataFrame({"sad": [0.5, np.nan], "calm": [2 / 3, 0.1]}, ["a", "b"])
    told = "The highest value is 66.7 % (a, calm), the lowest 10.0 % (b, calm), on these open data."
    assert sentence(recall, "open", "UAR") == told
    assert "0.667 (a, calm)" in sentence(recall)
    scores = pd.DataFrame({"oracle": ["x", "y"], "metric": ["UAR", "CCC"], "score": [1.0, 0.5]})
    assert sentence(scores) == "The highest score is 100.0 % (x, UAR), the lowest 0.500 (y, CCC)."
    sizes = pd.DataFrame({"length": [0.1, 0.2], "frames": [40.0, 90.0]}, ["a", "b"])
    assert sentence(sizes) == "The highest length is 0.2 (b), the lowest 0.1 (a)."
    described = pd.DataFrame({"body": [0.4, 0.9, 0.3], "place": [0.6, 0.1, 0.2]}, ["mean", "max", "std"])
    assert sentence(described) == "The highest value is 0.6 (mean, place), the lowest 0.4 (mean, body)."


def test_tables_of_any_shape_have_a_form_without_a_sentence():
    assert sentence(pd.DataFrame([[1, 2]], columns=["n", "n"])) == ""
    assert sentence(pd.DataFrame()) == sentence(pd.DataFrame({"a": [np.nan]})) == ""
    twice = pd.concat([COUNTS.reset_index()] * 2)
    assert sentence(twice) == "In all: sad 10, calm 3,000."
    found = pd.DataFrame({"annotated": [3, pd.NA], "complete": [2, 1], "with losses": 1, "left out": pd.NA})
    assert sentence(found.astype("Int64")).startswith("Of 3 annotated samples, 2 are complete")


def test_a_displayed_table_carries_its_sentence_once():
    shown = told_html(COUNTS.rename(columns={"sad": "<sad>"}), "own")
    assert shown.count("<p>In all: &lt;sad&gt; 5, calm 1,500, on a corpus of one&#39;s own.</p>") == 1
    assert "<p>" not in told_html(pd.DataFrame({"file": ["a", "b"], "missing": ["x", "y"]}))


def test_every_rule_is_reached():
    """A rule behind another one with fewer of the same columns would never be used."""
    columns = [{*rule["columns"]} for rule in rules()]
    hidden = [own for at, own in enumerate(columns) if any(other <= own for other in columns[:at])]
    assert hidden == []


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("reports/*/*/**/tables/*.csv")), ids=lambda p: "-".join(p.parts[-5:])
)
def test_stored_tables_have_sentences(path):
    table = pd.read_csv(path).rename(columns=lambda name: "" if name.startswith("Unnamed") else name)
    told = sentence(table, "synthetic")
    assert told.endswith(".") or table.empty or path.stem in SILENT or "cell_id" in table
    assert "nan" not in told.split()
    assert sentence(table.head(0), "synthetic") == ""
