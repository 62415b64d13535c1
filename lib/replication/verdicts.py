"""Every published number beside ours, with a verdict and what stands behind it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import catalogue as catalog
from lib.evaluation.results import StageResult
from lib.published.tables import PAPERS, cells, claims

PAPER_CORPORA = {
    paper: tuple(
        name for name in catalog.names() if paper.split("-")[0] in catalog.get(name).papers
    )
    for paper in PAPERS
}
LEVELS = {
    "computed": "byte-identical on CPU",
    "trained": "same device",
}
"""How far a number repeats: the same bytes on any processor, or on one of the same kind."""
COPIED = "not run: printed from another paper, whose method is not built here"
GATED = "not run: needs a licensed copy of {}"
UNKNOWN = "not run: no stage gives this number"

_COLUMNS = [
    "cell_id", "ours", "low", "high", "runs", "gap", "verdict", "stage", "corpus", "provenance",
    "version", "settings", "seed", "code",
]  # fmt: skip


def ours(results: Iterable[StageResult]) -> pd.DataFrame:
    """Numbers of ours that stand beside a published cell, with what traces them.

    Read from every table of a stage that has a column ``cell_id``, on corpora that the cell's paper
    uses.

    Returns
    -------
    DataFrame
        ``cell_id``, ``ours``, ``low``, ``high``, ``runs``, ``gap``, ``verdict``, ``stage``,
        ``corpus``, ``provenance``, ``version``, ``settings``, ``seed``, ``code``.
    """
    tables = []
    for result in results:
        data = result.content["data"]
        for path in sorted((result.folder / "tables").glob("*.csv")):
            table = pd.read_csv(path)
            if not {"cell_id", "ours"} <= set(table.columns):
                continue
            tables.append(
                table.reindex(columns=_COLUMNS[:7]).assign(
                    stage=result.notebook, corpus=data.get("corpus", ""), provenance=data["marker"],
                    version=data.get("version", ""), seed=result.content["seed"],
                    settings=result.content["settings_version"][:12],
                    code=result.content["code_version"][:12],
                )
            )  # fmt: skip
    if not tables:
        return pd.DataFrame(columns=_COLUMNS)
    found = pd.concat(tables, ignore_index=True)
    papers = found["cell_id"].map(cells()["paper"])
    own = [
        corpus in PAPER_CORPORA.get(paper, ())
        for corpus, paper in zip(found["corpus"], papers, strict=True)
    ]
    return found[own].drop_duplicates("cell_id").reset_index(drop=True)


def cell_verdicts(results: Iterable[StageResult]) -> pd.DataFrame:
    """One row for every published cell, in the order of the papers.

    Returns
    -------
    DataFrame
        ``cell_id``, ``paper``, ``exhibit``, ``row``, ``column``, ``metric``, ``unit``,
        ``published``, ``spread``, then the columns of `ours`, ``level`` and ``verdict``: agrees,
        differs, not comparable (why) or not run (why).
    """
    printed = cells().reset_index().rename(columns={"value": "published"})
    counted = pd.concat([ours(results), _parameters()], ignore_index=True)
    table = printed.drop(columns=["runs", "printed"]).merge(counted, on="cell_id", how="left")
    missing = table["verdict"].isna()
    reasons = pd.Series([_reason(row) for row in table.to_dict("records")], index=table.index)
    table["verdict"] = table["verdict"].where(~missing, reasons)
    level = np.where(table["metric"].isin(["parameters", "count"]), "computed", "trained")
    table["level"] = np.where(missing, "", pd.Series(level).map(LEVELS))
    order = {paper: number for number, paper in enumerate(PAPERS)}
    return table.sort_values("paper", key=lambda names: names.map(order), kind="stable",
                             ignore_index=True)  # fmt: skip


def claim_verdicts(cell_table: pd.DataFrame) -> pd.DataFrame:
    """One row for every claim: the published difference, ours, and whether it has the same sign.

    Claims compare the numbers of two cells. Where ours of both are known on the paper's own corpus,
    the claim "holds" or "does not hold" by the sign of the difference; whether the difference is
    larger than chance is for the stages of tests.

    Parameters
    ----------
    cell_table : DataFrame
        From `cell_verdicts`.
    """
    by_cell = cell_table.set_index("cell_id")
    rows = []
    for name, claim in claims().iterrows():
        pair = [cell for cell in str(claim["cells"]).split(";") if cell in by_cell.index]
        row = {"claim_id": name, "paper": claim["paper"], "quote": claim["quote"],
               "subject": claim["subject"], "comparator": claim["comparator"],
               "metric": claim["metric"]}  # fmt: skip
        if len(pair) == 2:
            chosen = by_cell.loc[pair]
            published = chosen["published"].to_numpy(float)
            known = chosen["ours"].to_numpy(float)
            row |= {"published difference": published[0] - published[1],
                    "our difference": known[0] - known[1],
                    "verdict": _claim(chosen)}  # fmt: skip
        else:
            row |= {"verdict": "not comparable: the paper shows this in a figure without numbers"}
        rows.append(row)
    return pd.DataFrame(rows).round({"published difference": 4, "our difference": 4})


def summary(cell_table: pd.DataFrame) -> pd.DataFrame:
    """Number of cells by paper and kind of verdict."""
    kind = cell_table["verdict"].str.split(":").str[0]
    table = pd.crosstab(cell_table["paper"], kind).reindex(PAPERS).fillna(0).astype(int)
    return table.assign(cells=table.sum(axis=1))


def to_do(cell_table: pd.DataFrame) -> pd.DataFrame:
    """What must be done to run what was not run, or only on a sample: one row a paper and step."""
    rows = []
    for paper in PAPERS:
        own = cell_table[cell_table["paper"] == paper]
        sampled = own["verdict"].str.contains("synthetic sample")
        gated = own["verdict"].str.startswith(GATED.split("{")[0])
        for corpus in PAPER_CORPORA[paper]:
            entry = catalog.get(corpus)
            number = int((sampled & (own["corpus"] == corpus)).sum() + (
                gated & own["verdict"].str.contains(entry.title, regex=False)).sum())  # fmt: skip
            if number:
                rows.append(
                    {"paper": paper, "cells": number, "needs": entry.title,
                     "terms": entry.licence, "how": entry.how_to_get,
                     "then": f"make corpus NAME={corpus} FROM=<folder>; make repro"}
                )  # fmt: skip
        copied = int((own["verdict"] == COPIED).sum())
        if copied:
            rows.append(
                {"paper": paper, "cells": copied, "needs": "the cited methods, built from their "
                 "own papers", "terms": "", "how": "not planned: their numbers are not this "
                 "paper's result", "then": ""}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _claim(pair: pd.DataFrame) -> str:
    if pair["ours"].isna().any():
        waiting = pair.loc[pair["ours"].isna(), "verdict"].iloc[0]
        return str(waiting)
    foreign = pair.loc[pair["verdict"].str.startswith("not comparable"), "verdict"]
    if len(foreign):
        return str(foreign.iloc[0])
    published, known = (pair[name].to_numpy(float) for name in ("published", "ours"))
    same = np.sign(published[0] - published[1]) == np.sign(known[0] - known[1])
    return "holds" if same else "does not hold"


def _reason(cell: Mapping[Any, Any]) -> str:
    """Why a cell has no number of ours."""
    text = f"{cell['row']} {cell['column']}"
    if "[" in text or ("et al." in text and "Xu" not in text) or "reported" in text:
        return COPIED
    if cell["metric"] == "count":
        titles = [catalog.get(name).title for name in PAPER_CORPORA[str(cell["paper"])]]
        chosen = [title for title in titles if str(cell["row"]).split()[0] in title] or titles[:1]
        return GATED.format(chosen[0])
    return UNKNOWN


def _parameters() -> pd.DataFrame:
    """Parameters of the skeletal networks as this project's defaults have them."""
    from lib.models.skeletal import SMACN
    from lib.models.skeletal_baselines import (
        Skeletal3DCNN,
        SkeletalCNN,
        SkeletalLSTM,
        SkeletalLSTMAttention,
    )
    from lib.models.weights import count_parameters

    built = {
        "LSTM": SkeletalLSTM(), "LSTM+Att": SkeletalLSTMAttention(), "SMACN": SMACN(),
        "CNN": SkeletalCNN(), "3DCNN": Skeletal3DCNN(),
    }  # fmt: skip
    counts = {name: count_parameters(network) for name, network in built.items()}
    table = cells()
    chosen = table[(table["metric"] == "parameters") & table["row"].isin(counts)]
    rows = []
    for name, cell in chosen.iterrows():
        own = counts[cell["row"]]
        agrees = abs(own - float(cell["value"])) <= 50  # they are printed to hundreds
        rows.append(
            {"cell_id": name, "ours": own, "low": np.nan, "high": np.nan, "runs": 0,
             "gap": own - float(cell["value"]), "verdict": "agrees" if agrees else "differs",
             "stage": "replication/02_verdicts", "corpus": "", "provenance": "no data needed",
             "version": "", "settings": "", "seed": 0, "code": ""}
        )  # fmt: skip
    return pd.DataFrame(rows)


def write(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Store tables as csv by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
