"""A question about a paper's numbers, and the form of its answer."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from scipy import stats

from lib.published.tables import FOLDER

Number = float | None
OUTCOMES = {True: "consistent", False: "inconsistent", None: "cannot be decided"}
ANSWERS = {"consistent": "yes", "inconsistent": "no", "cannot be decided": "cannot be decided"}
SUGGESTS = "suggests "


@dataclass(frozen=True)
class Check:
    """One question about a paper's numbers, answered by arithmetic.

    `answer` is yes or no where the question asks for it, with "suggests" before it where it is an
    inference. `arithmetic` is the computation, written out with the numbers that enter it, and
    `reason` what follows. The numbers are in the same unit, and None where there is no single
    number.
    """

    check_id: str
    paper: str
    question: str
    answer: str
    arithmetic: str
    published: Number
    recomputed: Number
    outcome: str
    reason: str


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Paper, question, answers, arithmetic and conclusion of checks, from ``questions.yaml``."""
    return yaml.safe_load((FOLDER / "questions.yaml").read_text(encoding="utf-8"))


def answer(entry: str, published: Number, recomputed: Number, holds: bool | None, **words: object) -> Check:
    """Answer the question of ``questions.yaml`` that has the key `entry`, braces included.

    `holds` says whether the numbers agree, or is None where they cannot decide; `words` are the
    values of the words in braces, besides the two numbers.
    """
    texts, outcome = questions()[entry], OUTCOMES[holds]
    words |= {"published": published, "recomputed": recomputed}
    said = texts.get("answer") or (ANSWERS | texts.get("answers", {}))[outcome]
    if texts.get("inference"):
        said = SUGGESTS + said
    asked = (entry, texts["paper"], texts["question"], said, texts["arithmetic"])
    key, paper, question, said, arithmetic = (text.format(**words) for text in asked)
    reason = texts.get(f"if_{outcome}", texts["reason"])
    return Check(key, paper, question, said, arithmetic, published, recomputed, outcome, reason)


def agree(published: float, recomputed: float, digits: int) -> bool:
    """Whether a recomputed number rounds to the printed one, one unit of the last digit allowed."""
    return abs(published - recomputed) <= 1.001 * 10**-digits


def unpaired_p(first: float, first_spread: float, second: float, second_spread: float, runs: int) -> float:
    """Two-sided p of Student's t from means, standard deviations and numbers of runs."""
    result = stats.ttest_ind_from_stats(first, first_spread, runs, second, second_spread, runs)
    return float(result.pvalue)
