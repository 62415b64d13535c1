"""Parameters against protocols: every value that decides a result has a row with its reason."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from lib.published.tables import PAPERS, SHARED, protocol
from lib.trees import MISSING, Key, Tree, dotted, find, get, leaves

SELECTIONS = (
    "pinned",
    "profile",
    "corpus_profiles",
    "*.corpora",
    "*.movement_corpora",
    "*.experiments",
    "*.experiment",
    "*.pairs",
    "*.drawn",
    "*_drawn",
    "*.model",
    "skeletal.ablations.unfiltered",
    "skeletal.ablations.masked",
    "skeletal.ablations.joint",
    "valence.traces.*",
)
"""Patterns of parameters that say what is run, compared or drawn, and change no result of it."""


class Documented(NamedTuple):
    """One entry under ``parameters`` of a protocol item; `value` may be a dict of several values.

    `paper` is a key of `lib.published.tables.PAPERS`, or `SHARED`.
    """

    paper: str
    item: str
    parameter: str
    value: Any


def documented() -> list[Documented]:
    """Every entry of every protocol."""
    return [
        Documented(paper, item, parameter, value)
        for paper in (*PAPERS, SHARED)
        for item, row in protocol(paper).items()
        for parameter, value in row.get("parameters", {}).items()
    ]


def selects(key: Key) -> bool:
    """Whether a parameter is one of the `SELECTIONS`."""
    return any(fnmatchcase(dotted(key), pattern) for pattern in SELECTIONS)


def disagreements(parameters: Tree, rows: list[Documented]) -> Iterator[str]:
    """What is wrong between parameters and protocols, a line each.

    A value without a row, with another value in its row or with two rows, and a row without a
    parameter. `parameters` is the content of ``params.yaml``.
    """
    known: dict[Key, str] = {}
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
