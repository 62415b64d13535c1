"""Results as the templates of the report's pages see them."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from lib.evaluation.results import StageResult
from lib.evaluation.scores import INTERVAL
from lib.figures.tables import BAR, html, scale, text, texts

CODE = re.compile("`([^`<>]+)`")
TABLES = {
    "positive": "Planted effects in the synthetic samples and what was found of them",
    "beside_published": "Our numbers beside the papers'",
    "beside_table_2": "Our numbers beside the papers': Table 2",
    "beside_table_3": "Our numbers beside the papers': Table 3",
    "differences": "What each variant changes",
    "significant": "How often each test finds a significant difference",
    "changes": "What keeping speakers apart changes (UAR)",
    "recall": "Recall of each class",
    "gain": "Gain from pretraining",
    "findings": "Findings",
    "leaks": "Samples whose group another part of the split has too",
}
"""Tables that a result's section shows, in this order: file and title."""
MEASURED = dict.fromkeys(["changes", "recall"], "UAR")
"""Metric of tables that no column names."""
LONGEST = 50


def markdown_cell(value: Any) -> str:
    """A value as a cell of a pipe table; its lines stand below each other."""
    lines = (line.partition(BAR) for line in text(value).split("\n"))
    shown = "\n".join((last if bar else first).replace("|", "\\|") for first, bar, last in lines)
    shown = re.sub(r"&(?=#?\w+;)", "&amp;", shown).replace("<", "&lt;")  # nothing is a tag or an entity
    return shown.replace("\n", "<br>")


def markdown_table(table: pd.DataFrame, metric: str | None = None) -> str:
    """A pipe table in the notebooks' units and digits; see `lib.figures.tables.texts`.

    `DataFrame.to_markdown` does not escape pipes and pads every cell to its column's width, which
    makes the table of findings 1.7 times as long.
    """
    shown = texts(table, metric)
    rows = [list(shown.columns), ["---"] * shown.shape[1], *shown.to_numpy(object).tolist()]
    return "\n".join("| " + " | ".join(map(markdown_cell, row)) + " |" for row in rows)


def box(table: pd.DataFrame, metric: str | None = None) -> str:
    """All rows of a table as HTML in the notebooks' form; see `lib.figures.tables.html`."""
    with pd.option_context("display.max_rows", None):
        return CODE.sub(r"<code>\1</code>", html(table, metric))


def short_number(value: float) -> str:
    """Four significant digits, or from a thousand all digits before the point, in groups."""
    return text(float(value))


def some(number: int, thing: str) -> str:
    """``1 printed number``, ``2 printed numbers``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {
    "table": markdown_table,
    "box": box,
    "some": some,
    "cell": markdown_cell,
    "number": short_number,
    "percent": lambda share: f"{100 * share:.0f} %",
    "share": lambda share: text(100 * float(share), 1),
}
TEMPLATES.tests["known"] = pd.notna


def render(page: str, **values: Any) -> str:
    """A page from its template in ``templates/``."""
    return TEMPLATES.get_template(f"{page}.md.j2").render(values).strip() + "\n"


def group_of(result: StageResult) -> str:
    """Key of ``kinds`` in the templates: the kind of a result's data, or replication."""
    return "replication" if result.notebook.startswith("replication/") else result.kind


def picture(path: Path, base: Path) -> dict[str, str]:
    """Path of a figure, relative to `base`, and its caption."""
    text = path.with_suffix(".txt")
    caption = text.read_text(encoding="utf-8").strip() if text.exists() else ""
    return {"path": os.path.relpath(path, base), "caption": caption or path.stem.replace("_", " ")}


def pictures(result: StageResult, base: Path) -> list[dict[str, str]]:
    """Every `picture` of a result."""
    return [picture(path, base) for path in sorted((result.folder / "figures").glob("[!.]*.png"))]


def scores(result: StageResult) -> pd.DataFrame | None:
    """Experiments by metric as ``score [low, high]``, or None where the stage has no scores."""
    rows = []
    for experiment, metrics in result.content["values"].items():
        row = {"experiment": experiment}
        for metric, entry in metrics.items() if isinstance(metrics, dict) else ():
            if isinstance(entry, dict) and {"score", "low", "high"} <= set(entry):
                factor, digits, percent = scale(metric)
                score, low, high = (text(float(entry[name]) * factor, digits) for name in INTERVAL)
                row[f"{metric} [%]" if percent else metric] = f"{score} [{low}, {high}]"
                row |= {"runs": entry["runs"], "samples": entry["samples"]}
        if len(row) > 1:
            rows.append(row)
    return pd.DataFrame(rows) if rows else None


def sections(results: Iterable[StageResult], base: Path | None = None) -> list[dict[str, Any]]:
    """Results as the macro ``overview`` shows them; with pictures if their `base` is given."""
    return [
        {
            "group": group_of(result),
            "notebook": result.notebook,
            "content": result.content,
            "scores": scores(result),
            "tables": list(_tables(result)),
            "pictures": pictures(result, base) if base else [],
        }
        for result in results
    ]


def _tables(result: StageResult) -> Iterator[tuple[str, str, str]]:
    for file, title in TABLES.items():
        path = result.folder / "tables" / f"{file}.csv"
        if path.is_file():
            table = pd.read_csv(path).rename(columns={"Unnamed: 0": ""}).head(LONGEST)
            if table.empty:
                continue
            yield title, markdown_table(table, MEASURED.get(file)), box(table, MEASURED.get(file))
