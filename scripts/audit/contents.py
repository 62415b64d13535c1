"""What predictions contain: counts, scores of groups, calibration."""

import numpy as np
import pandas as pd

from lib.evaluation.metrics import METRICS, confusion_matrix, names_of
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES
from lib.evaluation.predictions import names_of as classes_of
from scripts.audit.definitions import scored, statistic
from scripts.audit.predictions import DESCRIBED, GROUPS, Predictions, clustered, repeated


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
    again = repeated(table)
    same = ", ".join(table.loc[again, kind.sample].astype("str").unique()[:5])
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
        ("repeated rows", int(again.sum()), same and f"same sample, fold and repetition; all count: {same}"),
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


def per_group(predictions: Predictions) -> pd.DataFrame:
    """Each metric of each group of samples, with intervals over clusters and trainings, crossed.

    Columns with 2 to 50 groups count. A group's clusters are those of the whole file.

    Returns
    -------
    DataFrame
        ``model``, ``column``, ``group``, ``samples``, ``clusters``, ``metric``, ``score``, ``low``,
        ``high`` (NaN for fewer than two clusters).
    """
    rows, kind = [], predictions.kind
    names = [name for name in (*GROUPS, *DESCRIBED) if name in predictions.table]
    for model in predictions.models:
        own = predictions.of(model)
        for column in names:
            if 1 < len(own[column].unique()) <= 50:
                for group, part in own.groupby(column):
                    each = clustered(part, predictions.cluster)
                    key = (model, column, group, part[kind.sample].nunique(), each.clusters)
                    found = scored(statistic(each.table, kind.name))
                    rows += [(*key, metric, *interval) for metric, interval in found]
    columns = ["model", "column", "group", "samples", "clusters", "metric", "score", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


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


def calibration_error(gaps: pd.DataFrame) -> pd.DataFrame:
    """Expected calibration error of each model, from `calibration`; ``samples`` are its predictions."""
    sums = gaps.assign(error=gaps["gap"] * gaps["samples"]).groupby("model", sort=False)
    sizes = sums["samples"].sum()
    table = pd.DataFrame({"samples": sizes, "expected calibration error": sums["error"].sum() / sizes})
    return table.reset_index()
