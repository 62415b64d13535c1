"""Columns of classes, label sets and values over time, checked, in this project's schema."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.audit.files import numbers, require
from scripts.audit.predictions import AuditError

SUM = 0.01
"""Largest difference from 1 of a sample's probabilities, which files round."""
BETWEEN = ";"
"""What stands between the labels of a set."""
SCORES = ("probability_", "score_")
Found = tuple[dict[str, Any], bool]
"""Columns by name, and whether scores are shares between 0 and 1."""


def columns_of(raw: pd.DataFrame, path: Path, classes: str, notes: list[str]) -> Found:
    """Columns of the kind that a table's own columns show; see `scripts.audit.reading.read`."""
    if "time" in raw:
        return _values(raw, path, notes), False
    names = [name for name in map(str, raw) if name.startswith(SCORES)]
    labels = [name for name in map(str, raw) if name.startswith("label_")]
    if labels or ("truth" in raw and raw["truth"].astype("str").str.contains(BETWEEN, na=False).any()):
        return _label_sets(raw, names, labels, path, notes)
    return _classes(raw, names, [own for name in classes.split(",") if (own := name.strip())], path, notes)


def _matrix(raw: pd.DataFrame, names: list[str], path: Path) -> np.ndarray:
    return np.column_stack([numbers(raw, name, path) for name in names])


def _named(columns: list[str]) -> list[str]:
    return [column.split("_", 1)[1] for column in columns]


def _columns(prefix: str, names: list[str], values: np.ndarray) -> dict[str, Any]:
    return {f"{prefix}{name}": own for name, own in zip(names, values.T, strict=True)}


def _classes(
    raw: pd.DataFrame, columns: list[str], classes: list[str], path: Path, notes: list[str]
) -> Found:
    texts = {"truth": "label", "prediction": "prediction"}
    require(raw, ["truth", *(["prediction"] if not columns or "prediction" in raw else [])], path)
    given = {new: raw[old].astype("str").str.strip() for old, new in texts.items() if old in raw}
    occurring = sorted(given["label"].unique())
    known = _named(columns) or classes or occurring
    if twice := [name for name in known if known.count(name) > 1]:
        raise AuditError(f"CLASSES names {twice[0]!r} twice: remove one")
    if known is occurring and len(known) > max(50, len(raw) // 2):
        raise AuditError(f"{path}: the truth has {len(known)} values: values over time need a column time")
    indices = [str(index) for index in range(len(known))]
    names = indices if columns and set(occurring) <= set(indices) else known
    found: dict[str, Any] = {"sample_id": raw["id"]}
    for name, texts_ in given.items():
        values = texts_.map({own: index for index, own in enumerate(names)})
        if values.isna().any():
            row = int(values.isna().to_numpy().argmax())
            raise AuditError(
                f"{path}: class {texts_.iloc[row]!r} of row {row + 1} is none of {names[:20]}: correct it, "
                "or name all classes by CLASSES"
            )
        found[name] = values.to_numpy(np.int64)
    if not columns:
        one_hot = found["prediction"][:, None] == np.arange(len(known))
        return found | _columns(SCORES[0], known, one_hot.astype(np.float32)), False
    scores = _matrix(raw, columns, path)
    best = scores.argmax(axis=1)
    other = int((best != found.setdefault("prediction", best)).sum())
    if other:
        notes.append(f"{other} predictions are not the class of the largest score; the predictions count")
    scored = _are_probabilities(scores, columns, raw["id"], path)
    if not scored:
        notes.append("scores are no probabilities: they have no calibration")
    return found | _columns(SCORES[0], known, scores), scored


def _are_probabilities(scores: np.ndarray, columns: list[str], ids: "pd.Series[str]", path: Path) -> bool:
    """Whether scores of classes are probabilities; an error if columns that say so are none."""
    wrong = (np.abs(scores.sum(axis=1) - 1) > SUM) | (scores < 0).any(axis=1)
    if wrong.any() and columns[0].startswith(SCORES[0]):
        row = int(wrong.argmax())
        raise AuditError(
            f"{path}: the probabilities of {ids.iloc[row]!r} are {np.round(scores[row], 4).tolist()} and do "
            "not sum to 1: give probabilities, or name the columns score_<class>"
        )
    return not wrong.any()


def _label_sets(
    raw: pd.DataFrame, columns: list[str], labels: list[str], path: Path, notes: list[str]
) -> Found:
    if not columns and "prediction" not in raw:
        raise AuditError(f"{path} has neither score_<label> nor prediction: add one of them")
    sets = {}
    for name in ("truth", "prediction"):
        if name in raw and not (name == "truth" and labels):
            texts = raw[name].astype("str").fillna("").str.replace(" ", "")
            sets[name] = texts.str.get_dummies(BETWEEN).astype(bool)
    known = _named(columns) or _named(labels) or sorted({str(name) for own in sets.values() for name in own})
    for own in sets.values():
        _require_scores(set(map(str, own)), known, path)
    chosen = {name: own.reindex(columns=known, fill_value=False).to_numpy() for name, own in sets.items()}
    _require_scores(set(_named(labels)), known, path)
    if labels:
        own_ = [f"label_{name}" for name in known]
        require(raw, own_, path)
        words = raw[own_].astype("str").apply(lambda column: column.str.lower())
        numbers_ = _matrix(words.replace({"true": "1", "false": "0"}), own_, path)
        if not np.isin(numbers_, (0, 1)).all():
            raise AuditError(f"{path}: columns label_<label> hold other values than 0 and 1: correct them")
        chosen["truth"] = numbers_.astype(bool)
    if len(known) < 2:
        raise AuditError(
            f"{path} has the label {known[0]!r} alone, which is no set: give the columns truth and prediction"
        )
    found = {"sample_id": raw["id"], **_columns("label_", known, chosen["truth"])}
    if not columns:
        notes.append("sets have no ranking: each AP is that of a single threshold")
    scores = _matrix(raw, columns, path) if columns else chosen["prediction"].astype(float)
    found |= _columns(SCORES[1], known, scores)
    if "prediction" in chosen:
        found |= _columns("chosen_", known, chosen["prediction"])
    return found, bool(columns) and bool(((scores >= 0) & (scores <= 1)).all())


def _require_scores(found: set[str], known: list[str], path: Path) -> None:
    """`AuditError` if a label that occurs is none of the `known` ones, which have scores."""
    if unknown := sorted(found - set(known)):
        raise AuditError(f"{path}: label {unknown[0]!r} has no column score_{unknown[0]}: add it")


def _values(raw: pd.DataFrame, path: Path, notes: list[str]) -> dict[str, Any]:
    found = {name: numbers(raw, name, path) for name in ("time", "truth", "prediction")}
    keys = [raw[name].to_numpy() for name in ("id", "model", "repeat", "seed", "fold") if name in raw]
    if (pd.Series(found["time"]).groupby(keys).diff() < 0).any():
        notes.append("times of a recording are not in order; no score depends on their order")
    return {"recording": raw["id"], **found, "interpolated": False, "processing": "as given"}
