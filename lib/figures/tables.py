"""Tables as notebooks and the report show them: units, digits, verdicts, the papers' own form."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from lib.corpora import catalogue
from lib.corpora.provenance import Provenance
from lib.evaluation.beside import GAP, beside_published
from lib.evaluation.metrics import METRICS
from lib.evaluation.values import SINGLE
from lib.published.tables import PAPERS, UNITS, cells, cells_of

HIDDEN = ["cell_id", "claim_id", "check_id", "claim", "compared_as"]
NAMES = ("seed", "version", "settings", "code", "repeat", "fold")
"""Columns whose numbers are names: without groups of thousands."""
SCALED = "score|low|high|difference|published|ours|gap|chance|margin|spread|bias|estimate|null"
SCALED = rf"(.* )?({SCALED}|gain|least|likely)"
"""Columns in the unit of a row's metric."""
SHARE = "share"
"""Columns of this name, and with it before a comma, are shown in percent."""
DASH, MINUS, BAR = "\u2013", "\u2212", "\x1f"
COLOURS = dict.fromkeys(["agrees", "holds"], "#009E73") | dict.fromkeys(["differs", "fails"], "#D55E00")
COLOURS |= dict.fromkeys(["inconclusive", "open", "protocol differs"], "#E69F00")
LONG = re.compile(r"(?<!<)(?<=\w{12})/(?=\w)")
"""Where a long word may be broken, so that it does not widen its column."""
MARK = Markup('<span style="border-left: 0.5em solid {}; padding-left: 0.4em">{}</span>')


def scale(metric: Any, unit: Any = None) -> tuple[float, int, bool]:
    """Factor to the unit shown, decimal places, and whether that is percent, of a metric's values.

    `unit` is one of `lib.published.tables.UNITS`; without it, class labels and label sets are
    scored in fractions. Shares are shown in percent, in whatever unit a paper prints them.
    """
    known = METRICS.get(str(metric).removesuffix(SINGLE))
    if metric == SHARE or (pd.isna(unit) and known and known.kind != "values"):
        unit = "fraction"
    digits = known.digits if known else 3
    if unit in ("fraction", "percent"):
        return (100 if unit == "fraction" else 1), digits - 2, True
    return 1, 0 if unit == "count" else digits, False


def metric_of(column: str) -> str | None:
    """The metric with which a column's name begins ("UAR, test"), if it is one."""
    return name if (name := re.split("[, ]", column)[0]) in (*METRICS, SHARE) else None


