"""Checks of the papers' numbers against themselves."""

from lib.published import audit_context, audit_others, audit_skeletal, audit_statistics
from lib.published.check import Check

PARTS = (audit_skeletal, audit_statistics, audit_others, audit_context)


def all_checks() -> list[Check]:
    """Every check, in the order of the papers."""
    return [check for part in PARTS for ask in part.CHECKS for check in ask()]
