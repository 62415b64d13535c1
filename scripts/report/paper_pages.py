"""One page for each paper: method, exhibits beside ours, audit, contradictions and defaults."""

import json
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from lib.evaluation.metrics import METRICS
from lib.evaluation.results import StageResult
from lib.figures.style import save_figure, use_style
from lib.published.tables import SHARED, documented, method, protocol
from lib.replication import verdicts
from lib.replication.claims import claim_verdicts
from scripts.report.diagrams import method_figure
from scripts.report.pages import picture, pictures, render


def paper_page(
    paper: str,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    results: list[StageResult],
    folder: Path,
    notebooks: Collection[str] = (),
) -> str:
    """MyST of a paper's page; its diagram is written into `folder`.

    `cells` are from `lib.replication.verdicts.cell_verdicts`, `findings` those of the audit. Of the
    `results`, which lie below the site's source, the paper's own are shown; `notebooks` are the
    pages of executed notebooks that the site has.
    """
    about, short = method(paper), paper.split("-")[0]
    use_style()
    caption = f"Method of {about['reference']}, drawn by this project."
    drawn = method_figure(about["boxes"], about["arrows"])
    diagram = picture(save_figure(drawn, folder / f"{paper}.png", caption), folder)
    own = cells[cells["paper"] == paper].copy()
    known = own[own["ours"].notna()].groupby(verdicts.ORIGIN, sort=False)
    own["anchor"] = (known.ngroup() + 1).map(f"origin-{short}-{{}}".format)
    claims, hidden = claim_verdicts(cells, results), ["claim_id", "paper", "subject", "comparator"]
    shown = [
        (f"{result.notebook} {result.content['data']['corpus']}", found)
        for result in results
        if result.notebook.startswith(f"{about['notebooks']}/")
        and result.content["data"].get("corpus") in verdicts.PAPER_CORPORA[paper]
        and (found := pictures(result, folder))
    ]
    return render(
        "paper",
        short=short,
        about=about,
        diagram=diagram,
        synthetic=own["verdict"].str.contains("synthetic").any(),
        measures=METRICS,
        exhibits=own.groupby("exhibit", sort=False),
        claims=claims[claims["paper"] == paper].drop(columns=hidden),
        origins=own.dropna(subset="anchor").drop_duplicates("anchor").to_dict("records"),
        notebooks=notebooks,
        findings=findings[findings["paper"] == paper].drop(columns="paper"),
        protocol=_protocol(paper),
        parameters=_parameters(paper, about["notebooks"]),
        pictures=shown,
    )


def _protocol(paper: str) -> pd.DataFrame:
    names = ["stated", "inferred", "verified", "default", "source", "reason"]
    items = pd.DataFrame(protocol(paper), dtype=object).T.reindex(columns=names)
    items["inferred"] = items["inferred"].combine_first(items.pop("verified"))
    items.columns = pd.Index(["stated", "known besides", "done here", "where", "why"])
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
