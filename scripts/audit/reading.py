"""Predictions of any model, checked and converted to the schema of this project's own predictions."""

from pathlib import Path

import numpy as np
import pandas as pd

from lib.evaluation.predictions import LABEL_SETS, RUN, kind_of, names_of
from scripts.audit.files import NAMES, PREFIXES, codes, read_table, require, with_groups
from scripts.audit.kinds import columns_of
from scripts.audit.predictions import DESCRIBED, GROUPS, KNOWN, AuditError
from scripts.folds.files import KEYS

PARTS = {
    "train": "train", "training": "train", "dev": "dev", "development": "dev", "val": "dev",
    "valid": "dev", "validation": "dev", "test": "test",
}  # fmt: skip
NO_GROUPS = (*NAMES, "label", "experiment", "fold", "seed", "time", "corpus")
"""Columns that cannot be clusters."""


def read(
    path: Path, columns: str = "", classes: str = "", cluster: str = "", pattern: str = ""
) -> pd.DataFrame:
    """Read predictions of classes, label sets or values over time from csv or parquet.

    One row per sample, fold and repetition. Classes have ``truth`` and ``prediction`` or
    ``probability_<class>``; label sets have ``score_<label>`` with ``label_<label>`` or, as
    ``happy;calm``, ``truth``, or two such sets; values have numbers at a ``time`` (seconds) of each
    recording (``id``). For the other columns see `scripts.audit.files`.

    Parameters
    ----------
    columns, pattern : str
        See `scripts.audit.files.read_table` and `with_groups`.
    classes : str
        Names of all classes, between commas, where some do not occur in the truth.
    cluster : str
        Column whose groups are the clusters; by default the first of `GROUPS` that is there.

    Returns
    -------
    DataFrame
        In the schema of `lib.evaluation.predictions`, with the columns of groups. Its `attrs` are the
        arguments of `scripts.audit.predictions.clustered`.

    Raises
    ------
    AuditError
        If the file is damaged; the message names it and says what to do.
    """
    raw = read_table(path, columns)
    require(raw, ["id", *({"model", "part"} & set(raw))], path)
    raw = with_groups(raw.assign(id=raw["id"].astype("str")), "id", pattern)
    notes: list[str] = []
    found, scored = columns_of(raw, path, classes, notes)
    repeat = "seed" if "seed" in raw and "repeat" not in raw else "repeat"
    _require_groups(raw, cluster, path)
    groups = [name for name in dict.fromkeys((*KNOWN, *DESCRIBED, cluster)) if name in raw]
    require(raw, groups, path)
    table = pd.DataFrame(
        {
            "experiment": raw["model"].astype("str") if "model" in raw else path.stem,
            "corpus": "",
            "repeat": codes(raw, repeat),
            "fold": codes(raw, "fold"),
            "seed": 0,
            "part": parts(raw, path) if "part" in raw else "test",
            **{name: raw[name].astype("str") for name in groups},
            **found,
        }
    )
    _require_one_truth(table, raw, path)
    if not (table["part"] == "test").any():
        raise AuditError(f"{path}: no row has the part 'test': predictions of a test part are needed")
    if kind_of(table) is LABEL_SETS and not table.loc[table["part"] == "test", _truths(table)].any(axis=None):
        raise AuditError(f"{path}: no row of the test part has a label: correct the truth")
    _require_same_samples(table, [name for name in groups if name not in DESCRIBED], path)
    table.attrs = {"column": cluster, "scored": scored, "notes": notes}
    return table


def _require_groups(raw: pd.DataFrame, cluster: str, path: Path) -> None:
    """`AuditError` if the column of the clusters is not there, or is none of groups of samples."""
    if cluster and cluster not in raw:
        raise AuditError(f"{path} has no column {cluster!r} to make clusters of: correct CLUSTER")
    if cluster in NO_GROUPS or cluster.startswith(PREFIXES):
        raise AuditError(f"CLUSTER: {cluster!r} of {path} groups no samples: name a column such as speaker")


def _require_same_samples(table: pd.DataFrame, groups: list[str], path: Path) -> None:
    """`AuditError` if a sample is in two groups, or the models of a file have other samples or truths."""
    kind = kind_of(table)
    for name in (own for own in groups if own != kind.sample):
        pairs = table[[kind.sample, name]].drop_duplicates()
        if (twice := pairs[kind.sample].duplicated()).any():
            sample = pairs.loc[twice, kind.sample].iloc[0]
            both = " and ".join(pairs.loc[pairs[kind.sample] == sample, name].iloc[:2])
            raise AuditError(f"{path}: {sample!r} has two values of {name!r}, {both}: correct one")
    first, *others = table["experiment"].unique()
    columns = ["repeat", "fold", "part", *kind.identity, *_truths(table)]
    one = table.loc[table["experiment"] == first, columns].sort_values(columns, ignore_index=True)
    for other in others:
        two = table.loc[table["experiment"] == other, columns].sort_values(columns, ignore_index=True)
        if not one.equals(two):
            raise AuditError(
                f"{path}: the models {first!r} and {other!r} have other samples or truths in a fold: "
                "give each model a file of its own, or remove the rows that the other lacks"
            )


def require_shared(folds: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    """`AuditError` if no sample of the folds of a file is among the predictions."""
    known = set(table[kind_of(table).sample])
    if not known & set(folds["sample_id"]):
        raise AuditError(
            f"{path}: none of its ids is among the predictions, {folds['sample_id'].iloc[0]!r} beside "
            f"{min(known)!r}: name the column of the ids by NAMES, or give the folds of these samples"
        )


def _truths(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table) if name in ("label", "truth") or name.startswith("label_")]