def text(value: Any, digits: int | None = None) -> str:
    """A value as text: decimal places or four significant digits, minus signs, a dash if missing."""
    if isinstance(value, str):
        return re.sub(r"(?<![\w.)\]-])-(?=\d)", MINUS, value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return DASH
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return {"True": "yes", "False": "no"}.get(str(value), str(value))
    value = float(value)
    if digits is None and (abs(value) >= 1000 or value.is_integer()):
        digits = 0
    shown = f"{value:.4g}" if digits is None else f"{value:,.{digits}f}"
    return shown.replace("-", MINUS if shown.strip("-0.,") else "")


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose index, if it names the rows, is columns, and whose heads are text."""
    if table.index.name or not pd.api.types.is_integer_dtype(table.index):  # numbers of rows are no names
        names: list[Any] = []
        for name in table.index.names:
            name = "" if name is None else name
            while name in names or name in table.columns:
                name = f"{name} "
            names.append(name)
        table = table.reset_index(names=names)
    heads = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in table]
    return table.set_axis(heads, axis=1)


def texts(table: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """All values of a table as text, the verdict first; ids are left out.

    Shares are in percent, p-values have three decimal places, other fractions four significant
    digits of the largest in their column. `metric` is that of all fractions where no column names it.
    """
    table = flat(table)
    metrics = table.get("metric", pd.Series(dtype=str))
    units = table.get("unit", pd.Series(dtype=str)).reindex(metrics.index)
    units = units.where(units.isin(UNITS), None)
    if "published difference" in table:  # in the unit in which the paper prints the metric
        printed = cells().groupby(["paper", "metric"])["unit"].first()
        units = table[["paper", "metric"]].apply(lambda row: printed.get(tuple(row)), axis=1)
    scales = [scale(*pair) for pair in zip(metrics, units, strict=True)]
    shown = {}
    left_out = [*HIDDEN, *(["unit"] if units.notna().any() else [])]
    for key, values in table.drop(columns=left_out, errors="ignore").items():
        name, head = str(key), str(key).replace("_", " ")
        numeric = pd.api.types.is_float_dtype(values)
        if numeric and scales and re.fullmatch(SCALED, name):
            column = [text(v * factor, d) for v, (factor, d, _) in zip(values, scales, strict=True)]
        elif name == "metric":
            column = [f"{v} [%]" if s[2] else text(v) for v, s in zip(values, scales, strict=True)]
        elif numeric and (known := metric or metric_of(name)):
            factor, digits, percent = scale(known)
            head += " [%]" if percent else ""
            column = [text(value * factor, digits) for value in values]
        else:
            column = _column(name, values)
        while head in shown:
            head += " "
        shown[head] = column
    order = sorted(shown, key=lambda name: name != "verdict")
    return pd.DataFrame(shown)[order]


def _column(name: str, values: pd.Series) -> list[str]:
    if not pd.api.types.is_any_real_numeric_dtype(values):
        return [text(value) for value in values]
    if name in NAMES:
        return [DASH if pd.isna(value) else f"{value:.0f}" for value in values]
    if re.fullmatch("(p|Holm)( .*)?", name):
        return ["< 0.001" if value < 0.001 else text(value, 3) for value in values]
    known, digits = values.dropna().astype(float).abs(), None
    if (known % 1 != 0).any() and known.max() < 1000:
        digits = min(3 - int(np.floor(np.log10(known.max()))), 6)
    return [text(value, digits) for value in values]


def _cell(value: Any) -> str:
    """HTML of a cell: its lines escaped, those with a verdict before `BAR` behind a bar in its colour."""
    lines = []
    for verdict, bar, shown in (line.partition(BAR) for line in str(value).split("\n")):
        colour = COLOURS.get(verdict.split(":")[0], "#999")
        lines.append(MARK.format(colour, shown) if bar else escape(verdict))
    return LONG.sub(r"\g<0><wbr>", "<br>".join(lines))


def html(table: pd.DataFrame, metric: str | None = None) -> str:
    """`texts` as HTML in a box that scrolls by itself and takes the keyboard's focus.

    Rows beyond pandas' ``display.max_rows`` are left out.
    """
    shown = texts(table, metric)
    label = "Table: " + ", ".join(filter(None, shown.columns[:4]))
    if "verdict" in shown:
        shown["verdict"] = [f"{verdict}{BAR}{verdict}" for verdict in shown["verdict"]]
    look: dict[str, Any] = {"escape": False, "index": False, "border": 0, "show_dimensions": "truncate"}
    with pd.option_context("display.max_colwidth", None):
        body = (
            shown.map(_cell)
            .rename(columns=lambda name: escape(name.strip() or "row"))
            .to_html(max_rows=pd.get_option("display.max_rows"), **look)
        )
    box = 'class="scrolls" role="group" tabindex="0" style="overflow-x: auto"'
    return f'<div {box} aria-label="{escape(label)}">{body}</div>'


def paper_form(beside: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Exhibits in the papers' own rows and columns, by paper and exhibit.

    `beside` is from `lib.evaluation.beside.beside_published`. Ours stands with its interval under
    the printed number, behind a bar in the verdict's colour.
    """
    ours = beside.set_index("cell_id")[["ours", *{"low", "high"} & {*beside}, "verdict"]]
    names = cells().loc[ours.index, ["paper", "exhibit"]].drop_duplicates()
    chosen = cells().reset_index().merge(names).join(ours, on="cell_id")
    ends = [" [%]" if scale(*pair)[2] else "" for pair in chosen[["metric", "unit"]].to_numpy()]
    heads = [name + end for name, end in zip(chosen["column"].fillna(chosen["metric"]), ends, strict=True)]
    chosen = chosen.assign(head=heads, both=[_both(row) for row in chosen.itertuples()])
    several = chosen.duplicated(["paper", "exhibit", "row", "head"], keep=False)
    pairs = zip(chosen["head"], chosen["metric"], several, strict=True)
    chosen["head"] = [f"{head}, {metric}" if more else head for head, metric, more in pairs]
    forms = {}
    for name, own in chosen.groupby(["paper", "exhibit"], sort=False):
        words = own.dropna(subset="ours").groupby("row")["verdict"].unique()
        kinds = words.map(lambda found: sorted({word.split(":")[0] for word in found}))
        words = words.where(words.str.len() == 1, kinds).map("; ".join)
        form = own.pivot_table("both", "row", "head", "first", sort=False)
        form = form.reindex(index=own["row"].unique(), columns=own["head"].unique()).fillna("")
        if len(quoted := own.dropna(subset="quoted_from").groupby("row")["quoted_from"].first()):
            form.insert(0, "quoted from", quoted.reindex(form.index).fillna(""))
        form.insert(0, "verdict", words.reindex(form.index).fillna(DASH))
        forms[", ".join(map(str, name))] = form.rename_axis(index="", columns=None)
    return forms


def _both(row: Any) -> str:
    """The printed number with its decimal places, and ours with its interval under it."""
    factor, digits, _ = scale(row.metric, row.unit)
    above = DASH if pd.isna(row.value) else row.printed
    if factor == 100 and pd.notna(row.value):
        places = max(len(row.printed.split()[0].partition(".")[2]) - 2, 0)
        spread = "" if pd.isna(row.spread) else f" ± {text(row.spread * factor, places)}"
        above = text(row.value * factor, places) + spread
    if pd.isna(row.ours):
        return above
    found = [getattr(row, name, np.nan) * factor for name in ("ours", "low", "high")]
    shown, low, high = (text(value, digits) for value in found)
    shown += "" if DASH in (low, high) or low == high else f" [{low}, {high}]"
    return f"{above}\n{row.verdict}{BAR}ours {shown}"


def beside_printed_counts(found: Mapping[str, int], data: Provenance) -> pd.DataFrame:
    """Printed counts of a corpus beside ours; empty for corpora that no paper counts.

    Our counts are given by column of the printed ones ("images"). The columns of the table are
    ``cell_id``, ``paper``, ``exhibit``, ``row``, ``column``, ``published``, ``ours``, ``gap``,
    ``verdict`` ("agrees" for the same count).
    """
    printed = cells_of(PAPERS, metrics=["count"])
    obstacle = "" if data.kind == "licensed" else f"not comparable: {data.marker}"
    ours = pd.Series(found, dtype=float).rename_axis("column").reset_index(name="score")
    ours["low"] = ours["high"] = ours["score"]
    ours = ours.assign(row=catalogue.get(data.corpus).printed_as, runs=1)
    table = beside_published(ours, printed, obstacle, ["row", "column"])
    return table.drop(columns=["metric", "unit", "low", "high", "runs", *GAP[1:]])
