"""One page a paper: method, exhibits beside ours, audit, contradictions and defaults."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from lib.evaluation.metrics import METRICS
from lib.evaluation.results import StageResult
from lib.figures.style import save_figure, use_style
from lib.published.tables import FOLDER, protocol
from lib.report.pages import EXPLANATIONS, KINDS, WATERMARK, markdown_table

STAGES = {
    "shi2020-smern": "skeletal", "shi2021-smern-ga": "skeletal",
    "priyasad2020-audio-visual": "audiovisual", "vo2022-context": "context",
    "lee2018-valence": "valence",
}  # fmt: skip
"""Folder of notebooks by paper."""
ORIGIN = ("stage", "corpus", "version", "settings", "seed", "code", "level", "provenance")
"""Columns of a verdict that say what made the number."""
MEANINGS = {name: metric.meaning for name, metric in METRICS.items()} | {
    "accuracy": "share of clips that are right; ours is UAR, as the paper's Fig. 4 shows",
    "parameters": "trainable numbers of the network",
    "count": "counted in the corpus",
    "share of the true class": "row of a confusion matrix",
}
"""Explanation of every metric that a paper prints."""


def methods() -> dict[str, dict[str, Any]]:
    """Title, reference, method and diagram of each paper."""
    return yaml.safe_load((FOLDER / "methods.yaml").read_text(encoding="utf-8"))


def slug(text: str) -> str:
    """A text as an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def short(paper: str) -> str:
    """Key without the word behind it, shi2020 of shi2020-smern."""
    return paper.split("-")[0]


def paper_page(
    paper: str, cells: pd.DataFrame, claims: pd.DataFrame, findings: pd.DataFrame,
    results: list[StageResult], folder: Path,
) -> str:  # fmt: skip
    """MyST of a paper's page; its diagram is written into `folder`.

    Parameters
    ----------
    cells, claims : DataFrame
        From `lib.replication.verdicts`.
    findings : DataFrame
        Of the audit.
    results : list of StageResult
        Of the stages whose corpora the paper uses, below the site's source.
    """
    from lib.report.diagrams import method_figure

    about = methods()[paper]
    use_style()
    picture = folder / f"{paper}.png"
    caption = f"Method of {about['reference']}, drawn by this project."
    save_figure(method_figure(about["boxes"], about["arrows"]), picture, caption)
    own = cells[cells["paper"] == paper]
    parts = [f"# {short(paper)}: {about['title']}", f"*{about['reference']}*", about["method"],
             f"![{caption}]({picture.name})", _banner(own)]  # fmt: skip
    parts += [
        "## Printed and found",
        "Ours stands with its 95 % interval and links to what made "
        "it. *Agrees*: the printed value lies in our interval, on the paper's own corpus.",
    ]
    origins: dict[tuple[str, ...], str] = {}
    for exhibit, table in own.groupby("exhibit", sort=False):
        parts += _exhibit(str(exhibit), table, origins)
    parts += ["## Claims", _claims(claims[claims["paper"] == paper])]
    parts += ["(origins)=\n## What made our numbers", *_origins(origins, results)]
    wanted = findings[findings["paper"] == paper].drop(columns="paper")
    parts += ["## The printed numbers, checked against themselves", markdown_table(wanted)]
    parts += ["## What the paper leaves open or contradicts, and what is done here",
              _protocol(paper)]  # fmt: skip
    parts += ["## Figures", *_figures(results, folder)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _banner(own: pd.DataFrame) -> str:
    if not own["verdict"].str.contains("synthetic").any():
        return ""
    text = f"**{KINDS['synthetic']}.** {EXPLANATIONS['synthetic']}"
    return f"{WATERMARK}\n\n:::{{container}} synthetic\n{text}\n:::"


def _exhibit(exhibit: str, table: pd.DataFrame, origins: dict[tuple[str, ...], str]) -> list[str]:
    rows = []
    for cell in table.to_dict("records"):
        known = pd.notna(cell["ours"])
        text = ""
        if known:
            key = tuple(str(cell[name]) for name in ORIGIN)
            anchor = origins.setdefault(key, f"origin-{len(origins) + 1}")
            text = f"[{_number(cell['ours'])}](#{anchor})"
            if pd.notna(cell["low"]):
                text += f" [{_number(cell['low'])}, {_number(cell['high'])}]"
        printed = _number(cell["published"])
        if pd.notna(cell["spread"]):
            printed += f" ± {_number(cell['spread'])}"
        column = "" if cell["column"] == cell["metric"] else cell["column"]
        rows.append({"row": cell["row"], "column": column, "metric": cell["metric"],
                     "printed": printed, "ours": text, "verdict": cell["verdict"]})  # fmt: skip
    shown = pd.DataFrame(rows)
    if not shown["column"].any():
        shown = shown.drop(columns="column")
    card = "; ".join(f"{name}: {MEANINGS.get(name, name)}" for name in table["metric"].unique())
    runs = table["runs"].dropna().unique()
    number = f" Runs behind each number of ours: {', '.join(f'{run:g}' for run in runs)}." \
        if len(runs) else ""  # fmt: skip
    body = markdown_table(shown)
    note = f"*Protocol.* {card}.{number} [How it was made](#origins)."
    if len(shown) > 30:
        body = f"<details><summary>{len(shown)} cells</summary>\n\n{body}\n\n</details>"
    return [f"### {exhibit}", note, body]


def _claims(table: pd.DataFrame) -> str:
    if not len(table):
        return "The paper compares nothing in words."
    columns = ["quote", "metric", "published difference", "our difference", "verdict"]
    return markdown_table(table[columns])


def _origins(origins: dict[tuple[str, ...], str], results: list[StageResult]) -> list[str]:
    if not origins:
        return ["No number of ours stands beside this paper's yet."]
    pages = {(r.notebook, r.content["data"].get("corpus", "")) for r in results}
    parts = []
    for (stage, corpus, version, settings, seed, code, level, marker), anchor in origins.items():
        name = "-".join([*stage.split("/"), *([corpus] if corpus else [])])
        where = f"[`{stage}`](../notebooks/{name}.ipynb)" if (stage, corpus) in pages \
            else f"`{stage}`"  # fmt: skip
        data = f"{corpus}, {marker}, version `{version[:18]}`" if corpus else marker
        traced = f"settings `{settings}`; seed {seed}; code `{code}`; " if settings else ""
        parts.append(f"({anchor})=\n- Stage {where}; data: {data}; {traced}{level}.")
    return parts


def _protocol(paper: str) -> str:
    rows = [
        {"item": name, "stated": item.get("stated", ""),
         "known besides": item.get("inferred") or item.get("verified") or "",
         "done here": item["default"], "where": item["source"], "why": item["reason"]}
        for name, item in protocol(paper).items()
    ]  # fmt: skip
    return markdown_table(pd.DataFrame(rows).astype(str).replace("nan", ""))


def _figures(results: list[StageResult], folder: Path) -> list[str]:
    from lib.report.pages import figures

    parts = []
    for result in results:
        pictures = list(figures(result, folder))
        if pictures:
            corpus = result.content["data"].get("corpus", "")
            parts += [f"### {result.notebook} {corpus}".rstrip(), *pictures]
    return parts or ["None yet."]


def _number(value: Any) -> str:
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
