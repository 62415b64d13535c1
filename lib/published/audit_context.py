"""Audit of vo2022."""

from collections.abc import Iterator

import numpy as np
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
        sizes = f"sum {labels.sum():.2f} / {len(labels)} = {mean:.2f}; printed {printed:.2f}"
        words = {"exhibit": exhibit, "column": column, "labels": len(labels)}
        key = exhibit.lower().replace(" ", "-")
        holds = agree(printed, mean, 2)
        yield answer("{key}-map-{column}", sizes, printed, mean, holds, key=key, **words)


def _repeated(first: pd.DataFrame, second: pd.DataFrame) -> Check:
    quoted = [_cell(first, REPEATED, column) for column in ("[7]", "[10]", "[8]")]
    ablation = [_cell(second, REPEATED, column) for column in ABLATIONS]
    both = f"Table 1, [7], [10], [8]: {quoted}; Table 2, B+P, B+E, B+E+P: {ablation}"
    return answer("repeated-row", both, None, None, quoted != ablation)


def _implied(second: pd.DataFrame) -> Iterator[Check]:
    for column in ABLATIONS:
        others = second[column].drop(["mAP", REPEATED])
        mean, printed = _cell(second, "mAP", column), _cell(second, REPEATED, column)
        implied = mean * (len(others) + 1) - float(others.sum())
        sums = f"{mean:.2f} x 26 - {others.sum():.2f} = {implied:.2f}; printed {printed:.2f}"
        holds = abs(printed - implied) <= 0.14
        yield answer("implied-{column}", sums, printed, implied, holds, column=column)


def _fusion(second: pd.DataFrame) -> Iterator[Check]:
    attention, additive = second["B+E+P, attention"], second["B+E+P, additive"]
    means = [_cell(second, "mAP", f"B+E+P, {fusion}") for fusion in ("attention", "additive")]
    labels = second.index.drop(["mAP", REPEATED])
    gain = means[0] - means[1]
    difference = (attention - additive)[labels]
    arithmetic = (
        f"{means[0]:.2f} - {means[1]:.2f} = {gain:+.2f} mAP from one run; over labels "
        f"{difference.mean():+.2f} with standard deviation {np.std(difference, ddof=1):.2f}"
    )
    yield answer("attention-gain", arithmetic, None, gain, None)
    lower = [str(label) for label in labels[difference < 0]]
    listed = f"lower for {len(lower)} of {len(labels)} comparable labels: {', '.join(lower)}"
    yield answer("attention-lower", listed, 0.0, float(len(lower)), not lower)
