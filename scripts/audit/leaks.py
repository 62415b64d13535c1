"""What training and test share: ids, groups, one sample under two names."""

import re
from itertools import combinations, product

import numpy as np
import pandas as pd

from lib.evaluation.predictions import LABEL_SETS, VALUES, names_of
from lib.splits.leaks import overlaps
from lib.splits.split import PARTS
from scripts.audit.predictions import KNOWN, PEOPLE, Predictions

NAME, FILE, SCORES = "sample, other name", "file name, other folder", "equal scores"
"""Forms in which a sample has two ids."""
MEANING = {
    "sample": "scores on these samples are not on unseen data",
    NAME: "the same sample under two names, which differ in suffix or case: not unseen data",
    FILE: "the same sample under two names, unless the folder distinguishes them",
    SCORES: "same truth and same scores, to the last digit: the same sample under two names",
    "clip": "pieces of the same recording are in both parts",
    "dialogue": "neighbouring turns are in both parts",
    "recording": "pieces of the same recording are in both parts",
    "script": "the same words are spoken in both parts",
    "cluster": "samples of the same groups are in both parts",
    "session": "the same recording session, and often the same people",
}
PERSON = "the model has seen these people: not speaker-independent"
_SUFFIX = re.compile(
    r"(\.(aac|aiff?|arff|avi|bmp|csv|feather|flac|flv|gif|gz|h5|hdf5|htk|jpe?g|json|lab|m4[av]|mat|mkv|mov|mp[34]"
    r"|mpe?g|npy|npz|ogg|opus|parquet|pkl|png|pth?|tsv|txt|wav|webm|wmv|xz|zip))+$"
)


def _together(ids: "pd.Series[str]", keys: pd.Series) -> "pd.Series[str]":
    """Ids of each key with several ids as one text, by id; no id has the same key twice."""
    several = keys.duplicated(keep=False).to_numpy()
    if not several.any():
        return pd.Series([], dtype="str")
    own, groups = ids[several], keys[several]
    texts = own.groupby(groups).agg(lambda same: " = ".join(sorted(same)[:4]))
    found = pd.Series(groups.map(texts).to_numpy(), own.to_numpy(), "str")
    return found[~found.index.duplicated()]


def other_names(rows: pd.DataFrame) -> dict[str, "pd.Series[str]"]:
    """Samples that have one name apart from folder, suffix of a file and case, by `NAME` and `FILE`.

    Samples of different people have different files, whatever their names are.

    Returns
    -------
    dict
        Series by id: all ids of the sample, joined. Forms that no two ids have are left out.
    """
    own = rows.drop_duplicates("sample_id")
    ids = own["sample_id"]
    whole = ids.str.replace("\\", "/").str.strip().str.lower().str.replace(_SUFFIX, "", regex=True)
    found = {NAME: _together(ids, whole)}
    person = next((own[name].astype("str") for name in PEOPLE if name in own), "")
    file = whole.str.rpartition("/")[2] + "\n" + person
    first = ~whole.duplicated()
    found[FILE] = _together(ids[first], file[first])
    return {form: same for form, same in found.items() if len(same)}


def _decimals(scores: np.ndarray) -> int:
    """Decimal places that scores are rounded to; all that the type has where they are not."""
    part, most = scores[:5000].astype(float), 15 if scores.dtype.itemsize > 4 else 7
    rounded = (n for n in range(most) if np.abs(np.round(part, n) - part).max() < 0.01 * 10.0**-n)
    return next(rounded, most)


def equal_scores(predictions: Predictions) -> "pd.Series[str]":
    """Samples with the same truth and scores in the first repetition of the first model, by id.

    There are none where scores have too few digits for chance to be excluded, or the model gives
    few different scores. Scores that are whole numbers to three decimals do not count.
    """
    table, kind = predictions.table, predictions.kind
    none = pd.Series([], dtype="str")
    if kind is VALUES:
        return none
    own = table[table["experiment"] == predictions.models[0]]
    own = own[own["repeat"] == own["repeat"].min()]
    names = names_of(own)
    columns = [f"{kind.prefix}{name}" for name in names]
    truth = [f"label_{name}" for name in names] if kind is LABEL_SETS else ["label"]
    rounded = own[columns].to_numpy(float).round(3)
    own = own[(rounded != np.floor(rounded)).any(axis=1)].drop_duplicates(["sample_id", *truth, *columns])
    free = len(columns) - (kind is not LABEL_SETS and predictions.scored)
    if len(own) < 2 or _decimals(own[columns].to_numpy()) * free < 2 * np.log10(len(own)) + 3:
        return none
    if 3 * len(own[columns].drop_duplicates()) <= len(own):
        return none
    return _together(own["sample_id"], own.groupby([*truth, *columns], sort=False).ngroup())


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


def leaks(folds: pd.DataFrame, equal: "pd.Series[str] | None" = None) -> pd.DataFrame:
    """What two parts of a fold share; without a column ``part``, the other folds train.

    `equal` are samples that scores show to be the same, from `equal_scores`.

    Returns
    -------
    DataFrame
        ``shared`` (sample, one of `NAME`, `FILE` and `SCORES`, or the name of a group), ``parts``,
        ``folds`` with something shared, ``of`` how many folds, ``largest share`` of the second
        part's samples, ``examples``, ``meaning``.
    """
    same = other_names(folds) | ({SCORES: equal} if equal is not None and len(equal) else {})
    rows = _with_parts(folds).assign(sample=lambda own: own["sample_id"])
    rows = rows.assign(**{form: rows["sample_id"].map(ids) for form, ids in same.items()})
    samples = ["sample", *(form for form in same if rows[form].notna().any())]
    counts = overlaps(rows, [*samples, *(name for name in KNOWN if name in rows)])
    sizes = rows.groupby(["repeat", "fold", "part"]).size().unstack(fill_value=0)  # noqa: PD010
    found = []
    for (one, other), name in product(combinations(PARTS, 2), counts.index.unique("shared")):
        if not {one, other} <= {*sizes} or (name not in samples and (one, other) != ("train", "test")):
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
        equals = int((ids["dev"] == ids["test"]).sum())
        text = "dev is test: every choice on dev was made on the test samples"
        if equals:
            found.append({"shared": "the whole part", "parts": "dev, test", "folds": equals, "of": len(ids),
                          "largest share": 1.0, "examples": "", "meaning": text})  # fmt: skip
    return pd.DataFrame(found)
