"""No training of the committed results is cut off: its best epoch is not its last."""

import pandas as pd
import pytest

from lib.params import project_path

TABLES = sorted(project_path("reports").glob("*/*/*/tables/parameters.csv"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: "-".join(path.parts[-5:-2]))
def test_no_training_is_cut_off(path):
    table = pd.read_csv(path, index_col=0)
    cut_off = table["cut off"][table["cut off"] > 0].to_dict()
    assert not cut_off, f"give them more epochs in profiles/sample.yaml: {cut_off}"


def test_every_paper_has_such_a_table():
    papers = {path.parts[-2] for path in project_path("reports").glob("*/02_training")}
    assert {path.parts[-5] for path in TABLES} == papers >= {"skeletal", "audiovisual", "context", "valence"}
