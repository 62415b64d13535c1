"""Stored predictions, the only source of results, with one schema for each kind.

A table has one row for each sample that a run predicts, or for each time of a recording:

- classes: ``label`` and ``prediction`` (indices), ``probability_<class>``;
- label sets: ``label_<label>`` (bool) and ``score_<label>``, larger for more likely;
- values: ``truth`` and ``prediction`` at a ``time`` (seconds) of a ``recording``, and whether the
  prediction is ``interpolated``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.files import write_parquet
from lib.runs.run import Run

RUN = ("experiment", "corpus", "repeat", "fold", "seed")
"""Columns that identify a run."""


class PredictionsError(ValueError):
    """A table of predictions breaks the schema."""


@dataclass(frozen=True)
class Kind:
    """A kind of predictions."""

    name: str
    columns: tuple[str, ...]  # besides those of the run and ``part``
    identity: tuple[str, ...] = ("sample_id",)
    """Columns that distinguish the rows of one run; the first names the sample."""
    cluster: str = "cluster"  # column of the groups that a resampling keeps together
    prefix: str = ""  # start of the columns that name the classes or labels, if there are any

    @property
    def sample(self) -> str:
        """Column that names the sample."""
        return self.identity[0]


CLASSES = Kind("classes", ("sample_id", "cluster", "label", "prediction"), prefix="probability_")
LABEL_SETS = Kind("label sets", ("sample_id", "cluster"), prefix="score_")
TRACES = ("recording", "time", "truth", "prediction", "interpolated")
VALUES = Kind("values", TRACES, ("recording", "time"), "recording")


def kind_of(table: pd.DataFrame) -> Kind:
    """Kind of the predictions in a table, recognised by its columns."""
    if "recording" in table:
        return VALUES
    return LABEL_SETS if _named(table, LABEL_SETS.prefix) else CLASSES


def names_of(table: pd.DataFrame) -> list[str]:
    """Names of the classes or labels in their order."""
    prefix = kind_of(table).prefix
    return _named(table, prefix) if prefix else []


def _named(table: pd.DataFrame, prefix: str) -> list[str]:
    columns = map(str, table.columns)
    return [name.removeprefix(prefix) for name in columns if name.startswith(prefix)]


def prediction_table(
    run: Run,
    part: str,
    clusters: pd.Series,
    truth: NDArray,
    scores: NDArray[np.floating],
    names: Sequence[str],
) -> pd.DataFrame:
    """Predicted classes or label sets of one part of a run.

    Parameters
    ----------
    clusters : Series
        Cluster of each sample, indexed by sample id.
    truth : array, (samples,) or (samples, labels)
        Indices of classes, or whether a sample has each label.
    scores : array, (samples, names)
        Probabilities of classes, of which the largest is the prediction, or scores of labels.
    """
    if truth.ndim == 1:
        found = {"label": truth, "prediction": scores.argmax(axis=1)}
    else:
        found = _columns("label_", names, truth.astype(bool))
    prefix = (CLASSES if truth.ndim == 1 else LABEL_SETS).prefix
    found |= _columns(prefix, names, scores.astype(np.float32))
    return _table(run, part, sample_id=clusters.index, cluster=clusters, **found)


def value_table(run: Run, part: str, traces: pd.DataFrame) -> pd.DataFrame:
    """Predicted values of one part of a run, from a table with the columns `TRACES`."""
    return _table(run, part, **{name: traces[name] for name in TRACES})


def _columns(prefix: str, names: Sequence[str], values: NDArray) -> dict[str, NDArray]:
    return {f"{prefix}{name}": column for name, column in zip(names, values.T, strict=True)}


def _table(run: Run, part: str, **columns: pd.Index | pd.Series | NDArray) -> pd.DataFrame:
    split = run.split
    origin = (run.experiment, run.corpus, split.repeat, split.fold, run.seed, part)
    values = {name: np.asarray(column) for name, column in columns.items()}
    return pd.DataFrame(dict(zip((*RUN, "part"), origin, strict=True)) | values)


def gather(folders: Iterable[Path], path: Path) -> pd.DataFrame:
    """Join the predictions of runs into one stored table; see `store` for what is raised."""
    tables = [pd.read_parquet(folder / "predictions.parquet") for folder in folders]
    return store(pd.concat(tables, ignore_index=True), path)


def store(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Check a table and write it.

    PredictionsError if a column is missing, a value is missing or infinite, or a run predicts a row twice.
    """
    kind = kind_of(table)
    missing = [name for name in (*RUN, "part", *kind.columns) if name not in table]
    if missing:
        raise PredictionsError(f"{path}: columns {missing} are missing")
    wrong = [name for name in table if table[name].isin([np.nan, np.inf, -np.inf, None]).any()]
    if wrong:
        raise PredictionsError(f"{path}: columns {wrong} have missing or infinite values")
    identity = [*RUN[:-1], *kind.identity]
    twice = table.duplicated(identity)
    if twice.any():
        first = table.loc[twice, identity].iloc[0].to_dict()
        raise PredictionsError(f"{path}: a {kind.sample} is predicted twice by one run: {first}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(path, table)
    return table


def reported(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the test part."""
    return table[table["part"] == "test"]


def truth_and_scores(table: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Truth and scores of label sets, both (samples, labels)."""
    labels = names_of(table)
    truth = table[[f"label_{name}" for name in labels]].to_numpy(bool)
    return truth, table[[f"score_{name}" for name in labels]].to_numpy(float)


def paired(
    table: pd.DataFrame, first: str, second: str, column: str = "experiment"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of two experiments, values of `column`, row by row on the same samples.

    PredictionsError if the experiments were not tested on the same samples.
    """
    kind = kind_of(table)
    keys = ["repeat", "fold", *kind.identity]
    one, two = (table[table[column] == name].sort_values(keys, ignore_index=True) for name in (first, second))
    same = [*keys, kind.cluster, *({"label", "truth"} & set(kind.columns))]
    if not len(one) or not one[same].equals(two[same]):
        raise PredictionsError(f"{first} and {second} were not tested on the same {kind.sample}s")
    return one, two
