"""Stored predictions of several labels a sample."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.predictions import PredictionsError

Floats = NDArray[np.float64]

COLUMNS = ("experiment", "corpus", "repeat", "fold", "seed", "part", "sample_id", "cluster")


def label_table(
    *,
    experiment: str,
    corpus: str,
    repeat: int,
    fold: int,
    seed: int,
    part: str,
    sample_ids: Sequence[str],
    clusters: Sequence[str],
    truth: NDArray[np.bool_],
    scores: NDArray[np.floating],
    labels: Sequence[str],
) -> pd.DataFrame:
    """Predictions of one run and part, one row a sample.

    Parameters
    ----------
    truth : array of bool, (samples, labels)
        Stored as columns ``label_<name>``.
    scores : array, (samples, labels)
        Stored as columns ``score_<name>``; larger means more likely.
    """
    table = pd.DataFrame(
        {"experiment": experiment, "corpus": corpus, "repeat": repeat, "fold": fold, "seed": seed,
         "part": part, "sample_id": list(sample_ids), "cluster": list(clusters)}
    )  # fmt: skip
    given = pd.DataFrame(np.asarray(truth, bool), columns=[f"label_{name}" for name in labels])
    scored = pd.DataFrame(
        np.asarray(scores, np.float32), columns=[f"score_{name}" for name in labels]
    )
    return pd.concat([table, given, scored], axis=1)


def gather_labels(folders: Iterable[Path], path: Path) -> pd.DataFrame:
    """Join the predictions of runs into one validated `predictions.parquet`.

    Raises
    ------
    PredictionsError
        If a column is missing, a value is not a number, or a sample is predicted twice by one run.
    """
    table = pd.concat(
        [pd.read_parquet(folder / "predictions.parquet") for folder in folders], ignore_index=True
    )
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise PredictionsError(f"{path}: columns {missing} are missing")
    if table.isna().any().any():
        raise PredictionsError(f"{path}: {list(table.columns[table.isna().any()])} have no value")
    identity = ["experiment", "corpus", "repeat", "fold", "sample_id"]
    if table.duplicated(identity).any():
        first = table.loc[table.duplicated(identity), identity].iloc[0].to_dict()
        raise PredictionsError(f"{path}: a sample is predicted twice by one run: {first}")
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path, index=False)
    return table


def labels_of(table: pd.DataFrame) -> list[str]:
    """Names of the labels in their order."""
    return [
        name.removeprefix("score_") for name in map(str, table.columns) if name.startswith("score_")
    ]


def truth_and_scores(table: pd.DataFrame) -> tuple[NDArray[np.bool_], Floats]:
    """Arrays (samples, labels) of a table's rows."""
    labels = labels_of(table)
    truth = table[[f"label_{name}" for name in labels]].to_numpy(bool)
    return truth, table[[f"score_{name}" for name in labels]].to_numpy(float)
