"""Protocols and parameters agree: every value that decides a result has a row with its reason."""

from copy import deepcopy
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from lib import params
from lib.published import tables
from lib.published.tables import PublishedError, protocol
from lib.trees import MISSING, dotted, find, get, leaves, put
from scripts.report.documented import documented

ROOT = Path(__file__).parents[2]
SELECTIONS = (
    "pinned",
    "profile",
    "corpus_profiles",
    "*.corpora",
    "*.movement_corpora",
    "*.speaker_corpora",
    "*.experiments",
    "*.experiment",
    "*.pairs",
    "*.drawn",
    "*_drawn",
    "*.model",
    "skeletal.ablations.unfiltered",
    "skeletal.ablations*.masked",
    "skeletal.ablations.further",
    "skeletal.ablations.joint",
    "valence.traces.*",
)
"""Patterns of parameters that say what is run, compared or drawn, and change no result of it."""


def selects(key):
    """Whether a parameter is one of the `SELECTIONS`."""
    return any(fnmatchcase(dotted(key), pattern) for pattern in SELECTIONS)


def disagreements(parameters, rows):
    """What is wrong between parameters and protocols, a line each.

    A value without a row, with another value in its row or with two rows, and a row without a
    parameter. `parameters` is the content of ``params.yaml``.
    """
    known = {}
    for row in rows:
        where = f"{row.paper}, {row.item}"
        start = find(parameters, row.parameter)
        if start is None:
            yield f"{row.parameter}: {where} has it, the parameters have not"
            continue
        for key, value in leaves(row.value, start):
            if (found := get(parameters, key)) is MISSING:
                yield f"{dotted(key)}: {where} has it, the parameters have not"
            elif type(found) is not type(value) or found != value:
                yield f"{dotted(key)}: {found!r} in the parameters, {value!r} in {where}"
            if key in known:
                yield f"{dotted(key)}: both in {known[key]} and in {where}"
            known[key] = where
    for key, value in leaves(parameters):
        if key not in known and not selects(key):
            yield f"{dotted(key)}: {value!r} has no row in a protocol"


@pytest.fixture(scope="module")
def values():
    return params.load_yaml(ROOT / "params.yaml")


def test_every_value_of_params_yaml_has_its_protocol_row(values):
    assert not list(disagreements(values, documented()))


def test_the_papers_profile_has_the_values_of_the_protocols():
    paper = params.load_yaml(ROOT / "profiles" / "paper.yaml")
    for row in documented():
        for key, value in leaves(row.value, find(paper, row.parameter)):
            assert get(paper, key) == value, dotted(key)


@pytest.mark.parametrize("place", range(0, 400, 23))
def test_every_change_of_a_value_is_noticed(values, place):
    decisive = [key for key, _ in leaves(values) if not selects(key)]
    key = decisive[place % len(decisive)]
    changed = deepcopy(values)
    put(changed, key, "another value")
    (line,) = disagreements(changed, documented())
    assert line.startswith(f"{dotted(key)}: 'another value' in the parameters, ")


def test_a_value_of_another_type_is_another_value(values):
    changed = deepcopy(values)
    put(changed, ("skeletal", "training", "training", "bfloat16"), 0)
    (line,) = disagreements(changed, documented())
    assert "0 in the parameters, False in shared, precision" in line


def test_a_value_without_a_row_and_a_row_without_a_value_are_named(values):
    added = deepcopy(values)
    put(added, ("context", "training", "warm_up"), 3)
    assert list(disagreements(added, documented())) == [
        "context.training.warm_up: 3 has no row in a protocol"
    ]
    (line,) = disagreements(values, [row for row in documented() if row.item != "tokens"])
    assert line == "skeletal.training.inputs.text.tokens: 128 has no row in a protocol"
    removed = deepcopy(values)
    del removed["skeletal"]["training"]["inputs"]["text"]
    lines = list(disagreements(removed, documented()))
    where = "skeletal.training.inputs.text.tokens: shi2020-smern, tokens has it, the parameters "
    assert f"{where}have not" in lines and len(lines) == 2
    first = documented()[0]
    (line,) = disagreements(values, [*documented(), first])
    assert line.startswith(f"{first.parameter}: both in ")


def test_what_selects_is_in_use_and_decides_nothing_else(values):
    keys = [dotted(key) for key, _ in leaves(values)]
    for pattern in SELECTIONS:
        assert any(fnmatchcase(key, pattern) for key in keys), pattern
    for key in (
        "skeletal.training.seed",
        "context.training.repeats",
        "audiovisual.training.dropout",
    ):
        assert get(values, find(values, key)) is not MISSING and not selects((key,))


def numbers(paper):
    """Items whose default is a number and that have one parameter."""
    for name, item in protocol(paper).items():
        found = list(item.get("parameters", {}).values())
        if isinstance(item["default"], int | float) and len(found) == 1:
            yield name, item["default"], found[0]


def test_a_default_that_is_a_number_is_the_parameters_value():
    found = [each for paper in tables.PAPERS for each in numbers(paper)]
    assert {name for name, *_ in found} >= {"frames T", "video_frames", "context_frames"}
    for name, default, value in found:
        assert default == value, name


def test_repetitions_are_the_papers_number_or_five_and_three_on_open_corpora(values):
    repeats = {dotted(key): value for key, value in leaves(values) if key[-1] == "repeats"}
    stated = {f"skeletal.{name}.repeats" for name in ("training", "cross_speaker", "fine_tuning")}
    assert stated < repeats.keys() and len(repeats) >= 13
    opened = {key for key in repeats if ".corpora.egait." in key or ".corpora.ravdess." in key}
    others = dict.fromkeys(stated, 10) | dict.fromkeys(opened, 3)
    assert {key: value for key, value in repeats.items() if value != 5} == others
    sample = params.load_yaml(ROOT / "profiles" / "sample.yaml")
    for block in {key.split(".repeats")[0].split(".corpora")[0] for key in repeats}:
        assert get(sample, (*block.split("."), "repeats")) == 3, block


@pytest.mark.parametrize("change", [{"reason": ""}, {"source": None}, {"parameter": {}}])
def test_rows_without_source_or_reason_are_refused(monkeypatch, change):
    row = {"default": 1, "source": "IV", "reason": "not stated"}
    monkeypatch.setattr(tables, "_facts", lambda paper, name: {"epochs": row | change})
    with pytest.raises(PublishedError, match=rf"epochs: unknown.*{next(iter(change))}"):
        tables.protocol.__wrapped__("vo2022-context")
