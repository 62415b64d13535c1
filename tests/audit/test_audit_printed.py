"""Printed numbers beside the scores of predictions."""

import pandas as pd
import pytest

from scripts.audit import definitions, printed
from scripts.audit.predictions import AuditError, clustered
from tests.audit.samples import classes, stored


def test_a_printed_number_is_matched_to_the_definition_that_gives_it(tmp_path):
    table = definitions.definitions(clustered(stored(classes(), tmp_path)))
    pooled = table[table["folds"] == definitions.POOLED].set_index("metric")
    recall = 100 * pooled.loc["UAR", "score"]
    inside = 100 * (pooled.loc["UAR", "score"] + pooled.loc["UAR", "high"]) / 2
    text = f"UAR={recall:.1f}, WAP={recall:.1f}%; UA={inside:.2f}, UAR=3.0"
    found = printed.printed(text, table)
    assert found["verdict"].iloc[[0, 2, 3]].to_list() == ["reproduced", "cannot tell", "not reproduced"]
    assert "UAR (folds pooled)" in found["definitions that give it"].iloc[1]
    for wrong in ("UAR", "UAR=high", "BLEU=3"):
        with pytest.raises(AuditError, match="PRINTED"):
            printed.printed(wrong, table)


def test_an_error_above_one_is_not_taken_as_percent():
    rows = {"model": "mine", "metric": ["RMSE", "CCC"], "folds": "folds pooled"}
    table = pd.DataFrame(rows | {"score": [2.31, 0.456], "low": [2.0, 0.4], "high": [2.5, 0.5]})
    assert printed.printed("RMSE=2.31", table)["verdict"].tolist() == ["reproduced"]
    assert printed.printed("CCC=45.6", table)["verdict"].tolist() == ["reproduced"]


def test_a_printed_number_that_is_another_score_is_called_by_its_name(tmp_path):
    rows = {"model": "mine", "folds": "folds pooled", "metric": ["UAR", "WAR", "macro F1"]}
    limits = {"low": [0.6, 0.65, 0.5], "high": [0.7, 0.75, 0.6]}
    table = pd.DataFrame(rows | {"score": [0.6561, 0.701, 0.55]} | limits)
    found = printed.printed("WAR=65.6, UAR=65.6%, UA=65.6, acc=99, WAR=71.0", table)["sentence"].to_list()
    assert found == [
        "65.6 is the UAR of this file, not its WAR, which is 70.1; the interval of its WAR, 65 to 75, does "
        "not exclude it.",
        "65.6% is the UAR of this file (folds pooled).",
        "65.6 is the UA (UAR) of this file (folds pooled).",
        "No definition gives 99; the acc (WAR) of this file is 70.1.",
        "No definition gives 71.0; the WAR of this file is 70.1; the interval of its WAR, 65 to 75, does not "
        "exclude it.",
    ]
    table["low"] = 0.69
    assert printed.printed("WAR=65.6", table)["sentence"].item() == (
        "65.6 is the UAR of this file, not its WAR, which is 70.1."
    )
