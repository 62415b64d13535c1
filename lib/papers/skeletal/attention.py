"""Attention weights that finished runs stored, for the samples that a figure shows."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.features.store import FeatureStore
from lib.runs.phases import Results


def correct_samples(test: pd.DataFrame, number: int) -> list[str]:
    """Samples that an experiment recognises with the highest probability, classes in turn."""
    columns = [column for column in map(str, test.columns) if column.startswith("probability_")]
    correct = test[test["label"] == test["prediction"]].copy()
    correct["probability"] = correct[columns].max(axis=1)
    correct["rank"] = correct.groupby("label")["probability"].rank(ascending=False, method="first")
    ordered = correct.sort_values(["rank", "label"])
    return ordered["sample_id"].drop_duplicates().head(number).to_list()


def weights_of(results: Results, sample_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
    """Attention weights that the runs stored, by sample, each from the first run that tested it."""
    found: dict[str, NDArray[np.float32]] = {}
    for run, folder in zip(results.runs, results.folders, strict=True):
        missing = (set(sample_ids) & set(run.split.test)) - found.keys()
        if missing:
            store = FeatureStore(folder / "attention.arrow")
            found |= {sample: store[sample] for sample in missing}
    return {sample: found[sample] for sample in sample_ids if sample in found}


def on_skeleton(maps: NDArray[np.float32], frames: int, shape: Sequence[int]) -> NDArray[Any]:
    """Attention maps repeated to the frames and joints of a skeleton.

    Parameters
    ----------
    maps : array, (heads, time', joints')
    frames : int
        Padded frames that the maps cover.
    shape : (frames, joints)
        Shape of the skeleton itself, which may be shorter.

    Returns
    -------
    array, (heads, frames, joints)
    """
    _, time, joints = maps.shape
    rows = np.arange(min(shape[0], frames)) * time // frames
    columns = np.arange(shape[1]) * joints // shape[1]
    return maps[:, rows][:, :, columns]
