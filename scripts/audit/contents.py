"""What predictions contain, and what training and test share, as far as ids and folds show it."""

from itertools import combinations, product

import numpy as np
import pandas as pd

from lib.evaluation.metrics import METRICS, confusion_matrix, names_of
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES
from lib.evaluation.predictions import names_of as classes_of
from lib.evaluation.scores import STATISTICS
from lib.splits.leaks import overlaps
from lib.splits.split import PARTS
from scripts.audit.predictions import DESCRIBED, GROUPS, KNOWN, Predictions

MEANING = {
    "sample": "scores on these samples are not on unseen data",
    "clip": "pieces of the same recording are in both parts",
    "dialogue": "neighbouring turns are in both parts",
    "recording": "pieces of the same recording are in both parts",
    "script": "the same words are spoken in both parts",
    "cluster": "samples of the same groups are in both parts",
    "session": "the same recording session, and often the same people",
}
PERSON = "the model has seen these people: not speaker-independent"


def contents(predictions: Predictions, folds: pd.DataFrame | None = None) -> pd.DataFrame:
    """Counts of what is in predictions, one row each: ``what``, ``number``, ``remark``.

    `folds` are those of `scripts.audit.predictions.folds_of`.
    """
    table, kind = predictions.table, predictions.kind
    first, unit = predictions.of(predictions.models[0]), "samples"
    each = first.drop_duplicates(["repeat", "fold", kind.sample])
    sizes, twice = each.groupby("repeat").size(), each.duplicated(["repeat", kind.sample])
    tested = set(first[kind.sample])
    everything = set(table[kind.sample] if folds is None else folds["sample_id"])
    alone = "each sample alone: intervals are too narrow if people recur"
    where = f"groups of the column {predictions.cluster}" if predictions.cluster else alone
    counted = table["part"].value_counts().items()
    rows: list[tuple[str, float, str]] = [
        ("models", len(predictions.models), ", ".join(predictions.models)),
        (
            "rows",
            len(table),
            ", ".join(f"{size} {part}" for part, size in counted),
        ),
        (unit, len(tested), "tested at least once"),
        ("repetitions", len(sizes), f"{sizes.min()} to {sizes.max()} {unit} tested in each"),
        ("folds", first["fold"].nunique(), "in a repetition"),
        ("tested twice", int(twice.sum()), f"{unit} in several folds of a repetition"),
        ("never tested", len(everything - tested), ", ".join(sorted(everything - tested)[:5])),
        ("not in the folds", len(tested - everything), ", ".join(sorted(tested - everything)[:5])),
        ("clusters", predictions.clusters, where),
    ]
    if kind is CLASSES:
        names = classes_of(table)
        counts = np.bincount(first["label"], minlength=len(names))
        rows += [(f"class {name}", int(number), "") for name, number in zip(names, counts, strict=True)]
        shares = counts[counts > 0] / counts.sum()
        guess = confusion_matrix(first["label"], np.full(len(first), counts.argmax()), len(names))
        for name in names_of("classes"):
            majority = float(METRICS[name].function(guess))
            rows.append((f"chance, {name}", METRICS[name].chance(shares), "balanced random answers"))
            rows.append((f"majority, {name}", majority, f"always {names[counts.argmax()]}"))
    elif kind is LABEL_SETS:
        shares = first[[f"label_{name}" for name in classes_of(table)]].mean()
        rows += [
            (str(name), float(share), "share of positives, its AP by chance")
            for name, share in shares.items()
        ]
        rows.append(("chance, mAP", float(shares[shares > 0].mean()), "labels with positives"))
    found = pd.DataFrame(rows, columns=["what", "number", "remark"])
    notes = [{"what": "note", "number": np.nan, "remark": note} for note in predictions.notes]
    return pd.concat([found, pd.DataFrame(notes)], ignore_index=True) if notes else found


def _with_parts(folds: pd.DataFrame) -> pd.DataFrame:
    """Folds with a column ``part``; without one, each fold tests once and the others train."""
    if "part" in folds:
        return folds
    tables = [
        repeat.assign(part=np.where(repeat["fold"] == fold, "test", "train"), fold=fold)
        for _, repeat in folds.groupby("repeat")
        for fold in repeat["fold"].unique()
    ]
    return pd.concat(tables, ignore_index=True)


