"""Audit of vo2022."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib.published.audit import Check, agree, verdict
from lib.published.tables import select

PAPER = "vo2022-context"
REPEATED = "Doubt/Confusion"


def checks() -> Iterator[Check]:
    """All checks of this module."""
    first, second = _wide("Table 1"), _wide("Table 2")
    yield from _means("Table 1", first)
    yield from _means("Table 2", second)
    yield _repeated(first, second)
    yield from _implied(second)
    yield from _fusion(second)


def _wide(exhibit: str) -> pd.DataFrame:
    cells = select(PAPER, exhibit)
    return cells.pivot_table(index="row", columns="column", values="value", sort=False)


def _cell(table: pd.DataFrame, row: str, column: str) -> float:
    return float(table[column].to_dict()[row])


def _means(exhibit: str, table: pd.DataFrame) -> Iterator[Check]:
    for column in map(str, table.columns):
        labels = table[column].drop("mAP")
        printed, mean = _cell(table, "mAP", column), float(labels.mean())
        yield Check(
            f"{exhibit.lower().replace(' ', '-')}-map-{column}", PAPER,
            f"{exhibit}, {column}: is the mAP the mean of the {len(labels)} labels?",
            f"sum {labels.sum():.2f} / {len(labels)} = {mean:.2f}; printed {printed:.2f}",
            printed, mean, verdict(agree(printed, mean, 2)),
            "The labels give the printed mean." if agree(printed, mean, 2)
            else "At least one label of the column is not the one behind the mean.",
        )  # fmt: skip


def _repeated(first: pd.DataFrame, second: pd.DataFrame) -> Check:
    quoted = [_cell(first, REPEATED, column) for column in ("[7]", "[10]", "[8]")]
    columns = ("B+P, additive", "B+E, additive", "B+E+P, additive")
    ablation = [_cell(second, REPEATED, column) for column in columns]
    return Check(
        "repeated-row", PAPER, f"Are the ablation's {REPEATED} values its own?",
        f"Table 1, [7], [10], [8]: {quoted}; Table 2, B+P, B+E, B+E+P: {ablation}",
        None, None, verdict(quoted != ablation),
        "The three values of other papers' methods were copied into the ablation.",
    )  # fmt: skip


def _implied(second: pd.DataFrame) -> Iterator[Check]:
    for column in ("B+P, additive", "B+E, additive", "B+E+P, additive"):
        others = second[column].drop(["mAP", REPEATED])
        implied = _cell(second, "mAP", column) * (len(others) + 1) - float(others.sum())
        printed = _cell(second, REPEATED, column)
        yield Check(
            f"implied-{column}", PAPER, f"Which {REPEATED} does the printed mAP of {column} imply?",
            f"{_cell(second, 'mAP', column):.2f} x 26 - {others.sum():.2f} = {implied:.2f}; "
            f"printed {printed:.2f}",
            printed, implied, verdict(abs(printed - implied) <= 0.14),
            "The printed mean was made with another value than the printed one.",
        )  # fmt: skip


def _fusion(second: pd.DataFrame) -> Iterator[Check]:
    attention, additive = second["B+E+P, attention"], second["B+E+P, additive"]
    means = [_cell(second, "mAP", f"B+E+P, {fusion}") for fusion in ("attention", "additive")]
    labels = second.index.drop(["mAP", REPEATED])
    gain = means[0] - means[1]
    difference = (attention - additive)[labels]
    spread = float(np.std(difference, ddof=1))
    yield Check(
        "attention-gain", PAPER, "Is attention better than concatenation?",
        f"{means[0]:.2f} - {means[1]:.2f} = {gain:+.2f} mAP from one run; over "
        f"labels {difference.mean():+.2f} with standard deviation {spread:.2f}",
        None, gain, "cannot be decided",
        "One run without a spread: the gain may be chance.",
    )  # fmt: skip
    lower = [str(label) for label in labels[difference < 0]]
    yield Check(
        "attention-lower", PAPER, "Is attention better for every label?",
        f"lower for {len(lower)} of {len(labels)} comparable labels: {', '.join(lower)}",
        0.0, float(len(lower)), verdict(not lower),
        "Concatenation is ahead for a good third of the labels.",
    )  # fmt: skip
