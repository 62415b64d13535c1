"""Audit of vo2022."""

from collections.abc import Iterator

import pandas as pd

from lib.published.check import Check, agree, answer
from lib.published.tables import select

REPEATED = "Doubt/Confusion"
"""Label whose values in the ablation are those of other methods in Table 1."""
ABLATIONS = ("B+P, additive", "B+E, additive", "B+E+P, additive")


def checks() -> Iterator[Check]:
    """All checks of this module."""
    first, second = _wide("Table 1"), _wide("Table 2")
    yield from _means("Table 1", first)
    yield from _means("Table 2", second)
    yield _repeated(first, second)
    yield from _implied(second)
    yield from _fusion(second)


def _wide(exhibit: str) -> pd.DataFrame:
    """One row for each label and one for mAP, one column for each method."""
    cells = select("vo2022-context", exhibit)
    return cells.pivot_table(index="row", columns="column", values="value", sort=False)


def _cell(table: pd.DataFrame, row: str, column: str) -> float:
    return float(table[column].to_dict()[row])


def _means(exhibit: str, table: pd.DataFrame) -> Iterator[Check]:
    for column in map(str, table.columns):
        labels = table[column].drop("mAP")
        printed, mean = _cell(table, "mAP", column), float(labels.mean())
        words = {"exhibit": exhibit, "column": column, "labels": len(labels), "sum": labels.sum()}
        words["key"] = exhibit.lower().replace(" ", "-")
        yield answer("{key}-map-{column}", printed, mean, agree(printed, mean, 2), **words)


def _repeated(first: pd.DataFrame, second: pd.DataFrame) -> Check:
    quoted = [_cell(first, REPEATED, column) for column in ("[7]", "[10]", "[8]")]
    ablation = [_cell(second, REPEATED, column) for column in ABLATIONS]
    words = {"quoted": quoted, "ablation": ablation}
    return answer("repeated-row", None, None, quoted != ablation, **words)


def _implied(second: pd.DataFrame) -> Iterator[Check]:
    for column in ABLATIONS:
        others = second[column].drop(["mAP", REPEATED])
        mean, printed = _cell(second, "mAP", column), _cell(second, REPEATED, column)
        implied = mean * (len(others) + 1) - float(others.sum())
        words = {"column": column, "mean": mean, "others": others.sum()}
        yield answer("implied-{column}", printed, implied, abs(printed - implied) <= 0.14, **words)


def _fusion(second: pd.DataFrame) -> Iterator[Check]:
    attention, additive = second["B+E+P, attention"], second["B+E+P, additive"]
    labels = second.index.drop(["mAP", REPEATED])
    difference = (attention - additive)[labels]
    words = {"attention": attention["mAP"], "additive": additive["mAP"]}
    words |= {"mean": difference.mean(), "spread": difference.std(ddof=1)}
    gain = float(attention["mAP"] - additive["mAP"])
    yield answer("attention-gain", None, gain, None, **words)
    lower = [str(label) for label in labels[difference < 0]]
    words = {"all": len(labels), "lower": ", ".join(lower)}
    yield answer("attention-lower", 0.0, float(len(lower)), not lower, **words)