def leaks(folds: pd.DataFrame) -> pd.DataFrame:
    """What two parts of a fold share; without a column ``part``, the other folds train.

    Returns
    -------
    DataFrame
        ``shared`` (sample, or the name of a group), ``parts``, ``folds`` with something shared,
        ``of`` how many folds, ``largest share`` of the second part's samples, ``examples``,
        ``meaning``.
    """
    rows = _with_parts(folds).assign(sample=lambda own: own["sample_id"])
    counts = overlaps(rows, ["sample", *(name for name in KNOWN if name in rows)])
    sizes = rows.groupby(["repeat", "fold", "part"]).size().unstack(fill_value=0)  # noqa: PD010
    found = []
    for (one, other), name in product(combinations(PARTS, 2), counts.index.unique("shared")):
        if not {one, other} <= {*sizes} or (name != "sample" and (one, other) != ("train", "test")):
            continue
        sizes_ = sizes.loc[(sizes[one] > 0) & (sizes[other] > 0), other]
        both = counts.loc[name].loc[
            lambda own, one=one, other=other: (own[one] > 0) & (own[other] > 0), other
        ]
        shares = (both.groupby(["repeat", "fold"]).sum() / sizes_).fillna(0.0)
        some = both.loc[shares.idxmax()].index[:3] if len(both) else []
        found.append(
            {
                "shared": name,
                "parts": f"{one}, {other}",
                "folds": int((shares > 0).sum()),
                "of": len(shares),
                "largest share": float(shares.max()),
                "examples": ", ".join(map(str, some)),
                "meaning": MEANING.get(name, PERSON) if len(both) else "nothing shared",
            }
        )
    if {"dev", "test"} <= {*rows["part"]}:
        ids = rows.groupby(["repeat", "fold", "part"])["sample_id"].agg(set).unstack()  # noqa: PD010
        equal = int((ids["dev"] == ids["test"]).sum())
        text = "dev is test: every choice on dev was made on the test samples"
        if equal:
            found.append({"shared": "the whole part", "parts": "dev, test", "folds": equal, "of": len(ids),
                          "largest share": 1.0, "examples": "", "meaning": text})  # fmt: skip
    return pd.DataFrame(found)


def per_group(predictions: Predictions) -> pd.DataFrame:
    """Each metric of each group of samples: ``model``, ``column``, ``group``, ``samples``, metrics.

    Columns with 2 to 50 groups count.
    """
    rows, kind = [], predictions.kind
    names = [name for name in (*GROUPS, *DESCRIBED) if name in predictions.table]
    for model in predictions.models:
        own = predictions.of(model)
        for column in names:
            if 1 < len(own[column].unique()) <= 50:
                for group, part in own.groupby(column):
                    scores = STATISTICS[kind.name](part).estimates()
                    size = part[kind.sample].nunique()
                    rows.append({"model": model, "column": column, "group": group, "samples": size} | scores)
    return pd.DataFrame(rows)


def calibration(predictions: Predictions, bins: int) -> pd.DataFrame:
    """How often predictions of each confidence are right: bins of equal width from 0 to 1.

    Confidence is the probability of the predicted class, or the score of each label. The expected
    calibration error is the mean of ``gap``, weighted by ``samples`` (Guo et al. 2017, "On
    calibration of modern neural networks").

    Returns
    -------
    DataFrame
        ``model``, ``bin``, ``samples``, ``confidence``, ``right``, ``gap``; empty without scores.
    """
    tables = []
    for model in predictions.models if predictions.scored and predictions.kind is not VALUES else []:
        own = predictions.of(model)
        prefix = predictions.kind.prefix
        scores = own[[f"{prefix}{name}" for name in classes_of(own)]].to_numpy(float)
        if predictions.kind is CLASSES:
            guess = own["prediction"].to_numpy()
            confidence, right = scores[np.arange(len(own)), guess], guess == own["label"].to_numpy()
        else:
            truth = own[[f"label_{name}" for name in classes_of(own)]].to_numpy(bool)
            confidence, right = scores.ravel(), truth.ravel()
        place = np.minimum((confidence * bins).astype(int), bins - 1)
        parts = pd.DataFrame({"bin": place, "confidence": confidence, "right": right}).groupby("bin")
        table = parts.mean().assign(samples=parts.size()).reset_index().assign(model=model)
        tables.append(table.assign(gap=(table["confidence"] - table["right"]).abs()))
    columns = ["model", "bin", "samples", "confidence", "right", "gap"]
    return pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)
