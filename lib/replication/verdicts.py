"""Verdicts: every published number beside ours, and what produced it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib.corpora import catalogue
from lib.evaluation.beside import AGREES, DIFFERS, GAP
from lib.evaluation.results import StageResult
from lib.published.tables import PAPERS, cells

PAPER_CORPORA = {
    paper: tuple(name for name in catalogue.names() if paper.split("-")[0] in catalogue.get(name).papers)
    for paper in PAPERS
}
COPIED = "not run: printed from another paper, whose method is not built here"
GATED = "not run: needs a licensed copy of {}"
UNKNOWN = "not run: no stage gives this number"
STATED = "not run: the number describes the set-up or repeats a table"
DASH = "not comparable: the paper prints a dash"

MEASURED = ["cell_id", "ours", "low", "high", "runs", *GAP, "verdict"]
ORIGIN = ["stage", "corpus", "provenance", "version", "seed", "settings", "code"]


class VerdictError(ValueError):
    """Two tables give a number for the same published cell."""


def ours(results: Iterable[StageResult]) -> pd.DataFrame:
    """Our numbers for published cells (`MEASURED`), and where they come from (`ORIGIN`).

    Read from every table of a stage with ``cell_id`` and ``ours``, on corpora that the cell's paper
    uses. Each cell belongs to one stage.

    Raises
    ------
    VerdictError
        If two tables give the same cell.
    """
    tables = [pd.DataFrame(columns=[*MEASURED, *ORIGIN])]
    for result in results:
        content, data = result.content, result.content["data"]
        versions = (content[f"{name}_version"][:12] for name in ("settings", "code"))
        known = (data.get("corpus", ""), data["marker"], data.get("version", ""), content["seed"])
        origin = dict(zip(ORIGIN, (result.notebook, *known, *versions), strict=True))
        for path in sorted((result.folder / "tables").glob("*.csv")):
            table = pd.read_csv(path)
            if {"cell_id", "ours"} <= set(table.columns):
                tables.append(table.reindex(columns=MEASURED).assign(**origin))
    found = pd.concat(tables[1:] or tables, ignore_index=True)
    papers = found["cell_id"].map(cells()["paper"])
    pairs = zip(found["corpus"], papers, strict=True)
    own = [corpus in PAPER_CORPORA.get(paper, ()) for corpus, paper in pairs]
    found = found.loc[np.array(own, bool)].reset_index(drop=True)
    twice = found[found["cell_id"].duplicated(keep=False)]
    if len(twice):
        cell = twice["cell_id"].iloc[0]
        stages = sorted(set(twice.loc[twice["cell_id"] == cell, "stage"]))
        raise VerdictError(f"{cell} has two numbers, from {' and '.join(stages)}")
    return found


def cell_verdicts(results: Iterable[StageResult]) -> pd.DataFrame:
    """One row for every published cell, in the order of the papers.

    Returns
    -------
    DataFrame
        ``cell_id``, ``paper``, ``exhibit``, ``row``, ``column``, ``metric``, ``published``,
        ``spread``, ``unit``, ``note``, then the columns of `ours`. A verdict is agrees, differs,
        inconclusive, protocol differs (how), not comparable (why) or not run (why).
    """
    printed = cells().reset_index().rename(columns={"value": "published"})
    counted = pd.concat([ours(results), _parameters()], ignore_index=True)
    reasons, kept = printed.apply(_reason, axis=1), ["runs", "printed", "stage"]
    table = printed.drop(columns=kept).merge(counted, on="cell_id", how="left")
    table["verdict"] = table["verdict"].mask(table["published"].isna()).fillna(reasons)
    order = table["paper"].map(PAPERS.index).argsort(kind="stable")
    return table.drop(columns="quoted_from").iloc[order].reset_index(drop=True)


def _reason(cell: pd.Series) -> str:
    """Why a published cell would have no number of ours."""
    if pd.isna(cell["published"]):
        return DASH
    if pd.notna(cell["quoted_from"]):
        return COPIED
    text = cell["exhibit"].startswith("Section") or cell["metric"] == "ratio"
    if pd.isna(cell["stage"]):
        return STATED if text else UNKNOWN
    entries = [catalogue.get(name) for name in PAPER_CORPORA[cell["paper"]]]
    titles = [entry.title for entry in entries if entry.printed_as == cell["row"]]
    return GATED.format(titles[0]) if titles else UNKNOWN


def summary(cell_table: pd.DataFrame) -> pd.DataFrame:
    """Number of cells by paper and kind of verdict."""
    kind = cell_table["verdict"].str.split(":").str[0]
    table = pd.crosstab(cell_table["paper"], kind).reindex(PAPERS).fillna(0).astype(int)
    return table.assign(cells=table.sum(axis=1))


def to_do(cell_table: pd.DataFrame) -> pd.DataFrame:
    """What is needed to run what was not run, or only on a sample; one row per step."""
    rows = []
    for paper in PAPERS:
        own = cell_table[cell_table["paper"] == paper]
        sampled = own["verdict"].str.contains("synthetic sample")
        for corpus in PAPER_CORPORA[paper]:
            entry = catalogue.get(corpus)
            waiting = own["verdict"] == GATED.format(entry.title)
            number = int((waiting | sampled & (own["corpus"] == corpus)).sum())
            command = f"make corpus NAME={corpus} FROM=<folder>; make repro"
            rows.append((paper, number, entry.title, entry.licence, entry.how_to_get, command))
        needs = "the cited methods, built from their own papers"
        how = "not planned: their numbers are not this paper's result"
        rows.append((paper, int((own["verdict"] == COPIED).sum()), needs, "", how, ""))
    table = pd.DataFrame(rows, columns=["paper", "cells", "needs", "terms", "how", "then"])
    return table[table["cells"] > 0].reset_index(drop=True)


def _parameters() -> pd.DataFrame:
    """Numbers of parameters of the skeletal networks with this project's defaults."""
    from lib.models import skeletal, skeletal_baselines
    from lib.models.weights import count_parameters

    networks = {
        "LSTM": skeletal_baselines.SkeletalLSTM,
        "LSTM+Att": skeletal_baselines.SkeletalLSTMAttention,
        "SMACN": skeletal.SMACN,
        "CNN": skeletal_baselines.SkeletalCNN,
        "3DCNN": skeletal_baselines.Skeletal3DCNN,
    }
    chosen = cells().query("metric == 'parameters' and row in @networks")
    own = chosen["row"].map(lambda name: count_parameters(networks[name]()))
    gap = own - chosen["value"]
    found = pd.DataFrame({"ours": own, "low": np.nan, "high": np.nan, "runs": 0, "gap": gap, "margin": 50.0})
    found["gap low"] = found["gap high"] = gap
    found["verdict"] = np.where(gap.abs() <= 50, AGREES, DIFFERS)  # printed to hundreds
    found[["stage", "provenance"]] = "replication/02_verdicts", "no data needed"
    return found.assign(seed=0, corpus="", version="", settings="", code="").reset_index()
