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
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.splits.split import Split

RUN = ("experiment", "corpus", "repeat", "fold", "seed")
"""Columns that identify a run."""


class RunLike(Protocol):
    """Attributes of a `lib.runs.run.Run` that its predictions contain."""

    @property
    def experiment(self) -> str: ...
    @property
    def corpus(self) -> str: ...
    @property
    def split(self) -> Split: ...
    @property
    def seed(self) -> int: ...


class PredictionsError(ValueError):
    """A table of predictions breaks the schema."""


@dataclass(frozen=True)
class Kind:
    """A kind of predictions.

    Attributes
    ----------
    name : str
    columns : tuple of str
        Columns besides those of the run and ``part``.
    sample, cluster : str
        Columns that name the sample and the group that a bootstrap draws as a whole.
    identity : tuple of str
        Columns that distinguish the rows of one run.
    prefix : str
        Start of the columns that name the classes or labels.
    """

    name: str
    columns: tuple[str, ...]
    sample: str = "sample_id"
    cluster: str = "cluster"
    identity: tuple[str, ...] = ("sample_id",)
    prefix: str = ""


CLASSES = Kind("classes", ("sample_id", "cluster", "label", "prediction"), prefix="probability_")
LABEL_SETS = Kind("label sets", ("sample_id", "cluster"), prefix="score_")
VALUES = Kind(
    "values",
    ("recording", "time", "truth", "prediction", "interpolated"),
    "recording",
    "recording",
    ("recording", "time"),
)


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


def class_table(
    run: RunLike,
    part: str,
    sample_ids: Sequence[str],
    clusters: Sequence[str],
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Predicted classes of one part of a run; the prediction is the most probable class.

    `labels` are (samples,), `probabilities` (samples, classes).
    """
    found = {"label": labels, "prediction": np.argmax(probabilities, axis=1)}
    named = _columns("probability_", classes, np.asarray(probabilities, np.float32))
    return _table(run, part, sample_id=sample_ids, cluster=clusters, **found, **named)


def label_set_table(
    run: RunLike,
    part: str,
    sample_ids: Sequence[str],
    clusters: Sequence[str],
    truth: NDArray[np.bool_],
    scores: NDArray[np.floating],
    labels: Sequence[str],
) -> pd.DataFrame:
    """Scores of the labels of one part of a run; both arrays (samples, labels)."""
    given = _columns("label_", labels, np.asarray(truth, bool))
    named = _columns("score_", labels, np.asarray(scores, np.float32))
    return _table(run, part, sample_id=sample_ids, cluster=clusters, **given, **named)


def value_table(run: RunLike, part: str, traces: pd.DataFrame) -> pd.DataFrame:
    """Predicted values of one part of a run, from a table with the columns of `VALUES`."""
    return _table(run, part, **{name: traces[name].to_numpy() for name in VALUES.columns})


def _columns(prefix: str, names: Sequence[str], values: NDArray) -> dict[str, NDArray]:
    return {f"{prefix}{name}": values[:, index] for index, name in enumerate(names)}


def _table(run: RunLike, part: str, **columns: Sequence[str] | NDArray) -> pd.DataFrame:
    split = run.split
    origin = (run.experiment, run.corpus, split.repeat, split.fold, run.seed, part)
    return pd.DataFrame({**dict(zip((*RUN, "part"), origin, strict=True)), **columns})


def gather(folders: Iterable[Path], path: Path) -> pd.DataFrame:
    """Join the predictions of runs into one stored table; see `store` for what is raised."""
    tables = [pd.read_parquet(folder / "predictions.parquet") for folder in folders]
    return store(pd.concat(tables, ignore_index=True), path)


def store(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Check a table and write it.

    Raises
    ------
    PredictionsError
        If a column is missing, a value is missing or infinite, or a run predicts a row twice.
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
    table.to_parquet(path, index=False)
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
    """Predictions of two experiments, row by row on the same samples.

    Parameters
    ----------
    column : str
        Column whose values `first` and `second` are.

    Raises
    ------
    PredictionsError
        If the experiments were not tested on the same samples.
    """
    kind = kind_of(table)
    keys = ["repeat", "fold", *kind.identity]
    one, two = (
        table[table[column] == name].sort_values(keys, ignore_index=True)
        for name in (first, second)
    )
    same = [*keys, kind.cluster, *({"label", "truth"} & set(kind.columns))]
    if not len(one) or not one[same].equals(two[same]):
        raise PredictionsError(f"{first} and {second} were not tested on the same {kind.sample}s")
    return one, two
