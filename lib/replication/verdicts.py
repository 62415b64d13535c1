"""Verdicts: every published number beside ours, what produced it, and every claim on two of them."""

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from lib.corpora import catalogue
from lib.evaluation.beside import AGREES, DIFFERS, GAP
from lib.evaluation.results import StageResult
from lib.evaluation.scores import P_VALUE, independent_difference
from lib.published.tables import PAPERS, cells, claims

PAPER_CORPORA = {
    paper: tuple(name for name in catalogue.names() if paper.split("-")[0] in catalogue.get(name).papers)
    for paper in PAPERS
}
GATED = "not run: needs a licensed copy of {}"
UNKNOWN = "not run: no stage gives this number"
STATED = "not run: the number describes the set-up or repeats a table"
DASH = "not comparable: the paper prints a dash"

UNPRINTED = "not comparable: the paper shows this in a figure without numbers"
FOREIGN = ("not comparable", "protocol differs")
HOLDS, FAILS, OPEN = "holds", "fails", "open"
Difference = tuple[float, float, float, float]
"""A difference, its limits and its p-value."""

MEASURED = ["cell_id", "ours", "low", "high", "runs", *GAP, "verdict"]
ORIGIN = ["stage", "corpus", "provenance", "version", "seed", "settings", "code"]


class VerdictError(ValueError):
    """Two tables give a number for the same published cell."""


def ours(results: Iterable[StageResult]) -> pd.DataFrame:
    """Our numbers for published cells (`MEASURED`), and where they come from (`ORIGIN`).

    Read from every table of a stage with ``cell_id`` and ``ours``, on corpora that the cell's paper uses.
    Each cell belongs to one stage. VerdictError if two tables give the same cell.
    """
    tables = [pd.DataFrame(columns=[*MEASURED, *ORIGIN])]
    for result in results:
        content, data = result.content, result.content["data"]
        versions = (content[f"{name}_version"][:12] for name in ("settings", "code"))
        known = (data.get("corpus", ""), data["marker"], data.get("version", ""), content["seed"])
        origin = dict(zip(ORIGIN, (result.notebook, *known, *versions), strict=True))
        for path in sorted((result.folder / "tables").glob("[!.]*.csv")):
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
        ``spread``, ``unit``, ``state``, ``note``, then the columns of `ours`. A verdict is agrees,
        differs, inconclusive, protocol differs (how), not comparable (why) or not run (why).
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
    if str(cell["state"]).startswith("not run"):
        return cell["state"]
    text = cell["exhibit"].startswith("Section") or cell["metric"] == "ratio"
    if pd.isna(cell["stage"]):
        return STATED if text else UNKNOWN
    entries = [catalogue.get(name) for name in PAPER_CORPORA[cell["paper"]]]
    titles = [entry.title for entry in entries if entry.printed_as == cell["row"]]
    return GATED.format(titles[0]) if titles else UNKNOWN


def claim_verdicts(cell_table: pd.DataFrame, results: Collection[StageResult]) -> pd.DataFrame:
    """One row for every claim: the published difference, ours with its interval, and a verdict.

    Where a stage tests the pair, ours is the paired difference, and its p-value stands beside the
    stated one. Elsewhere the scores count as independent, which makes the interval too wide rather
    than too narrow, and there is no p-value.

    Parameters
    ----------
    cell_table : DataFrame
        From `cell_verdicts`.
    results : collection of StageResult
        Stored results, among them those of the stages with tests.
    """
    by_cell, tested = cell_table.set_index("cell_id"), tested_pairs(results)
    table, rows = claims().reset_index(), []
    for claim in table.to_dict("records"):
        names = [name for name in str(claim["cells"]).split(";") if name in by_cell.index]
        pair = by_cell.loc[names]
        published, verdict = np.nan, UNPRINTED
        found: Difference = (np.nan,) * 4
        if len(pair) == 2:
            published = -float(np.diff(pair["published"].to_numpy(float))[0])
            place = [str(claim[key]) for key in ("paper", "subject", "comparator", "metric")]
            factor = 100 if (pair["unit"] == "percent").all() else 1
            scores = pair[["ours", "low", "high"]].to_numpy(float) / factor
            found = tested.get(tuple(place)) or (*independent_difference(*scores).tolist(), np.nan)
            found = (factor * found[0], factor * found[1], factor * found[2], found[3])
            foreign = pair["ours"].isna() | pair["verdict"].str.startswith(FOREIGN)
            obstacles = pair.loc[foreign, "verdict"].to_list()
            verdict = obstacles[0] if obstacles else claim_verdict(published, *found[1:3])
        rows.append((published, *found, verdict))
    numbers = ["our difference", "low", "high", P_VALUE]
    ours = pd.DataFrame(rows, columns=["published difference", *numbers, "verdict"])
    columns = ["claim_id", "paper", "quote", "subject", "comparator", "metric", "stated_p"]
    return table[columns].join(ours.round(4))


def claim_verdict(published: float, low: float, high: float) -> str:
    """Whether a claimed difference holds, fails or is open.

    It holds if our whole interval has its sign, fails if it has the other one, and is open if the
    interval contains zero.
    """
    if not (low > 0 or high < 0):
        return OPEN
    return HOLDS if np.sign(low) == np.sign(published) else FAILS


def tested_pairs(results: Collection[StageResult]) -> dict[tuple[str, ...], Difference]:
    """Paired differences of all stages on papers' own corpora.

    The keys are paper, first and second experiment, and metric. Read from the tables ``tests``;
    values over time count after post-processing.
    """
    found: dict[tuple[str, ...], Difference] = {}
    for result in results:
        path, corpus = result.folder / "tables" / "tests.csv", result.content["data"].get("corpus")
        papers = [paper for paper, own in PAPER_CORPORA.items() if corpus in own]
        if not papers or not path.is_file():
            continue
        table = pd.read_csv(path)
        if "processing" in table:
            table = table[table["processing"] == "post-processed"]
        metric = "metric" if "metric" in table else "row"
        for row in table.to_dict("records"):
            difference, low, high = (float(row[name]) for name in ("difference", "low", "high"))
            for paper in papers:
                place = (paper, str(row["first"]), str(row["second"]), str(row[metric]))
                found[place] = (difference, low, high, float(row.get(P_VALUE, np.nan)))
    return found


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
        unbuilt = own.loc[own["verdict"] == own["state"], "state"].value_counts(sort=False)
        for state, number in unbuilt.items():
            rows.append((paper, number, "a method of another paper", "", str(state), ""))
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
