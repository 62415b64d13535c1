"""Sizes of our copies of the corpora beside the printed ones."""

from collections.abc import Mapping

import pandas as pd

from lib.corpora import catalogue
from lib.corpora.provenance import Provenance
from lib.evaluation.scores import beside_published
from lib.published.tables import PAPERS, cells_of


def beside_printed_counts(found: Mapping[str, int], data: Provenance) -> pd.DataFrame:
    """Printed counts of a corpus beside ours; empty for corpora that no paper counts.

    Our counts are given by column of the printed ones ("images").

    Returns
    -------
    DataFrame
        ``cell_id``, ``paper``, ``exhibit``, ``row``, ``column``, ``published``, ``ours``, ``gap``,
        ``verdict`` ("agrees" for the same count).
    """
    printed, licensed = cells_of(PAPERS, metrics=["count"]), data.kind == "licensed"
    ours = pd.Series(found, dtype=float).rename_axis("column").reset_index(name="score")
    ours["low"] = ours["high"] = ours["score"]
    ours = ours.assign(row=catalogue.get(data.corpus).printed_as, runs=1)
    table = beside_published(ours, printed, data.marker, licensed, ["row", "column"])
    return table.drop(columns=["metric", "unit", "low", "high", "runs"])
