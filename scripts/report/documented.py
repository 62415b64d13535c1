"""Values of ``params.yaml`` that the papers' protocols give, each with its item."""

from typing import Any, NamedTuple

from lib.published.tables import PAPERS, SHARED, protocol


class Documented(NamedTuple):
    """A value of params.yaml under ``parameters`` of a protocol's item; `value` may be a dict."""

    paper: str
    item: str
    parameter: str
    value: Any


def documented() -> list[Documented]:
    """Every such value of every protocol, including that of `lib.published.tables.SHARED`."""
    return [
        Documented(paper, item, parameter, value)
        for paper in (*PAPERS, SHARED)
        for item, row in protocol(paper).items()
        for parameter, value in row.get("parameters", {}).items()
    ]
