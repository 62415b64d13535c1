"""One sentence that says what a table of results shows, and on which kind of data."""

import pandas as pd
from markupsafe import escape

from lib.evaluation.metrics import HEADLINE
from lib.evaluation.values import SINGLE
from lib.figures.accounts import account
from lib.figures.tables import html, scale, text

WHERE = {
    "synthetic": "on this synthetic sample, which says nothing about the paper's claims",
    "open": "on these open data, which are not the paper's corpus",
    "licensed": "on the paper's own corpus",
    "own": "on a corpus of one's own, which is not the paper's",
}
"""By kind of data (`lib.corpora.provenance.Provenance.kind`)."""
LISTED = 4
"""Largest number of differences that are listed one by one."""


def sentence(table: pd.DataFrame, kind: str | None = None, metric: str | None = None) -> str:
    """What a table shows on data of a kind; empty for tables without a known sentence.

    Our numbers beside printed ones have one, then differences and scores (`lib.evaluation`) by the headline
    metric, then what `lib.figures.accounts` knows; `metric` is that of the table's fractions where no column
    names it. A difference counts where its whole interval is on a side of zero.
    """
    where, metrics = WHERE.get(kind or "", "here"), [*HEADLINE.values()]
    metrics += [f"{name}{SINGLE}" for name in metrics]
    if {"cell_id", "ours", "verdict"} <= {*table}:
        found = table.loc[table["ours"].notna(), "verdict"].value_counts(sort=False)
        kinds = ", ".join(f"{verdict} ({count})" for verdict, count in found.items())
        return f"Verdicts on the printed numbers that have one of ours beside them: {kinds}." if kinds else ""
    name = "metric" if "metric" in table else "row"
    rows = table[table[name].isin(metrics)] if {name, "low", "high"} <= {*table} else table.iloc[:0]
    rows = rows[rows["processing"] == "post-processed"] if "processing" in rows else rows
    if rows.empty or not {"difference", "score"} & {*rows} or not {"first", "experiment"} & {*rows}:
        short = where.split(",")[0]  # of counts and the like, nobody would take claims from
        fact = account(table, metric)
        return fact if not fact or fact.endswith(".") else f"{fact}{f', {short}' if kind else ''}."
    by = rows[name].iloc[0]
    factor, digits, percent = scale(by)

    def interval(row: pd.Series, value: str, unit: str) -> str:
        number, low, high = (text(row[key] * factor, digits) for key in (value, "low", "high"))
        return f"{number}{unit if percent else ''} [{low}, {high}]"

    if "experiment" in rows:
        best = rows.sort_values("score", kind="stable").iloc[-1]
        highest = "has" if len(rows) == 1 else f"has the highest of {len(rows)} scores,"
        return f"By {by}, {best['experiment']} {highest} {interval(best, 'score', ' %')}, {where}."
    better, worse = rows["low"] > 0, rows["high"] < 0
    if len(rows) > LISTED:
        undecided = int((~(better | worse)).sum())
        rest = {0: "", 1: "; the other interval contains zero", len(rows): "; every interval contains zero"}
        return (
            f"By {by}, the first of a pair is better in {better.sum()} of {len(rows)} pairs and worse "
            f"in {worse.sum()}, {where}{rest.get(undecided, '; the other intervals contain zero')}."
        )
    words = pd.Series("not shown to be better", rows.index).mask(better, "better").mask(worse, "worse")
    told = [
        f"{row['first']} is {word} than {row['second']}: {interval(row, 'difference', ' points')}"
        for word, (_, row) in zip(words, rows.iterrows(), strict=True)
    ]
    return f"By {by}, {'; '.join(told)}, {where}."


def told_html(table: pd.DataFrame, kind: str | None = None) -> str:
    """A table as HTML with its sentence under it, as notebooks display any table."""
    return html(table) + (f"<p>{escape(told)}</p>" if (told := sentence(table, kind)) else "")
