"""What the parts of splits share: people, dialogues, scripts, sources, nearly equal features."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN
from sklearn.preprocessing import StandardScaler

from lib.splits.split import PARTS

GROUPS = ("speaker", "session", "dialogue", "clip", "script", "group", "cluster")
"""Columns of sample tables whose groups parts may share."""


def overlaps(rows: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Samples in each part by column (``shared``), ``scheme`` if given, repeat, fold and group."""
    keys = [name for name in ("scheme", "repeat", "fold") if name in rows]
    counts = {name: rows.pivot_table("sample_id", [*keys, name], "part", "count") for name in columns}
    tables = {name: found.rename_axis([*keys, "group"]) for name, found in counts.items()}
    return pd.concat(tables, names=["shared"]).reindex(columns=list(PARTS)).fillna(0).astype(int)


def leaks(folds: pd.DataFrame, samples: pd.DataFrame, stores: Mapping[str, Any]) -> pd.DataFrame:
    """Counts of samples whose group another part has too, over all folds and repetitions.

    `folds` are stored splits, `samples` has a ``sample_id`` and some of `GROUPS`, `stores` are
    feature stores by name, whose near duplicates count as groups. Rows are by ``scheme`` and
    ``shared``; columns are ``test with dev``, ``test with train``, ``dev with train`` and ``test``.
    """
    table = samples[["sample_id", *(name for name in GROUPS if name in samples)]].dropna(axis=1, how="all")
    for name, store in stores.items():
        table[f"near duplicate, {name}"] = table["sample_id"].map(near_duplicates(store, table["sample_id"]))
    found = overlaps(folds.merge(table, on="sample_id"), table.columns[1:])
    pairs = {f"{two} with {one}": found[two] * (found[one] > 0) for one, two in combinations(PARTS, 2)}
    columns = pd.DataFrame(dict(reversed(pairs.items())) | {"test": found["test"]})
    return columns.groupby(["scheme", "shared"], sort=False).sum()


def near_duplicates(store: Any, ids: Iterable[str], distance: float = 0.08) -> pd.Series:
    """Number of each sample's group of nearly equal features, by sample, where the store has any.

    Sums of 16 pieces of the mean over time are compared, in standard deviations over the samples.
    """
    known = [name for name in ids if name in store and store[name].size]
    means = (store[name].reshape(len(store[name]), -1).mean(axis=0, dtype=float) for name in known)
    sums = [np.add.reduceat(mean, np.arange(16) * len(mean) // 16) for mean in means]
    groups = DBSCAN(distance, min_samples=1).fit_predict(StandardScaler().fit_transform(sums))
    return pd.Series(groups, known)
