"""The kept results of `make controls`: there, complete and not stale.

Where one of these fails, `make controls` mends it.
"""

import json

import pandas as pd
import pytest

from lib import params
from lib.params import project_path
from lib.replication import negative_controls, versions
from lib.replication.settings import NegativeControlStage

NEGATIVE = project_path("reports/replication/03_negative_controls")


def kept(folder, name):
    path = folder / "tables" / f"{name}.csv"
    assert path.is_file(), f"no {path.name}: run make controls"
    return pd.read_csv(path)


@pytest.mark.parametrize(
    ("folder", "made_with"), [(NEGATIVE, versions.NEGATIVE)], ids=["negative controls"]
)
def test_kept_results_are_made_from_what_there_is(folder, made_with):
    assert versions.stale(folder / "tables/versions.csv", versions.versions(*made_with)) == []
    content = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert content["settings"] == params.block(made_with[0][0])


def test_every_negative_control_is_kept():
    table = kept(NEGATIVE, "negative")
    rows = table[["paper", "corpus", "experiment"]].to_records(index=False).tolist()
    assert rows == negative_controls.listed()
    settings = params.read("replication.negative_controls", NegativeControlStage)
    assert settings.trainings >= 3 and (table["trainings"] % settings.trainings == 0).all()
    assert set(table["verdict"]) <= set(negative_controls.VERDICTS)
    constant = 2 * table["constant"] > table["trainings"]
    assert not table.loc[constant, "verdict"].str.contains("chance$").any()
    idle = table["true low"] <= table["chance"]
    assert set(table.loc[idle, "verdict"]) <= {negative_controls.NOT_LEARNT}
