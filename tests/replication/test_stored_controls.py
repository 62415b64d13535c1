"""The kept results of the controls: there, complete and not stale.

Where a frozen stage fails, `make controls` mends it; where the positive controls fail, `make
repro`, and a commit of what it changed.
"""

import io
import json
import subprocess

import pandas as pd
import pytest

from lib import params
from lib.params import project_path
from lib.replication import controls, negative_controls, planted, power, variants, versions
from lib.replication.settings import NegativeControlStage, PowerStage
from tests.replication.stale import stale

NEGATIVE = project_path("reports/replication/03_negative_controls")
POWER = project_path("reports/replication/04_power")


def kept(folder, name):
    path = folder / "tables" / f"{name}.csv"
    assert path.is_file(), f"no {path.name}: run make controls"
    return pd.read_csv(path)


@pytest.mark.parametrize(
    ("folder", "made_with"),
    [(NEGATIVE, versions.NEGATIVE), (POWER, versions.POWER)],
    ids=["negative controls", "power"],
)
def test_kept_results_are_made_from_what_there_is(folder, made_with):
    now = versions.versions(*made_with)
    if folder == POWER:
        now = now.assign(generator=variants.generator_version())
    assert stale(folder / "tables/versions.csv", now) == []
    content = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert content["settings"] == params.block(made_with[0][0])


@pytest.mark.parametrize("folder", [NEGATIVE, POWER], ids=["negative controls", "power"])
def test_kept_notebooks_are_those_of_the_sources(folder):
    def texts(path):
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = (cell for cell in content["cells"] if "injected-parameters" not in str(cell))
        return ["".join(cell["source"]) for cell in cells]

    name = f"{folder.name}.ipynb"
    assert texts(folder / name) == texts(project_path(f"notebooks/replication/{name}"))


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


def test_every_strength_is_kept():
    settings = params.read("replication.power", PowerStage)
    assert {0, 0.5, 1, 2} <= set(settings.strengths) and settings.trainings >= 2
    table = kept(POWER, "power")
    rows = table[["study", "strength", "seed"]].to_records(index=False).tolist()
    assert rows == power.listed(settings)
    again = power.curves(table)
    curves = kept(POWER, "curves")
    assert curves["found"].to_list() == again["found"].to_list()
    assert curves["rate"].to_list() == pytest.approx(again["rate"].to_list(), abs=1e-4)
    assert set(curves["study"]) == {effect.study for effect in power.EFFECTS}


POSITIVE = "reports/replication/01_controls/tables/positive.csv"
ROW = ["paper", "corpus", "claim", "statement", "table", "first", "second"]


def test_every_planted_effect_is_kept():
    expected = planted.read().query("`left out` == ''")[ROW]
    table = pd.read_csv(project_path(POSITIVE), keep_default_na=False, dtype=str)
    assert table.reindex(columns=ROW).to_numpy().tolist() == expected.to_numpy().tolist()


@pytest.mark.slow
def test_the_committed_effects_are_recovered_at_the_committed_trainings():
    """Which comparisons recover an effect, and in how many trainings, from the predictions here."""
    outputs, reports = project_path("outputs"), project_path("reports")
    if not (outputs / "valence/03_ablations").is_dir():
        pytest.skip("no predictions: run make repro first")
    shown = ["git", "show", f"HEAD:{POSITIVE}"]
    text = subprocess.run(shown, cwd=project_path("."), capture_output=True, text=True, check=True)
    committed = pd.read_csv(io.StringIO(text.stdout), keep_default_na=False, dtype=str)
    found = controls.positive(planted.read(), outputs, reports).astype(str)
    columns = [*ROW, "recovered", "trainings"]
    assert found[columns].to_numpy().tolist() == committed[columns].to_numpy().tolist()
