"""Verdicts on the papers' claims, each a difference of two printed numbers."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from lib.evaluation.results import StageResult
from lib.evaluation.scores import P_VALUE, independent_difference
from lib.published.tables import claims
from lib.replication.verdicts import PAPER_CORPORA

UNPRINTED = "not comparable: the paper shows this in a figure without numbers"
FOREIGN = ("not comparable", "protocol differs")
HOLDS, FAILS, OPEN = "holds", "fails", "open"
Difference = tuple[float, float, float, float]
"""A difference, its limits and its p-value."""


def claim_verdicts(cell_table: pd.DataFrame, results: Collection[StageResult]) -> pd.DataFrame:
    """One row for every claim: the published difference, ours with its interval, and a verdict.

    Where a stage tests the pair, ours is the paired difference, and its p-value stands beside the
    stated one. Elsewhere the scores count as independent, which makes the interval too wide rather
    than too narrow, and there is no p-value.

    Parameters
    ----------
    cell_table : DataFrame
        From `lib.replication.verdicts.cell_verdicts`.
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
