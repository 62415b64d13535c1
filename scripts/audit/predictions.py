"""Predictions of any model: what an audit needs to know about them besides their rows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.content import FileError
from lib.evaluation.jackknife import GROUPS as MOST
from lib.evaluation.predictions import RUN, VALUES, Kind, kind_of
from lib.stage import Stage

PEOPLE = ("speaker", "subject", "actor")
GROUPS = (*PEOPLE, "session", "dialogue", "clip", "script", "recording")
"""Columns of groups whose samples are not independent, the first found makes the clusters."""
KNOWN = tuple(dict.fromkeys(("cluster", *GROUPS)))
DESCRIBED = ("group", "gender", "sex", "language")
"""Columns of groups that are scored one by one but are no clusters."""


FEW = 10
"""Clusters below which a sentence says what they cannot show."""


class AuditError(FileError):
    """A file is damaged, or cannot be understood; the message says what to do."""


@dataclass(frozen=True)
class Predictions:
    """Predictions of one or more models, and what was found out about them.

    Attributes
    ----------
    table : DataFrame
        In the schema of `lib.evaluation.predictions`, with the columns of groups besides. From
        `lib.evaluation.jackknife.GROUPS` clusters on, ``cluster`` holds the groups of clusters that
        the jackknife leaves out together, which changes no number.
    cluster : str
        Column whose groups are the clusters; empty where each sample is its own.
    clusters : int
    scored : bool
        Whether there are probabilities of classes, or scores of labels between 0 and 1.
    notes : tuple of str
        Sentences on what is unusual in the file.
    """

    table: pd.DataFrame
    cluster: str
    clusters: int
    scored: bool
    notes: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """Kind of the predictions."""
        return kind_of(self.table)

    @property
    def models(self) -> list[str]:
        """Names of the models in the order of the file."""
        return list(self.table["experiment"].unique())

    def of(self, model: str) -> pd.DataFrame:
        """Test predictions of a model."""
        return self.table[(self.table["experiment"] == model) & (self.table["part"] == "test")]


def repeated(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows whose sample the same model, repetition, fold and part has in an earlier row."""
    return table.duplicated([*RUN[:-1], "part", *kind_of(table).identity]).to_numpy()


def few_clusters(predictions: Predictions) -> str:
    """A sentence on what fewer than `FEW` clusters cannot show; empty for more."""
    number = predictions.clusters
    if number >= FEW:
        return ""
    if number < 2:
        return "There is a single cluster: no interval and no test over clusters exists."
    floor = 2.0 ** (1 - number)
    none = ", so that no difference can be significant at 0.05" if floor > 0.05 else ""
    return (
        f"There are only {number} clusters: intervals rest on few values, and no p-value over clusters can "
        f"be below 2 / 2^{number} = {floor:.3g}, the smallest of an exact test{none}."
    )


def clustered(
    table: pd.DataFrame, column: str = "", scored: bool = True, notes: Sequence[str] = ()
) -> Predictions:
    """Predictions whose clusters are the groups of a column.

    By default these are those of ``cluster``, else of the first of `GROUPS` that has at least two,
    else each sample is its own cluster; KeyError if there is no such column.
    """
    kind = kind_of(table)
    if kind is VALUES:
        table = table if "processing" in table else table.assign(processing="as given")
        return Predictions(table, "recording", table["recording"].nunique(), False, tuple(notes))
    known = (name for name in ("cluster", *GROUPS) if name in table and len(table[name].unique()) > 1)
    chosen = column or next(known, "")
    names, number = np.unique(table[chosen or kind.sample].to_numpy(str), return_inverse=True)
    several = len(names)
    if several > MOST:
        names, number = np.array([f"{group:03d}" for group in range(MOST)]), number % MOST
    return Predictions(table.assign(cluster=names[number]), chosen, several, scored, tuple(notes))


def folds_of(predictions: Predictions, stored: pd.DataFrame | None = None) -> pd.DataFrame | None:
    """Folds with the groups of their samples: stored ones, or those that predictions show.

    Predictions show their parts, or test parts of several folds, of which the others then train; a
    column ``part`` is missing in this case.
    """
    sample = predictions.kind.sample
    own_clusters = predictions.cluster == "cluster" and predictions.clusters <= MOST
    table = predictions.table.drop(columns=[] if own_clusters else "cluster", errors="ignore")
    own = table[table["experiment"] == predictions.models[0]].rename(columns={sample: "sample_id"})
    if stored is not None:
        names = [name for name in KNOWN if name in own and name not in stored]
        groups = own.drop_duplicates("sample_id")[["sample_id", *names]]
        return stored.merge(groups, on="sample_id", how="left")
    own = own.drop_duplicates(["repeat", "fold", "part", "sample_id"])
    if "train" in set(own["part"]):
        return own
    own = own[own["part"] == "test"].drop(columns="part")
    return own if len(own["fold"].unique()) > 1 else None


def load(
    stage: Stage, predictions: str, folds: str, name: str
) -> tuple[Stage, Predictions, pd.DataFrame | None]:
    """The stage with what its results are on, the predictions, and the folds if any are known.

    `predictions` and `folds` (or an empty text) are files that `scripts.audit.run` has checked and
    stored; `name` is how results call the file.

    Raises
    ------
    AuditError
        If there is no file of predictions.
    """
    if not predictions:
        raise AuditError("no predictions are given: run make audit PREDICTIONS=mine.csv")
    table = pd.read_parquet(predictions)
    data: Any = SimpleNamespace(
        kind="third party",
        marker=f"predictions of others: {name}",
        corpus=name,
        version=hashlib.sha256(Path(predictions).read_bytes()).hexdigest(),
        licence="unknown",
        counts={"rows": len(table)},
    )
    found = clustered(table, **{str(key): value for key, value in table.attrs.items()})
    return replace(stage, data=data), found, folds_of(found, pd.read_parquet(folds) if folds else None)
