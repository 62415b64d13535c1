"""Tables that set split schemes and groups of samples side by side."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lib.evaluation.metrics import classification_scores


def join_schemes(tables: Mapping[str, pd.DataFrame], path: Path) -> pd.DataFrame:
    """Predictions under several split schemes as one stored table.

    An experiment becomes ``"<experiment>, <scheme>"``.
    """
    joined = pd.concat(
        [
            table.assign(experiment=table["experiment"] + f", {scheme}")
            for scheme, table in tables.items()
        ],
        ignore_index=True,
    )
    joined.to_parquet(path, index=False)
    return joined


def per_group(predictions: pd.DataFrame, samples: pd.DataFrame, column: str) -> pd.DataFrame:
    """UAR and WAR of the test samples of each group, by experiment.

    Parameters
    ----------
    column : str
        Column of the sample table, for example ``"speaker"``.
    """
    test = predictions[predictions["part"] == "test"].merge(
        samples[["sample_id", column]], on="sample_id"
    )
    rows = []
    for (experiment, group), found in test.groupby(["experiment", column], sort=False):
        scores = classification_scores(
            found["label"].to_numpy(), found["prediction"].to_numpy(), ("UAR", "WAR")
        )
        rows.append({"experiment": experiment, column: group, "samples": len(found)} | scores)
    return pd.DataFrame(rows).sort_values(["experiment", column], ignore_index=True)


def against_first_scheme(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """What each split scheme changes against the first.

    Parameters
    ----------
    scores : DataFrame
        Of experiments named as in `join_schemes`.

    Returns
    -------
    DataFrame
        ``experiment``, ``scheme``, ``score``, ``low``, ``high``, ``change``, its interval
        ``change_low`` to ``change_high``, and ``apart``: whether the interval of the score does not
        overlap that of the first scheme. Schemes test other samples, so that the interval of the
        change is made from both scores' intervals as of independent estimates (Zou and Donner 2008,
        "Construction of confidence limits about effect measures").
    """
    table = scores[scores["metric"] == metric].copy()
    named = table["experiment"].str.rsplit(", ", n=1, expand=True)
    table["experiment"], table["scheme"] = named[0], named[1]
    first = table.drop_duplicates("experiment").set_index("experiment")
    before = first.loc[table["experiment"]]
    table["change"] = table["score"].to_numpy() - before["score"].to_numpy()
    down = np.hypot(table["score"] - table["low"], (before["high"] - before["score"]).to_numpy())
    up = np.hypot(table["high"] - table["score"], (before["score"] - before["low"]).to_numpy())
    itself = table["scheme"].to_numpy() == before["scheme"].to_numpy()
    table["change_low"] = table["change"] - np.where(itself, 0, down)
    table["change_high"] = table["change"] + np.where(itself, 0, up)
    table["apart"] = (table["high"].to_numpy() < before["low"].to_numpy()) | (
        table["low"].to_numpy() > before["high"].to_numpy()
    )
    columns = ["experiment", "scheme", "score", "low", "high", "change", "change_low",
               "change_high", "apart"]  # fmt: skip
    return table[columns].sort_values("experiment", kind="stable", ignore_index=True)
