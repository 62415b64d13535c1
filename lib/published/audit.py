"""Checks of the papers' numbers against themselves."""

from collections.abc import Iterable
from dataclasses import asdict

import pandas as pd

from lib.published import audit_context, audit_others, audit_skeletal, audit_statistics
from lib.published.check import Check

PARTS = (audit_skeletal, audit_statistics, audit_others, audit_context)


def all_checks() -> list[Check]:
    """Every check, in the order of the papers."""
    return [check for part in PARTS for check in part.checks()]


def as_table(checks: Iterable[Check]) -> pd.DataFrame:
    """One row for each check."""
    return pd.DataFrame([asdict(check) for check in checks])
