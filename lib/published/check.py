"""A question about a paper's numbers, and the form of its answer."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import yaml

from lib.published.tables import FOLDER

Outcome = Literal["consistent", "inconsistent", "cannot be decided"]


@dataclass(frozen=True)
class Check:
    """One question about a paper's numbers, answered by arithmetic.

    Attributes
    ----------
    check_id, paper, question : str
    arithmetic : str
        The computation, written out with the numbers that enter it.
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


@cache
def questions() -> dict[str, dict[str, str]]:
    """Paper, question, arithmetic and conclusion of every check, from ``questions.yaml``."""
    return yaml.safe_load((FOLDER / "questions.yaml").read_text(encoding="utf-8"))


def answer(
    entry: str,
    published: float | None,
    recomputed: float | None,
    holds: bool | None,
    **words: object,
) -> Check:
    """Answer a question of ``questions.yaml``.

    Parameters
    ----------
    entry : str
        Key of the question, with the braces.
    holds : bool or None
        Whether the numbers agree; None where they cannot decide.
    **words
        Values of the words in braces, besides the two numbers.
    """
    texts = questions()[entry]
    outcome: Outcome = "consistent" if holds else "inconsistent"
    if holds is None:
        outcome = "cannot be decided"
    reason = texts.get(f"if_{outcome}", texts["reason"])
    words |= {"published": published, "recomputed": recomputed}
    asked = ("paper", "question", "arithmetic")
    paper, question, arithmetic = (texts[name].format(**words) for name in asked)
    key = entry.format(**words)
    return Check(key, paper, question, arithmetic, published, recomputed, outcome, reason)


def agree(published: float, recomputed: float, digits: int) -> bool:
    """Whether a recomputed number rounds to the printed one, one unit of the last digit allowed."""
    return abs(published - recomputed) <= 1.001 * 10**-digits