def _require_one_truth(table: pd.DataFrame, raw: pd.DataFrame, path: Path) -> None:
    """`AuditError` if two rows of a sample in the same fold and repetition have different truths."""
    kind = kind_of(table)
    keys, truth = [*RUN[:-1], *kind.identity], _truths(table)
    twice = table.duplicated(keys, keep=False)
    if not twice.any():
        return
    own = table.loc[twice, keys + truth].drop_duplicates()
    wrong = own[own.duplicated(keys, keep=False)]
    if wrong.empty:
        return
    one, two = wrong[(wrong[keys] == wrong[keys].iloc[0]).all(axis=1)].index[:2]
    shown = ["truth"] if "truth" in raw else truth
    said = [", ".join(map(str, raw.loc[row, shown])) for row in (one, two)]
    others = wrong[kind.sample].nunique() - 1
    more = f" (and so do {others} more ids)" if others else ""
    raise AuditError(
        f"{path}: {wrong.loc[one, kind.sample]!r} has two truths in the same fold and repetition, {said[0]} "
        f"in row {one + 1} and {said[1]} in row {two + 1}{more}: correct one, or add what distinguishes the "
        "rows (fold, repeat, model)"
    )


def parts(raw: pd.DataFrame, path: Path) -> "pd.Series[str]":
    """Parts of the rows under the names train, dev and test; an `AuditError` names another one."""
    written = raw["part"].astype("str").str.strip().str.lower()
    found = written.map(PARTS)
    if found.isna().any():
        other = written[found.isna()].iloc[0]
        raise AuditError(f"{path}: part {other!r} is none of train, dev and test: rename it")
    return found


def joined(first: pd.DataFrame, second: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Both files' models in one table, tested on the same samples; `path` is the second's.

    Raises
    ------
    AuditError
        If the second file has other samples, truths, kinds, classes, folds or repetitions.
    """
    kind = kind_of(first)
    if kind is not kind_of(second) or names_of(first) != names_of(second):
        raise AuditError(f"{path} holds other kinds or classes than the first file: name them by CLASSES")
    one, two = (own[own["experiment"] == own["experiment"].iloc[0]] for own in (first, second))
    keys = ["repeat", "fold", "part", *kind.identity]
    truth = _truths(one)
    if any(own.duplicated(keys).any() for own in (one, two)):
        one, two = (own.assign(again=own.groupby(keys).cumcount()) for own in (one, two))
        keys = [*keys, "again"]
    both = one[keys + truth].merge(two[keys + truth], on=keys, how="outer", indicator=True)
    missing, more = (int((both["_merge"] == side).sum()) for side in ("left_only", "right_only"))
    if missing or more:
        raise AuditError(
            f"{path}: {missing} rows of the first file have no partner of the same id, fold and repetition, "
            f"and {more} rows here have none there: both must test the same samples"
        )
    wrong = np.logical_or.reduce([(both[f"{name}_x"] != both[f"{name}_y"]).to_numpy() for name in truth])
    if wrong.any():
        sample = both[kind.sample][wrong].iloc[0]
        raise AuditError(f"{path}: {wrong.sum()} truths are not the first file's, first of {sample!r}")
    known = set(first["experiment"])
    models = {
        name: f"{name} of {path.name}" if name in known else name for name in second["experiment"].unique()
    }
    added = second.assign(experiment=second["experiment"].map(models))
    groups = one.drop_duplicates(kind.sample).set_index(kind.sample)
    for name in {*KNOWN, *DESCRIBED, first.attrs["column"]} & set(first) - {kind.sample}:
        added[name] = added[kind.sample].map(groups[name])
    table = pd.concat([first, added], ignore_index=True)[list(first)]
    notes = [*first.attrs["notes"], *second.attrs["notes"]]
    table.attrs = first.attrs | {"scored": first.attrs["scored"] and second.attrs["scored"], "notes": notes}
    return table


def read_folds(path: Path, columns: str = "", pattern: str = "") -> pd.DataFrame:
    """Stored folds: ``sample_id``, ``repeat``, ``fold``, ``part`` if there is one, and groups.

    One row per sample and fold, with its part; or, without a column ``part``, one row per sample
    with the fold that tests it. `columns` may name columns that this file does not have.

    Raises
    ------
    AuditError
        If there is neither a fold nor a part, or the same sample twice in one part.
    """
    raw = read_table(path, columns, lenient=True)
    if "id" not in raw and (key := next((own for own in KEYS if own in raw), "")):
        raise AuditError(
            f"{path} names samples by {key!r}, not by id: make folds NAME=<corpus> writes them with ids"
        )
    require(raw, ["id", *({"fold", "part"} & set(raw))], path)
    if not {"fold", "part"} & set(raw):
        raise AuditError(f"{path} has neither the column fold nor part: one of them is needed")
    raw = with_groups(raw.assign(id=raw["id"].astype("str")), "id", pattern)
    groups = {name: raw[name].astype("str") for name in ("cluster", *GROUPS) if name in raw}
    made = {"sample_id": raw["id"], "repeat": codes(raw, "repeat"), "fold": codes(raw, "fold")}
    table = pd.DataFrame(made | groups | ({"part": parts(raw, path)} if "part" in raw else {}))
    keys = [name for name in ("sample_id", "repeat", "fold", "part") if name in table]
    if table.duplicated(keys).any():
        sample = table.loc[table.duplicated(keys), "sample_id"].iloc[0]
        raise AuditError(f"{path}: {sample!r} occurs twice in a part of a fold: remove one")
    return table
