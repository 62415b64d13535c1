"""Sizes of our copies of the corpora beside those that the papers print."""

from collections.abc import Mapping

import pandas as pd

from lib.corpora import catalogue
from lib.corpora.provenance import Provenance
from lib.evaluation.scores import beside_published
from lib.published.tables import PAPERS, cells_of


def beside_printed_counts(found: Mapping[str, int], data: Provenance) -> pd.DataFrame:
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
    counts = pd.Series(found, dtype=float)
    ours = pd.DataFrame(
        {"row": catalogue.get(data.corpus).printed_as, "column": counts.index, "runs": 1}
    )
    ours = ours.assign(**dict.fromkeys(["score", "low", "high"], counts.to_numpy()))
    licensed = data.kind == "licensed"
    table = beside_published(ours, printed, data.marker, licensed, ["row", "column"])
    return table.drop(columns=["metric", "unit", "low", "high", "runs"])
