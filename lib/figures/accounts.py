"""What a table shows that holds no verdicts, scores or pairs: by a rule, or its sums or extremes."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from lib.evaluation.metrics import HEADLINE
from lib.figures.tables import NAMES, SCALED, flat, metric_of, scale, text

MAIN = (
    "mean CCC between raters",
    "above",
    "score",
    "ratio",
    "detected",
    "covered",
    "delay",
    "scale",
    "margin",
)
"""Columns that a sentence is about, the first that a table without a headline metric has."""
ALIKE = 10
"""How much larger the values of one of several columns may be that are compared with one another."""


@cache
def rules() -> list[dict[str, Any]]:
    """What is said of tables with known columns, from ``accounts.yaml``, where the form is described."""
    return yaml.safe_load((Path(__file__).parent / "accounts.yaml").read_text(encoding="utf-8"))


def number(value: float, column: str = "", metric: str | None = None) -> str:
    """A value of a column in the unit in which tables show it, with three digits where it has none."""
    if pd.isna(value):
        return text(value)
    if not (known := metric or metric_of(column)):
        return text(value if float(value).is_integer() else float(f"{value:.3g}"))
    factor, digits, percent = scale(known)
    return text(value * factor, digits) + (" %" if percent else "")


def account(table: pd.DataFrame, metric: str | None = None) -> str:
    """The main fact of a table, without a full stop if it is one of the data; empty if there is none.

    Without a rule, counts are summed, and of other numbers the highest and the lowest are named.
    """
    rows = flat(table).reset_index(drop=True)
    keys = list(rows.columns[: rows.shape[1] - table.shape[1]])
    for rule in rules():
        if {*rule["columns"]} <= {*rows} and len(rows) and rows.columns.is_unique:
            return _told(rows, **rule)
    if keys and {"mean", "std"} <= {*rows[keys[0]]}:  # of `describe`
        rows = rows[rows[keys[0]] == "mean"]
    keys += ["ratio"] if "score" in rows else []
    numbers = rows.select_dtypes("number").drop(columns=[*NAMES, *keys], errors="ignore")
    numbers = numbers.dropna(axis=1, how="all")
    if numbers.empty or not rows.columns.is_unique:
        return ""
    real = numbers.select_dtypes("float")
    before = [*rows.columns[: list(rows).index((numbers if real.empty else real).columns[0])], *keys]
    names = (
        rows[[name for name in dict.fromkeys(before) if name in rows]].iloc[:, :3].astype(object).map(text)
    )
    return _extremes(numbers, names, rows.get("metric"), metric)


def _told(rows: pd.DataFrame, columns: list[str], told: str, count: tuple[str, ...] = ()) -> str:
    headline = list(HEADLINE.values())
    found = [len(rows.query(condition, local_dict={"headline": headline})) for condition in count]
    numbers, tail = rows.select_dtypes("number"), rows.columns[-1]
    spans = numbers.agg(["min", "max"]).map(number).apply(lambda ends: " to ".join(dict.fromkeys(ends)))
    by = columns[-1] if columns[-1] in numbers else tail
    top = rows.iloc[int(numbers[by].fillna(0).argmax())] if by in numbers else rows.iloc[0]
    ends = {"first": rows.iloc[0], "last": rows.iloc[-1], "top": top, "name": top.iloc[0], "tail": tail}
    own = rows.query(count[0], local_dict={"headline": headline}) if count else rows
    groups: dict[str, list[str]] = {}
    for cells in own.iloc[:, :2].astype(object).map(text).to_numpy().tolist():
        groups.setdefault(cells[0], []).append(cells[-1])
    listed = "; ".join(f"{', '.join(group)} ({name})" for name, group in groups.items()) or "none"
    sums = numbers.sum().map(number)
    return told.format(n=len(rows), sum=sums, span=spans, count=found, most=top[tail], listed=listed, **ends)


def _extremes(numbers: pd.DataFrame, names: pd.DataFrame, by: pd.Series | None, metric: str | None) -> str:
    chosen = [str(name) for name in numbers if metric_of(str(name)) in [*HEADLINE.values()]]
    chosen = (chosen or [name for name in MAIN if name in numbers])[:1]
    real, sums = numbers.select_dtypes("float"), numbers.sum().map(number)
    places = [", ".join(filter(None, row)) for row in names.to_numpy().tolist()]
    if not chosen and real.empty:
        told = "In all: " + ", ".join(f"{name} {total}".replace("_", " ") for name, total in sums.items())
        if len(sums) == 1 < len(numbers) and any(places):
            most = int(numbers.iloc[:, 0].argmax())
            told += f", the most for {places[most]} ({number(numbers.to_numpy(float)[most, 0])})"
        return told
    sizes = real.abs().max()
    chosen = chosen or ([*real] if sizes.max() < ALIKE * sizes.min() else [*real.columns[:1]])
    values = numbers[chosen].melt(var_name="of", value_name="is", ignore_index=False)
    values = values.dropna().reset_index(names="at")
    ends = []
    for _, row in values.loc[[values["is"].idxmax(), values["is"].idxmin()]].iterrows():
        own = by[row["at"]] if by is not None and re.fullmatch(SCALED, row["of"]) else metric
        place = ", ".join(filter(None, [places[row["at"]], row["of"] if len(chosen) > 1 else ""]))
        ends.append(number(row["is"], row["of"], own) + (f" ({place})" if place else ""))
    head = "value" if len(chosen) > 1 else chosen[0]
    return (
        f"The {head} is {ends[0]}"
        if len(values) == 1
        else f"The highest {head} is {ends[0]}, the lowest {ends[1]}"
    )
