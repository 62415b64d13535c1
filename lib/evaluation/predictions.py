"""Stored per-sample predictions: the only source of results."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = (
    "experiment", "corpus", "repeat", "fold", "seed", "part", "sample_id", "cluster", "label",
    "prediction",
)  # fmt: skip


class PredictionsError(ValueError):
    """A table of predictions breaks the schema."""


def classification_table(
    *,
    experiment: str,
    corpus: str,
    repeat: int,
    fold: int,
    seed: int,
    part: str,
    sample_ids: Sequence[str],
    clusters: Sequence[str],
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Predictions of one run and part, one row a sample.

    Parameters
    ----------
    labels : array of int, (samples,)
    probabilities : array, (samples, classes)
        Stored as columns ``probability_<class>``; the prediction is their argmax.
    """
    table = pd.DataFrame(
        {"experiment": experiment, "corpus": corpus, "repeat": repeat, "fold": fold, "seed": seed,
         "part": part, "sample_id": list(sample_ids), "cluster": list(clusters),
         "label": np.asarray(labels), "prediction": np.asarray(probabilities).argmax(axis=1)}
    )  # fmt: skip
    for index, name in enumerate(classes):
        table[f"probability_{name}"] = np.asarray(probabilities)[:, index].astype(np.float32)
    return table


def gather(folders: Iterable[Path], path: Path) -> pd.DataFrame:
    """Join the predictions of runs into one validated `predictions.parquet`.

    Raises
    ------
    PredictionsError
        If a column is missing, a value is not a number, or a sample is predicted twice by one run.
    """
    table = pd.concat(
        [pd.read_parquet(folder / "predictions.parquet") for folder in folders],
        ignore_index=True,
    )
    validate(table, str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path, index=False)
    return table


def validate(table: pd.DataFrame, name: str) -> None:
    """Check the schema; see `gather` for what is raised."""
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise PredictionsError(f"{name}: columns {missing} are missing")
    if table.isna().any().any():
        empty = table.columns[table.isna().any()].to_list()
        raise PredictionsError(f"{name}: columns {empty} have missing values")
    identity = ["experiment", "corpus", "repeat", "fold", "sample_id"]
    if table.duplicated(identity).any():
        first = table.loc[table.duplicated(identity), identity].iloc[0].to_dict()
        raise PredictionsError(f"{name}: a sample is predicted twice by one run: {first}")


def classes_of(table: pd.DataFrame) -> list[str]:
    """Class names in the order of their indices."""
    prefix = "probability_"
    return [
        name.removeprefix(prefix) for name in map(str, table.columns) if name.startswith(prefix)
    ]


def paired(table: pd.DataFrame, column: str, first: str, second: str) -> pd.DataFrame:
    """Predictions of two experiments on the same samples, side by side.

    Parameters
    ----------
    table : DataFrame
        Predictions.
    column : str
        Column that tells the experiments apart.
    first, second : str
        Its values.

    Returns
    -------
    DataFrame
        ``repeat``, ``fold``, ``sample_id``, ``cluster``, ``label``, ``first``, ``second``.

    Raises
    ------
    PredictionsError
        If the experiments were not tested on the same samples.
    """
    keys = ["repeat", "fold", "sample_id", "cluster", "label"]
    one, two = (
        table.loc[table[column] == name, [*keys, "prediction"]].rename(columns={"prediction": side})
        for name, side in ((first, "first"), (second, "second"))
    )
    pair = one.merge(two, on=keys)
    if not len(pair) == len(one) == len(two):
        raise PredictionsError(f"{first} and {second} were not tested on the same samples")
    return pair
