"""Checks of the papers' numbers against themselves."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

Outcome = Literal["consistent", "inconsistent", "cannot be decided"]


@dataclass(frozen=True)
class Check:
    """One question to a paper's numbers, answered by arithmetic.

    Attributes
    ----------
    check_id, paper, question : str
    arithmetic : str
        The computation, written out with the numbers that entered it.
    published, recomputed : float or None
        In the same unit; None where there is no single number.
    outcome : {"consistent", "inconsistent", "cannot be decided"}
    reason : str
        What follows.
    """

    check_id: str
    paper: str
    question: str
    arithmetic: str
    published: float | None
    recomputed: float | None
    outcome: Outcome
    reason: str


def agree(published: float, recomputed: float, digits: int) -> bool:
    """Whether a recomputed number rounds to the printed one, one unit of the last digit allowed."""
    return abs(published - recomputed) <= 1.001 * 10**-digits


def verdict(holds: bool) -> Outcome:
    """Outcome of a check that could be decided."""
    return "consistent" if holds else "inconsistent"


def all_checks() -> list[Check]:
    """Every check, in the order of the papers."""
    from lib.published import (
        audit_context,
        audit_others,
        audit_protocols,
        audit_skeletal,
        audit_statistics,
    )

    return [
        *audit_skeletal.checks(),
        *audit_statistics.checks(),
        *audit_protocols.checks(),
        *audit_others.checks(),
        *audit_context.checks(),
    ]


def as_table(checks: Iterable[Check]) -> pd.DataFrame:
    """One row a check."""
    return pd.DataFrame([asdict(check) for check in checks])
