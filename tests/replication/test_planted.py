"""The list of planted effects: complete against the effects files, and made by the rule."""

import re

import pandas as pd
import pytest
import yaml

from lib import params
from lib.corpora.provenance import Provenance
from lib.replication import planted
from scripts.planted import expected, experiments
from tests.replication.samples import EFFECTS, SAMPLES

CONNECTING = {"and", "so", "that", "but", "with", "from", "to"}
PAPERS = {
    "iemocap": "skeletal", "rml": "audiovisual", "enterface": "audiovisual", "emotic": "context",
    "recola": "valence", "sewa": "valence",
}  # fmt: skip


def claims(node, name=()):
    """Every claim of an effects file by its dotted name."""
    if isinstance(node, dict):
        if "claim" in node:
            yield ".".join(name), " ".join(node["claim"].split())
        for key, value in node.items():
            yield from claims(value, (*name, key))


def effects(corpus):
    return yaml.safe_load((SAMPLES / EFFECTS[corpus]).read_text(encoding="utf-8"))


@pytest.mark.parametrize("corpus", EFFECTS)
def test_the_statements_leave_no_word_of_a_claim_out(corpus):
    own = expected.statements()[PAPERS[corpus]]
    found = dict(claims(effects(corpus)))
    assert {statement.claim for statement in own} == set(found)
    for name, claim in found.items():
        rest = claim
        for statement in dict.fromkeys(each.statement for each in own if each.claim == name):
            assert " ".join(statement.split()) in claim, statement
            rest = rest.replace(" ".join(statement.split()), " ")
        rest = re.sub(r"\((shi|lee|vo|priyasad|RECOLA)[^()]*\)", " ", rest)  # the source
        rest = re.sub(r"\((shi2021): *\)", " ", rest)
        assert set(re.findall(r"[a-z]+", rest.lower())) <= CONNECTING, (name, rest)


@pytest.mark.parametrize("corpus", EFFECTS)
def test_every_strength_is_planted(corpus):
    for statement in expected.statements()[PAPERS[corpus]]:
        part = expected.part_of(effects(corpus), statement.claim)
        for name in statement.strength:
            assert expected.part_of(part, name) is not None
    with pytest.raises(planted.ControlError, match=r"plants no 'voice\.colour'"):
        expected.part_of(effects("rml"), "voice.colour")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The list where SEWA is of real people; only effects files, no data."""
    root = tmp_path_factory.mktemp("project")
    for corpus, name in EFFECTS.items():
        kind = "licensed" if corpus == "sewa" else "synthetic"
        folder = root / "data" / corpus
        folder.mkdir(parents=True)
        (folder / "effects.yaml").write_text((SAMPLES / name).read_text(encoding="utf-8"))
        Provenance(
            corpus=corpus, kind=kind, version="abc", source="a test", licence="none", counts={},
            files=1, bytes=1, effects="effects.yaml",
        ).write(folder)  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expected, "project_path", lambda path: root / path)
        return expected.expected()


def test_the_kept_list_is_the_one_that_the_rule_makes(made):
    """If it is not, `python -m scripts.planted.expected` writes it anew."""
    made = made.astype(str)
    kept = planted.read().query("corpus != 'sewa'").reset_index(drop=True)
    pd.testing.assert_frame_equal(made, kept.astype(made.dtypes.to_dict()))


def test_real_people_have_no_planted_effects(made):
    assert set(made["corpus"]) == set(EFFECTS) - {"sewa"}


def listed(**wanted):
    table = planted.read()
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def test_comparisons_that_failed_are_on_the_list():
    (attention,) = listed(corpus="emotic", first="attention")["second"]
    assert attention == "concatenation"
    assert "audio" in set(listed(corpus="rml", first="attention")["second"])
    assert "MDRE" in set(listed(first="SMERN")["second"])
    assert set(listed(table="valence/05_traces/shares")["corpus"]) == {"recola", "sewa"}
    assert set(listed(first="3D-CNN + STA", second="3D-CNN")["corpus"]) == {"recola", "sewa"}


def test_networks_that_learnt_the_hidden_variables_prove_nothing():
    left_out = listed(corpus="emotic")["left out"] != ""
    rows = listed(corpus="emotic").assign(out=left_out).set_index(["first", "second"])["out"]
    assert rows[("gist", "place")] and rows[("gist", "body")] and rows[("concatenation", "B+P")]
    assert not rows[("body", "place")] and not rows[("B+P", "place")]
    assert ("B+E", "B+P") not in rows


@pytest.mark.parametrize("paper", expected.METRIC)
def test_experiments_are_those_of_the_parameters(paper):
    values = params.load_yaml()[paper]
    for corpus in values["corpora"]:
        found = experiments.of(paper, corpus)
        stages = ("02_training", "03_ablations")
        assert {own["stage"] for own in found.values()} == set(stages)
        named = params.block(f"{paper}.training", corpus)["experiments"]
        assert set(named) <= set(found)
        assert all(own["inputs"] == sorted(own["inputs"]) for own in found.values())


def test_every_kept_comparison_says_how_it_is_read():
    kept = listed()
    tested = kept[kept["left out"] == ""]
    tables = {table for table, _, _ in expected.TABLES.values()}
    for table in set(tested["table"]) - {"predictions"}:
        paper, own = table.split("/", 1)
        assert paper in expected.METRIC and own in {
            known.format(end) for known in tables for end in ("speaker", "subject")
        }
    assert set(tested["side"]) <= {"above", "below"}
    assert not tested.duplicated(["corpus", "claim", "statement", "table", "first", "second"]).any()
