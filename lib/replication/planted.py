"""The stored list of planted effects and the comparisons that must show them, by `scripts.planted`."""

from pathlib import Path

import pandas as pd

CHANCE = "chance"


class ControlError(ValueError):
    """A statement, a table or a row does not exist."""


def path() -> Path:
    """Where the list is kept."""
    return Path(__file__).with_name("expected.csv")


def read() -> pd.DataFrame:
    """The list as it is kept; empty cells are empty texts.

    Columns are those that `scripts.planted.expected.expected` returns.
    """
    return pd.read_csv(path(), keep_default_na=False, dtype=str)


def oracle_path() -> Path:
    """Where the scores of the oracle are kept; ``python -m scripts.sample_corpora.oracle``."""
    return Path(__file__).with_name("oracle.csv")
