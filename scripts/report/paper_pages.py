"""One page for each paper: method, exhibits beside ours, audit, contradictions and defaults."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import yaml

from lib.evaluation.metrics import METRICS
from lib.evaluation.results import StageResult
from lib.figures.style import save_figure, use_style
from lib.figures.tables import paper_form
from lib.published.tables import PAPERS, SHARED, method, protocol
from lib.replication import verdicts
from lib.replication.verdicts import claim_verdicts
from lib.runs.code import ROOT
from scripts.report.diagrams import method_figure
from scripts.report.documented import documented
from scripts.report.pages import picture, pictures, render, short_number


def citation(paper: str) -> dict[str, Any]:
    """A paper's entry of ``CITATION.cff``: title, authors, year, and given names, venue and DOI where known.

    Raises
    ------
    KeyError
        If the file has no reference with this ``abbreviation``.
    """
    document = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    entries = {entry["abbreviation"]: entry for entry in document["references"]}
    entry = entries[paper]
    names = [f"{person.get('given-names', '')} {person['family-names']}" for person in entry["authors"]]
    known = {name: entry.get(name) for name in ("title", "year", "doi")}
    return known | {"authors": [name.strip() for name in names], "venue": entry.get("journal")}


def paper_page(
    paper: str,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    results: list[StageResult],
    folder: Path,
    notebooks: Collection[str] = (),
) -> str:
    """MyST of a paper's page in the book; its diagram is written into `folder`.

    `cells` are from `lib.replication.verdicts.cell_verdicts`, `findings` those of the audit. Of the
    `results`, which lie below the site's source, the paper's own are shown; `notebooks` are the
    pages of its executed notebooks that the site has, in the order of work.
    """
    notebook = method(paper)["notebooks"]
    shown = [
        (f"{result.notebook} {result.content['data']['corpus']}", found)
        for result in own_results(paper, results)
        if result.content["data"].get("corpus") in verdicts.PAPER_CORPORA[paper]
        and (found := pictures(result, folder))
    ]
    return render(
        "paper",
        notebooks=notebooks,
        protocol=_protocol(paper),
        parameters=_parameters(paper, notebook),
        pictures=shown,
        **_values(paper, cells, findings, results, folder),
    )


def tracked_page(
    paper: str,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    results: list[StageResult],
    folder: Path,
    **shown: Any,
) -> str:
    """Markdown of the paper's page that git keeps; its diagram is written into `folder`.

    Papers that share notebooks share their results too, which stand on the last one's page.
    `shown` are the ``pictures`` and ``sections`` of all results; the page takes the paper's own.
    """
    notebook = method(paper)["notebooks"]
    last = [other for other in PAPERS if method(other)["notebooks"] == notebook][-1]
    own = {
        name: [entry for entry in entries if entry["notebook"].startswith(f"{notebook}/")]
        for name, entries in shown.items()
    }
    values = _values(paper, cells, findings, results, folder)
    return render("tracked_paper", paper=paper, last=last, **own, **values)


def own_results(paper: str, results: list[StageResult]) -> list[StageResult]:
    """Results of the paper's notebooks."""
    return [r for r in results if r.notebook.startswith(f"{method(paper)['notebooks']}/")]


def _values(
    paper: str,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    results: list[StageResult],
    folder: Path,
) -> dict[str, Any]:
    """What both pages show; the diagram is written into `folder`."""
    about, short = method(paper), paper.split("-")[0]
    use_style()
    caption = f"Method of {about['reference']}, drawn by this project."
    drawn = method_figure(about["boxes"], about["arrows"])
    diagram = picture(save_figure(drawn, folder / f"{paper}.png", caption), folder)
    plt.close(drawn)
    own = cells[cells["paper"] == paper].copy()
    known = own[own["ours"].notna()].groupby(verdicts.ORIGIN, sort=False)
    own["anchor"] = (known.ngroup() + 1).map(f"origin-{short}-{{}}".format)
    claims, hidden = claim_verdicts(cells, results), ["claim_id", "subject", "comparator"]
    return {
        "short": short,
        "about": about,
        "citation": citation(paper),
        "diagram": diagram,
        "synthetic": own["verdict"].str.contains("synthetic").any(),
        "measures": METRICS,
        "counts": verdicts.summary(cells).loc[paper].to_dict(),
        "exhibits": [_exhibit(str(name), rows) for name, rows in own.groupby("exhibit", sort=False)],
        "claims": claims[claims["paper"] == paper].drop(columns=hidden),
        "origins": own.dropna(subset="anchor").drop_duplicates("anchor").to_dict("records"),
        "findings": findings[findings["paper"] == paper].drop(columns="paper"),
    }


def _exhibit(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    """Printed numbers in the paper's form with ours, their origins, and why others have none.

    An exhibit with several numbers at one place (p and its bound) has a row for each instead.
    """
    place = [rows["row"], rows["column"].fillna(rows["metric"])]
    if rows.groupby(place)["cell_id"].size().max() > 1:
        flat = rows.assign(printed=rows["published"].map(short_number, na_action="ignore"))
        form = flat[["verdict", "row", "column", "metric", "printed", "ours"]]
    else:
        (form,) = paper_form(rows).values()
    known, reasons = rows.dropna(subset="anchor"), rows.loc[rows["ours"].isna(), "verdict"]
    return {
        "name": name,
        "cells": rows,
        "form": form,
        "origins": known.drop_duplicates("anchor")[["anchor", "stage", "corpus"]].to_dict("records"),
        "without": {str(reason): int(n) for reason, n in reasons.value_counts(sort=False).items()},
    }


def _protocol(paper: str) -> pd.DataFrame:
    names = ["stated", "inferred", "verified", "default", "source", "reason"]
    items = pd.DataFrame(protocol(paper), dtype=object).T.reindex(columns=names)
    items["inferred"] = items["inferred"].combine_first(items.pop("verified"))
    items.columns = pd.Index(["stated", "known from elsewhere", "done here", "where", "why"])
    return items.astype(object).fillna("").rename_axis("item").reset_index()


def _parameters(paper: str, block: str) -> pd.DataFrame:
    """The paper profile's values of a block of ``params.yaml`` that this paper's items explain."""
    rows = []
    for row in documented():
        if row.paper in (paper, SHARED) and row.parameter.startswith(f"{block}."):
            item = protocol(row.paper)[row.item]
            value = json.dumps(row.value, ensure_ascii=False)
            rows.append((row.parameter, value, row.item, item["source"], item["reason"]))
    return pd.DataFrame(rows, columns=["parameter", "value", "item", "where", "why"])
