"""Timing of one piece of work against what a user would write or install instead."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

Work = Callable[[], Any]


@dataclass(frozen=True)
class Pair:
    """A piece of work, done by this project and by a peer.

    Attributes
    ----------
    work, peer : str
        What is done, and by what else it is done.
    make : callable
        Takes a size (1: as in the table; less: a short form) and returns both functions, whose
        outputs can be compared.
    agree : callable
        Raises `AssertionError` if the outputs of both differ by more than `within`.
    within : str
        How far outputs may differ, in words.
    needs : str
        Module of the peer, which may be missing.
    """

    work: str
    peer: str
    make: Callable[[float], tuple[Work, Work]]
    agree: Callable[[Any, Any], None]
    within: str
    needs: str = "numpy"


def close(tolerance: float) -> Callable[[Any, Any], None]:
    """Comparison of arrays, or of sequences of arrays, by relative and absolute tolerance."""

    def agree(ours: Any, theirs: Any) -> None:
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(np.asarray(one), np.asarray(other), tolerance, tolerance)

    return agree


def seconds(work: Work) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(pair: Pair, rounds: int, size: float = 1.0) -> dict[str, Any]:
    """Row of the table: our time as a share of the peer's, median and range over alternating rounds.

    Outputs are compared before anything is timed; this also loads what is loaded once.
    """
    row: dict[str, Any] = {"work": pair.work, "peer": pair.peer}
    if find_spec(pair.needs) is None:
        return row | {"rounds": 0, "outputs": f"not run: no module {pair.needs}"}
    ours, theirs = pair.make(size)
    pair.agree(ours(), theirs())
    ratios = []
    for number in range(rounds):
        first, second = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        one, other = seconds(first), seconds(second)
        ratios.append(one / other if number % 2 == 0 else other / one)
    found = {"ratio": np.median(ratios), "lowest": min(ratios), "highest": max(ratios)}
    return row | found | {"rounds": rounds, "outputs": pair.within}


def slower(table: pd.DataFrame, stored: pd.DataFrame) -> list[str]:
    """What got slower than in a stored table: the whole range lies above the stored one."""
    both = table.merge(stored, on=["work", "peer"], suffixes=("", " before"))
    worse = both[both["lowest"] > both["highest before"]]
    return [
        f"{row['work']}, against {row['peer']}: {row['ratio before']:.2f} before, {row['ratio']:.2f} now"
        for _, row in worse.iterrows()
    ]
