"""Tables that compare split schemes and groups of samples."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lib.evaluation.classification import scores_by
from lib.evaluation.predictions import reported
from lib.files import write_parquet


def join_schemes(tables: Mapping[str, pd.DataFrame], path: Path) -> pd.DataFrame:
    """Store predictions under several schemes as one table, as ``"<experiment>, <scheme>"``."""
    joined = pd.concat(tables, names=["scheme"]).reset_index("scheme")
    joined["experiment"] += ", " + joined.pop("scheme")
    joined = joined.reset_index(drop=True)
    write_parquet(path, joined)
    return joined


def per_group(predictions: pd.DataFrame, samples: pd.DataFrame, column: str) -> pd.DataFrame:
    """Recalls (UAR, WAR) of groups of test samples by experiment; `column` names the groups."""
    test = reported(predictions).merge(samples[["sample_id", column]], on="sample_id")
    keys = ["experiment", column]
    scores = scores_by(test, keys).drop(columns="WAP")
    scores.insert(0, "samples", test.groupby(keys).size())
    return scores.reset_index().sort_values(keys, ignore_index=True)


def against_first_scheme(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Change of a score from the first split scheme to each other one.

    Schemes test different samples, so the interval of a change is made from the intervals of both
    scores as independent estimates (Zou and Donner 2008, "Construction of confidence limits about
    effect measures"). Experiments are named as in `join_schemes`.

    Returns
    -------
    DataFrame
        ``experiment``, ``scheme``, ``score``, ``low``, ``high``, ``change``, ``change_low``,
        ``change_high``, and ``apart``: whether the interval of the score does not overlap that of
        the first scheme.
    """
    table = scores.loc[scores["metric"] == metric, ["experiment", "score", "low", "high"]]
    named = table["experiment"].str.rsplit(", ", n=1, expand=True)
    table["experiment"] = named[0]
    table.insert(1, "scheme", named[1])
    first = table.drop_duplicates("experiment").set_index("experiment")
    before = first.loc[table["experiment"]].set_index(table.index)
    table["change"] = table["score"] - before["score"]
    down = np.hypot(table["score"] - table["low"], before["high"] - before["score"])
    up = np.hypot(table["high"] - table["score"], before["score"] - before["low"])
    other = table["scheme"] != before["scheme"]
    table["change_low"] = table["change"] - np.where(other, down, 0)
    table["change_high"] = table["change"] + np.where(other, up, 0)
    table["apart"] = (table["high"] < before["low"]) | (table["low"] > before["high"])
    return table.sort_values("experiment", kind="stable", ignore_index=True)
