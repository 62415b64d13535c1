"""One page for each paper: method, exhibits beside ours, audit, contradictions and defaults."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation.metrics import METRICS
from lib.evaluation.results import StageResult
from lib.figures.style import save_figure, use_style
from lib.published.tables import method, protocol
from lib.report.diagrams import method_figure
from lib.report.pages import KINDS, figures, render

ORIGIN = ["stage", "corpus", "version", "settings", "seed", "code", "level", "provenance"]
"""Columns of a verdict that say what produced our number."""
LOWER = ", lower is better"
MEANINGS = {
    name: metric.meaning + ("" if metric.higher_is_better else LOWER)
    for name, metric in METRICS.items()
} | {
    "accuracy": "share of clips that are right; ours is UAR, as the paper's Fig. 4 shows",
    "parameters": "trainable numbers of the network",
    "count": "counted in the corpus",
    "share of the true class": "row of a confusion matrix",
}
"""Explanation of every metric that a paper prints."""


def paper_page(
    paper: str,
    cells: pd.DataFrame,
    claims: pd.DataFrame,
    findings: pd.DataFrame,
    results: list[StageResult],
    folder: Path,
    notebooks: Collection[str] = (),
) -> str:
    """MyST of a paper's page; its diagram is written into `folder`.

    Parameters
    ----------
    cells, claims, findings : DataFrame
        Verdicts from `lib.replication.verdicts`, and findings of the audit.
    results : list of StageResult
        Results on the corpora that the paper uses, below the site's source.
    notebooks : collection of str
        Pages of executed notebooks that the site has.
    """
    about, short = method(paper), paper.split("-")[0]
    use_style()
    caption = f"Method of {about['reference']}, drawn by this project."
    picture = save_figure(
        method_figure(about["boxes"], about["arrows"]), folder / f"{paper}.png", caption
    )
    own = cells[cells["paper"] == paper].reset_index(drop=True)
    known = own[own["ours"].notna()].drop_duplicates(ORIGIN).reset_index(drop=True)
    anchors = {
        tuple(row): f"origin-{short}-{number}"
        for number, row in enumerate(known[ORIGIN].astype(str).to_numpy(), 1)
    }
    shown = ["quote", "metric", "published difference", "our difference", "verdict"]
    sampled = own["verdict"].str.contains("synthetic").any()
    captioned = [
        (f"{result.notebook} {result.content['data'].get('corpus', '')}".strip(), found)
        for result in results
        if (found := figures(result, folder))
    ]
    return render(
        "paper",
        short=short,
        about=about,
        diagram={"path": picture.name, "caption": caption},
        synthetic=KINDS["synthetic"] if sampled else None,
        exhibits=[
            _exhibit(str(name), table, anchors)
            for name, table in own.groupby("exhibit", sort=False)
        ],
        claims=claims.loc[claims["paper"] == paper, shown],
        origins=[
            _origin(anchor, dict(zip(ORIGIN, values, strict=True)), notebooks)
            for values, anchor in anchors.items()
        ],
        findings=findings[findings["paper"] == paper].drop(columns="paper"),
        protocol=_protocol(paper),
        pictures=captioned,
    )


def _exhibit(
    name: str, table: pd.DataFrame, anchors: Mapping[tuple[str, ...], str]
) -> dict[str, Any]:
    rows = []
    for cell in table.to_dict("records"):
        text = ""
        if pd.notna(cell["ours"]):
            anchor = anchors[tuple(str(cell[column]) for column in ORIGIN)]
            text = f"[{_number(cell['ours'])}](#{anchor})"
            if pd.notna(cell["low"]):
                text += f" [{_number(cell['low'])}, {_number(cell['high'])}]"
        spread = f" ± {_number(cell['spread'])}" if pd.notna(cell["spread"]) else ""
        rows.append((_number(cell["published"]) + spread, text))
    shown = table[["row", "column", "metric"]].reset_index(drop=True)
    shown[["printed", "ours"]] = rows
    shown["verdict"] = table["verdict"].to_list()
    shown["column"] = shown["column"].where(shown["column"] != shown["metric"], "")
    if not shown["column"].any():
        shown = shown.drop(columns="column")
    metrics = [f"{metric}: {MEANINGS.get(metric, metric)}" for metric in table["metric"].unique()]
    runs = [f"{number:g}" for number in table["runs"].dropna().unique()]
    found = {"metrics": "; ".join(metrics), "runs": ", ".join(runs)}
    return found | {"name": name, "cells": shown}


def _origin(anchor: str, traced: dict[str, str], notebooks: Collection[str]) -> dict[str, str]:
    stage, corpus, marker = traced["stage"], traced["corpus"], traced["provenance"]
    page = "-".join(filter(None, [*stage.split("/"), corpus]))
    link = f"[`{stage}`](../notebooks/{page}.ipynb)"
    data = f"{corpus}, {marker}, version `{traced['version'][:18]}`" if corpus else marker
    code = f"settings `{traced['settings']}`; seed {traced['seed']}; code `{traced['code']}`; "
    rest = (code if traced["settings"] else "") + traced["level"]
    named = link if f"notebooks/{page}" in notebooks else f"`{stage}`"
    return {"anchor": anchor, "stage": named, "data": data, "rest": rest}


def _protocol(paper: str) -> pd.DataFrame:
    names = ["stated", "inferred", "verified", "default", "source", "reason"]
    items = pd.DataFrame(protocol(paper), dtype=object).T.reindex(columns=names)
    items["inferred"] = items["inferred"].combine_first(items.pop("verified"))
    items.columns = pd.Index(["stated", "known besides", "done here", "where", "why"])
    return items.fillna("").rename_axis("item").reset_index()


def _number(value: Any) -> str:
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
