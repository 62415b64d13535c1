"""What the parts of splits share: people, dialogues, scripts, sources, nearly the same features."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from lib.splits.split import PARTS, Split

GROUPS = ("speaker", "session", "dialogue", "clip", "script", "group", "cluster")
"""Columns of sample tables whose groups may be shared."""
DISTANCE = 0.02
"""Largest distance of near duplicates, in standard deviations of a summary's values over samples."""


def shared(
    parts: Mapping[str, pd.DataFrame], columns: Iterable[str]
) -> Iterator[tuple[str, str, str, NDArray[np.bool_]]]:
    """A column, two parts and which rows of the second have a group that the first has, for all."""
    for (one, other), column in ((pair, each) for pair in combinations(parts, 2) for each in columns):
        known = parts[one][column].dropna().unique()
        yield column, one, other, parts[other][column].isin(known).to_numpy()


def leaks(splits: Sequence[Split], samples: pd.DataFrame, stores: Mapping[str, Any]) -> pd.DataFrame:
    """Test samples with something in training or development, and dev samples with it in training.

    `samples` has a ``sample_id`` and some of `GROUPS`; `stores` gives feature stores by their names.

    Returns
    -------
    DataFrame
        By ``scheme`` and what is ``shared``: counts over all folds and repetitions as
        ``<part> with <part>``, and the size of the ``test`` part.
    """
    table = samples.set_index("sample_id")
    table = table[[name for name in GROUPS if name in table and table[name].notna().any()]]
    close = {f"near duplicate, {name}": near_duplicates(store, table.index) for name, store in stores.items()}
    table, rows = table.assign(**close), []
    for split in splits:
        parts = {part: table.loc[list(split.part(part))] for part in PARTS}
        for what, one, other, inside in shared(parts, table):
            rows.append((split.scheme, what, f"{other} with {one}", inside.sum()))
        rows += [(split.scheme, what, "test", len(split.test)) for what in table]
    found = pd.DataFrame(rows, columns=["scheme", "shared", "parts", "samples"])
    names = ["test with train", "test with dev", "dev with train", "test"]
    return found.pivot_table("samples", ["scheme", "shared"], "parts", "sum", sort=False)[names].astype(int)


def near_duplicates(features: Any, ids: Iterable[str]) -> pd.Series:
    """Numbers of groups of samples whose features are nearly equal, by sample; unknown ones have none."""
    known = [name for name in ids if name in features and features[name].size]
    found = np.stack([_summary(features[name]) for name in known])
    spread = found.std(axis=0)
    found = (found - found.mean(axis=0)) / np.where(spread > 0, spread, 1)
    pairs = KDTree(found).query_pairs(DISTANCE * found.shape[1] ** 0.5, output_type="ndarray").T
    links = coo_array((np.ones(pairs.shape[1]), pairs), shape=(len(known), len(known)))
    return pd.Series(connected_components(links, directed=False)[1], known, dtype="Int64")


def _summary(array: NDArray[Any]) -> NDArray[np.float64]:
    """Means of 16 equal pieces of the mean over time, and of the mean over all else."""
    rows = np.asarray(array, np.float64).reshape(len(array), -1)
    pieces = []
    for values in (rows.mean(axis=0), rows.mean(axis=1)):
        sums = np.concatenate([[0.0], values.cumsum()])
        ends = np.interp(np.linspace(0, len(values), 17), np.arange(len(sums)), sums)
        pieces.append(np.diff(ends) * 16 / len(values))
    return np.concatenate(pieces)
