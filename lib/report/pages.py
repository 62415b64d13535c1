"""Pages of the report as MyST markdown, made from stored results."""

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lib.evaluation.results import StageResult

KINDS = {
    "published": "The papers' own numbers",
    "synthetic": "Synthetic sample",
    "open": "Open data",
    "licensed": "Licensed corpora",
    "replication": "Controls and verdicts",
}
EXPLANATIONS = {
    "published": "Recomputed from what the papers print; no corpus is needed.",
    "synthetic": (
        "Made by this project with planted effects, to show that the whole chain works. These "
        "numbers say nothing about the papers' claims and must not be quoted as results."
    ),
    "open": "Real data that anyone can get. Not the papers' corpora, so not comparable with them.",
    "licensed": "The papers' own corpora.",
    "replication": (
        "Made from the results of all other stages, those on the synthetic sample among them, and "
        "from runs on permuted labels and simulated data: no result of a paper."
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
"""Tables that a result's section shows, in this order, by file and title."""
LONGEST = 50
WATERMARK = """```{raw} html
<style>.bd-article { background-image: var(--synthetic); }</style>
```"""
"""Put on every page that shows results on a synthetic sample."""


def markdown_table(table: pd.DataFrame) -> str:
    """A pipe table; numbers as they are, empty for missing."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if pd.isna(value) else f"{value:g}"
        return "" if value is None or value is pd.NA else str(value).replace("|", "\\|")

    rows = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy(object).tolist()]
    return "\n".join("| " + " | ".join(cell(value) for value in row) + " |" for row in rows)


def scores(result: StageResult) -> pd.DataFrame | None:
    """Experiments by metric as ``estimate [low, high]``, or None where the stage has no scores."""
    rows = []
    for experiment, metrics in result.content["values"].items():
        if not isinstance(metrics, dict):
            continue
        row = {"experiment": experiment}
        for metric, entry in metrics.items():
            if isinstance(entry, dict) and {"score", "low", "high"} <= set(entry):
                row[metric] = f"{entry['score']:.3f} [{entry['low']:.3f}, {entry['high']:.3f}]"
                row["runs"] = entry["runs"]
                row["samples"] = entry["samples"]
        if len(row) > 1:
            rows.append(row)
    return pd.DataFrame(rows) if rows else None


def group_of(result: StageResult) -> str:
    """Under which of `KINDS` a result stands: by its data, replication by itself."""
    return "replication" if result.notebook.startswith("replication/") else result.kind


def marker_of(result: StageResult) -> str:
    """What a result's data are, in words."""
    together = group_of(result) == "replication"
    return "results of all stages" if together else str(result.content["data"]["marker"])


def provenance_line(result: StageResult) -> str:
    """One line that traces a result: stage, data, settings, seed, code."""
    content, data = result.content, result.content["data"]
    named = f"{data['corpus']} " if "corpus" in data else ""
    version = f", version `{data['version'][:16]}`" if "version" in data else ""
    return (
        f"Stage `{content['stage']}`; data: {named}{marker_of(result)}{version}; "
        f"settings `{content['settings_version'][:12]}`; seed {content['seed']}; "
        f"code `{content['code_version'][:12]}`."
    )


def figures(result: StageResult, base: Path) -> Iterable[str]:
    """Markdown of every figure of a result with its caption, with paths relative to `base`."""
    for path in sorted((result.folder / "figures").glob("*.png")):
        caption_file = path.with_suffix(".txt")
        caption = caption_file.read_text(encoding="utf-8").strip() if caption_file.exists() else ""
        yield f"![{caption}]({os.path.relpath(path, base)})\n\n*{caption}*\n"


def section(result: StageResult, base: Path, level: int = 3, pictures: bool = True) -> str:
    """A stage's results: heading, marker, scores or findings, tables beside the papers, figures."""
    data = result.content["data"]
    name = f"`{result.notebook}`" + (f" on {data['corpus']}" if "corpus" in data else "")
    parts = [f"{'#' * level} {name}", f"*{marker_of(result)}*. " + EXPLANATIONS[group_of(result)]]
    table = scores(result)
    if table is not None:
        parts.append(markdown_table(table))
    for file, title in TABLES.items():
        path = result.folder / "tables" / f"{file}.csv"
        if path.is_file():
            table = pd.read_csv(path, dtype=object).drop(
                columns=["cell_id", "claim"], errors="ignore"
            )
            parts += [f"**{title}**", markdown_table(table.head(LONGEST))]
    if pictures:
        parts += figures(result, base)
    parts.append(provenance_line(result))
    return "\n\n".join(parts) + "\n"


def overview(results: list[StageResult], base: Path, pictures: bool) -> str:
    """All results, grouped by what the data are, the least conclusive marked as such."""
    parts = []
    for kind, title in KINDS.items():
        chosen = [result for result in results if group_of(result) == kind]
        if chosen:
            parts.append(f"## {title}\n\n{EXPLANATIONS[kind]}\n")
            parts += [section(result, base, 3, pictures) for result in chosen]
    return "\n".join(parts)
