"""What a reader takes away: the numbers of the report's first sentences, from stored tables."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.results import StageResult
from lib.published import tables
from lib.published.tables import PAPERS
from lib.replication import verdicts
from lib.replication.verdicts import claim_verdicts
from lib.splits.schemes import SCHEMES, keeps_apart
from scripts.planted import expected

AUDIT = "published/01_audit"
CONTROLS = "replication/01_controls"
SIMULATION = "replication/05_intervals"
SPLITS = ("skeletal/05_cross_speaker", "audiovisual/05_cross_subject")
"""Stages with both kinds of split, in the order in which they are shown."""
LEAKING = "leaking"
PRINTED_SPLITS = (
    (
        "shi2021-table-4-smacn-division-without-considering-speakers-uar",
        "shi2021-table-4-smacn-no-speaker-sharing-uar",
    ),
    ("priyasad2020-table-2-rml-proposed-accuracy", "priyasad2020-table-1-rml-proposed-accuracy"),
    (
        "priyasad2020-table-2-enterface-05-proposed-accuracy",
        "priyasad2020-table-1-enterface-05-proposed-accuracy",
    ),
)
"""Published cells of the same network with shared speakers and without."""
MOST = 3


def takeaways(results: Sequence[StageResult], cells: pd.DataFrame) -> dict[str, Any]:
    """Values of the first sentences; None where the tables for one are missing.

    `cells` are from `lib.replication.verdicts.cell_verdicts`. The keys are ``audit``, ``t_test``,
    ``splits``, ``planted`` and ``licensed``.
    """
    return {
        "audit": _audit(results),
        "t_test": _t_test(results),
        "splits": _splits(results),
        "planted": _planted(results),
        "licensed": _licensed(cells),
    }


def widest(checks: pd.DataFrame) -> pd.DataFrame:
    """The inconsistent checks that matter most, at most one for each paper.

    A check counts if the number that it asks about is in a table or a claim of its paper and
    another number follows from the rest of what is printed. Of each paper's checks the one is kept
    whose two numbers have the largest ratio; then the `MOST` largest of these.
    """
    table = checks[checks["outcome"] == "inconsistent"].copy()
    for name in ("published", "recomputed"):
        table[name] = pd.to_numeric(table[name])
    table = table[(table[["published", "recomputed"]] > 0).all(axis=1)]
    known = [
        bool(np.isclose(_printed(paper), value, rtol=1e-9).any())
        for paper, value in zip(table["paper"], table["published"], strict=True)
    ]
    table = table[np.array(known, bool)]
    gap = np.abs(np.log(table["recomputed"] / table["published"]))
    order = table.assign(gap=gap).sort_values("gap", ascending=False, kind="stable")
    return order.drop_duplicates("paper").head(MOST).drop(columns="gap")


def _printed(paper: str) -> np.ndarray:
    """Every number in the tables and claims of a paper."""
    claims = tables.claims()
    stated = claims.loc[claims["paper"] == paper, ["stated_value", "stated_p"]].to_numpy().ravel()
    cells = tables.cells()
    values = cells.loc[cells["paper"] == paper, "value"].to_numpy(float)
    return np.concatenate([values, pd.to_numeric(pd.Series(stated), errors="coerce").to_numpy(float)])


def _table(results: Iterable[StageResult], notebook: str, name: str) -> pd.DataFrame | None:
    """A table of a stage without a corpus."""
    for result in results:
        path = result.folder / "tables" / f"{name}.csv"
        if result.notebook == notebook and path.is_file():
            return pd.read_csv(path)
    return None


def _audit(results: Sequence[StageResult]) -> dict[str, Any] | None:
    checks = _table(results, AUDIT, "checks")
    if checks is None:
        return None
    outcomes = checks["outcome"].value_counts()
    return {
        "checks": len(checks),
        "inconsistent": int(outcomes.get("inconsistent", 0)),
        "undecided": int(outcomes.get("cannot be decided", 0)),
        "widest": widest(checks).to_dict("records"),
    }


def _t_test(results: Sequence[StageResult]) -> dict[str, Any] | None:
    levels = _table(results, SIMULATION, "levels")
    if levels is None:
        return None
    student = levels[levels["method"].str.startswith("t over repetitions")]
    crossed = levels[levels["method"].str.contains("crossed") & levels["repeats"].gt(1)]
    if student.empty or crossed.empty:
        return None
    return {
        "simulations": int(student["simulations"].min()),
        "least": student["rate"].min(),
        "most": student["rate"].max(),
        "repeats": [int(student["repeats"].min()), int(student["repeats"].max())],
        "crossed least": crossed["rate"].min(),
        "crossed most": crossed["rate"].max(),
    }


def _splits(results: Sequence[StageResult]) -> dict[str, Any] | None:
    ours = []
    order = {"licensed": 0, "synthetic": 1, "open": 2, "own": 3}
    found = [result for result in results if result.notebook in SPLITS]
    for result in sorted(found, key=lambda r: (order[r.kind], SPLITS.index(r.notebook))):
        path = result.folder / "tables/changes.csv"
        if path.is_file():
            table = pd.read_csv(path)
            own = table[table["experiment"] == table["experiment"].iloc[0]].set_index("scheme")
            apart = [scheme for scheme in own.index if scheme in SCHEMES and keeps_apart(scheme, "speaker")]
            if not apart:
                continue
            leaking = own[own.index.str.contains(LEAKING)]["score"]
            ours.append(
                {
                    "corpus": result.content["data"]["corpus"],
                    "marker": result.content["data"]["marker"],
                    "experiment": own["experiment"].iloc[0],
                    "shared": own["score"].iloc[0],
                    "apart": own.loc[apart[0], "score"],
                    "low": own.loc[apart[0]].get("change_low"),
                    "high": own.loc[apart[0]].get("change_high"),
                    "leaking": leaking.iloc[0] if len(leaking) else None,
                }
            )
    if not ours:
        return None
    pairs = [tuple(map(tables.cell, pair)) for pair in PRINTED_SPLITS]
    printed = [
        {
            "paper": shared["paper"].split("-")[0],
            "row": shared["row"].split(",")[0],
            "metric": shared["metric"],
            "shared": shared["value"],
            "apart": apart["value"],
        }
        for shared, apart in pairs
    ]
    return {"printed": printed, "ours": ours}


def _planted(results: Sequence[StageResult]) -> dict[str, Any] | None:
    statements = _table(results, CONTROLS, "statements")
    if statements is None:
        return None
    none = statements[statements["recovered"] == 0]
    lost = none.groupby("statement", sort=False)["corpus"].agg(", ".join)
    plain = {own.statement: own.plain for rows in expected.statements().values() for own in rows if own.plain}
    whole = statements["recovered"] == statements["of"]
    return {
        "recovered": int(statements["recovered"].sum()),
        "of": int(statements["of"].sum()),
        "statements": len(statements),
        "none": len(none),
        "whole": int(whole.sum()),
        "some": int((~whole & (statements["recovered"] > 0)).sum()),
        "lost": lost.rename(index=plain).to_dict(),
    }


def _licensed(cells: pd.DataFrame) -> dict[str, Any]:
    steps = verdicts.to_do(cells)
    steps = steps[steps["then"] != ""]
    return {
        "waiting": int(steps["cells"].sum()),
        "cells": len(cells),
        "corpora": sorted(set(steps["needs"].str.split(",").str[0])),
    }


def cards(results: Sequence[StageResult], cells: pd.DataFrame) -> list[dict[str, Any]]:
    """One card for each paper: its first claim with our verdict, if it has one, and the cells by verdict."""
    counts, claims = verdicts.summary(cells), claim_verdicts(cells, results)
    first = {claim["paper"]: claim for claim in reversed(claims.to_dict("records"))}
    decided = cells[cells["verdict"].isin(["agrees", "differs"])].groupby("paper")["metric"].unique()
    return [
        {
            "paper": paper,
            "about": tables.method(paper),
            "claim": first.get(paper),
            "counts": {str(name): int(number) for name, number in counts.loc[paper].items()},
            "decided": list(decided.get(paper, [])),
        }
        for paper in PAPERS
    ]
