"""Values of `params.yaml` that the protocols document, each with its item."""

from typing import Any, NamedTuple

from lib.published.tables import PAPERS, SHARED, protocol


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
