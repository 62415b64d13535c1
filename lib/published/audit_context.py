"""Audit of vo2022."""

from collections.abc import Iterator

import pandas as pd

from lib.published.check import Check, agree, answer
from lib.published.tables import select

REPEATED = "Doubt/Confusion"
"""Label whose values in the ablation are those of other methods in Table 1."""
ABLATIONS = ["B+P, additive", "B+E, additive", "B+E+P, additive"]


def _table(exhibit: str) -> pd.DataFrame:
    """One row for each label and one for mAP, one column for each method."""
    cells = select("vo2022-context", exhibit)
    return cells.pivot_table(index="row", columns="column", values="value", sort=False)


def _means() -> Iterator[Check]:
    for exhibit, key in (("Table 1", "table-1"), ("Table 2", "table-2")):
        for column, values in _table(exhibit).items():
            labels, printed = values.drop("mAP"), float(values["mAP"])
            mean, holds = float(labels.mean()), agree(printed, labels.mean(), 2)
            words = {"exhibit": exhibit, "key": key, "column": column}
            words |= {"labels": len(labels), "sum": labels.sum()}
            yield answer("{key}-map-{column}", printed, mean, holds, **words)


def _repeated() -> Iterator[Check]:
    quoted = _table("Table 1").T.loc[["[7]", "[10]", "[8]"], REPEATED].to_list()
    ablation = _table("Table 2").T.loc[ABLATIONS, REPEATED].to_list()
    same = quoted == ablation
    yield answer("repeated-row", None, None, not same, quoted=quoted, ablation=ablation)


def _implied() -> Iterator[Check]:
    for column, values in _table("Table 2")[ABLATIONS].items():
        others = values.drop(["mAP", REPEATED])
        mean, printed = float(values["mAP"]), float(values[REPEATED])
        implied = mean * (len(others) + 1) - float(others.sum())
        words = {"column": column, "mean": mean, "others": others.sum()}
        yield answer("implied-{column}", printed, implied, abs(printed - implied) <= 0.14, **words)


def _fusion() -> Iterator[Check]:
    table = _table("Table 2")
    attention, additive = table["B+E+P, attention"], table["B+E+P, additive"]
    difference = (attention - additive).drop(["mAP", REPEATED])
    words = {"attention": attention["mAP"], "additive": additive["mAP"]}
    words |= {"mean": difference.mean(), "spread": difference.std(ddof=1)}
    gain = float(attention["mAP"] - additive["mAP"])
    yield answer("attention-gain", None, gain, None, **words)
    lower = list(difference.index[difference < 0])
    words = {"all": len(difference), "lower": ", ".join(lower)}
    yield answer("attention-lower", 0.0, float(len(lower)), not lower, **words)


CHECKS = (_means, _repeated, _implied, _fusion)
