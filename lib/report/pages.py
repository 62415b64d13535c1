"""Results as the templates of the report's pages see them."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import pandas as pd

from lib.evaluation.results import StageResult
from lib.evaluation.scores import INTERVAL


class Kind(NamedTuple):
    """A kind of results: title and meaning."""

    title: str
    explanation: str


KINDS = {
    "published": Kind(
        "The papers' own numbers", "Recomputed from what the papers print; no corpus is needed."
    ),
    "synthetic": Kind(
        "Synthetic sample",
        "Made by this project with planted effects, to show that the whole chain works. These "
        "numbers say nothing about the papers' claims and must not be quoted as results.",
    ),
    "open": Kind(
        "Open data",
        "Real data that anyone can get. Not the papers' corpora, so not comparable with them.",
    ),
    "licensed": Kind("Licensed corpora", "The papers' own corpora."),
    "replication": Kind(
        "Controls and verdicts",
        "Made from the results of all other stages, those on the synthetic sample among them, and "
        "from runs on permuted labels and simulated data: no result of a paper.",
    ),
}
TABLES = {
    "positive": "Planted effects, found in the synthetic samples",
    "beside_published": "Beside the papers",
    "beside_table_2": "Beside the papers: Table 2",
    "beside_table_3": "Beside the papers: Table 3",
    "differences": "What each variant changes",
    "verdicts": "Significant by each test",
    "changes": "What keeping speakers apart changes (UAR)",
    "gain": "Gain of pretraining",
    "findings": "Findings",
}
"""Tables that a result's section shows, in this order: file and title."""
LONGEST = 50


def markdown_table(table: pd.DataFrame) -> str:
    """A pipe table with short numbers; missing values are empty cells.

    `DataFrame.to_markdown` does not escape pipes and pads every cell to its column's width, which
    makes the table of findings 1.7 times as long.
    """

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if pd.isna(value) else f"{value:g}"
        text = "" if value is None or value is pd.NA else str(value).replace("|", "\\|")
        return re.sub(r"<(?=\w)", "&lt;", text)  # <folder> is not a tag

    rows = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy(object).tolist()]
    return "\n".join("| " + " | ".join(cell(value) for value in row) + " |" for row in rows)


TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["table"] = markdown_table


def render(page: str, **values: Any) -> str:
    """A page from its template in ``templates/``."""
    return TEMPLATES.get_template(f"{page}.md.j2").render(values).strip() + "\n"


def scores(result: StageResult) -> pd.DataFrame | None:
    """Experiments by metric as ``score [low, high]``, or None where the stage has no scores."""
    rows = []
    for experiment, metrics in result.content["values"].items():
        row = {"experiment": experiment}
        for metric, entry in metrics.items() if isinstance(metrics, dict) else ():
            if isinstance(entry, dict) and {"score", "low", "high"} <= set(entry):
                score, low, high = (f"{entry[name]:.3f}" for name in INTERVAL)
                row[metric] = f"{score} [{low}, {high}]"
                row |= {"runs": entry["runs"], "samples": entry["samples"]}
        if len(row) > 1:
            rows.append(row)
    return pd.DataFrame(rows) if rows else None


def group_of(result: StageResult) -> str:
    """Key of `KINDS` under which a result stands: its data's kind, or replication."""
    return "replication" if result.notebook.startswith("replication/") else result.kind


def origin_line(result: StageResult) -> str:
    """One line that traces a result: stage, data, settings, seed, code."""
    content, data = result.content, result.content["data"]
    named = f"{data['corpus']} " if "corpus" in data else ""
    version = f", version `{data['version'][:16]}`" if "version" in data else ""
    return (
        f"Stage `{content['stage']}`; data: {named}{_marker(result)}{version}; "
        f"settings `{content['settings_version'][:12]}`; seed {content['seed']}; "
        f"code `{content['code_version'][:12]}`."
    )


def figures(result: StageResult, base: Path) -> list[dict[str, str]]:
    """Path, relative to `base`, and caption of every figure of a result."""
    found = []
    for path in sorted((result.folder / "figures").glob("*.png")):
        text = path.with_suffix(".txt")
        caption = text.read_text(encoding="utf-8").strip() if text.exists() else ""
        found.append({"path": os.path.relpath(path, base), "caption": caption})
    return found


def groups(results: Iterable[StageResult], base: Path, pictures: bool) -> list[dict[str, Any]]:
    """Results by kind, as the macro ``overview`` shows them."""
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        shown = {
            "notebook": result.notebook,
            "corpus": result.content["data"].get("corpus"),
            "marker": _marker(result),
            "scores": scores(result),
            "tables": list(_tables(result)),
            "figures": figures(result, base) if pictures else [],
            "origin": origin_line(result),
        }
        by_kind.setdefault(group_of(result), []).append(shown)
    return [
        {**kind._asdict(), "results": by_kind[name]}
        for name, kind in KINDS.items()
        if name in by_kind
    ]


def _marker(result: StageResult) -> str:
    together = group_of(result) == "replication"
    return "results of all stages" if together else str(result.content["data"]["marker"])


def _tables(result: StageResult) -> Iterator[tuple[str, pd.DataFrame]]:
    for file, title in TABLES.items():
        path = result.folder / "tables" / f"{file}.csv"
        if path.is_file():
            table = pd.read_csv(path, dtype=object)
            yield title, table.drop(columns=["cell_id", "claim"], errors="ignore").head(LONGEST)
