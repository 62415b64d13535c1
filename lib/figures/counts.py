"""Sizes of our copies of the corpora beside those that the papers print."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.corpora import catalogue as catalog
from lib.corpora.provenance import Provenance
from lib.published.tables import PAPERS, cells_of


def beside_published(found: Mapping[str, int], data: Provenance) -> pd.DataFrame:
    """Printed counts of a corpus beside ours; empty for corpora that no paper counts.

    Parameters
    ----------
    found : mapping
        Our counts by column of the printed ones ("images").
    data : Provenance

    Returns
    -------
    DataFrame
        ``cell_id``, ``paper``, ``exhibit``, ``row``, ``column``, ``published``, ``ours``, ``gap``,
        ``verdict`` ("agrees" for the same count).
    """
    printed = cells_of(PAPERS, metrics=["count"])
    row = catalog.get(data.corpus).printed_as
    table = printed[(printed["row"] == row) & printed["column"].isin(found)]
    ours = table["column"].map(found).astype(float)
    gap = ours - table["value"]
    verdict = np.where(gap == 0, "agrees", "differs")
    if data.kind != "licensed":
        verdict = np.full(len(table), f"not comparable: {data.marker}")
    columns = ["cell_id", "paper", "exhibit", "row", "column"]
    return table[columns].assign(published=table["value"], ours=ours, gap=gap, verdict=verdict)
