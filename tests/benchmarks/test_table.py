"""The table of ratios: outputs are compared before times."""

import time

import pandas as pd
import pytest

from tests.benchmarks.harness import Pair, close, measure, slower
from tests.benchmarks.pairs import PAIRS


def pair(ours, theirs, seconds=0.0, **own):
    def work(value, wait):
        return lambda: (time.sleep(wait), [value])[1]

    return Pair(
        "work", "peer", lambda size: (work(ours, seconds), work(theirs, 0.02)), close(0), "equal", **own
    )


def test_ratio_of_the_time_to_the_peers():
    row = measure(pair(1.0, 1.0), 3)
    assert row["lowest"] <= row["ratio"] <= row["highest"] < 1 and row["rounds"] == 3
    assert measure(pair(1.0, 1.0, 0.1), 3)["lowest"] > 1


def test_other_outputs_are_not_timed():
    with pytest.raises(AssertionError):
        measure(pair(1.0, 1.1), 1)


def test_a_missing_peer_is_said():
    row = measure(pair(1.0, 1.0, needs="no_such_module"), 1)
    assert row["rounds"] == 0 and "no_such_module" in row["outputs"] and "ratio" not in row


def test_what_got_slower_lies_above_the_whole_stored_range():
    names = {"work": ["a", "b"], "peer": "p"}
    stored = pd.DataFrame(names | {"ratio": 0.5, "lowest": 0.4, "highest": [0.6, 0.9]})
    table = pd.DataFrame(names | {"ratio": 0.8, "lowest": 0.7, "highest": 0.9})
    assert slower(table, stored) == ["a, against p: 0.50 before, 0.80 now"]


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.work}, {pair.peer}")
def test_outputs_equal_the_peers(pair):
    pytest.importorskip(pair.needs)
    assert measure(pair, 1, 0.25)["rounds"] == 1
