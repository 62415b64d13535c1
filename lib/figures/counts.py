"""Sizes of our copies of the corpora beside the printed ones."""

from collections.abc import Mapping

import pandas as pd

from lib.corpora import catalogue
from lib.corpora.provenance import Provenance
from lib.evaluation.beside import GAP, beside_published
from lib.published.tables import PAPERS, cells_of


def beside_printed_counts(found: Mapping[str, int], data: Provenance) -> pd.DataFrame:
    """Printed counts of a corpus beside ours; empty for corpora that no paper counts.

    Our counts are given by column of the printed ones ("images"). The columns of the table are
    ``cell_id``, ``paper``, ``exhibit``, ``row``, ``column``, ``published``, ``ours``, ``gap``,
    ``verdict`` ("agrees" for the same count).
    """
    printed = cells_of(PAPERS, metrics=["count"])
    obstacle = "" if data.kind == "licensed" else f"not comparable: {data.marker}"
    ours = pd.Series(found, dtype=float).rename_axis("column").reset_index(name="score")
    ours["low"] = ours["high"] = ours["score"]
    ours = ours.assign(row=catalogue.get(data.corpus).printed_as, runs=1)
    table = beside_published(ours, printed, obstacle, ["row", "column"])
    return table.drop(columns=["metric", "unit", "low", "high", "runs", *GAP[1:]])
