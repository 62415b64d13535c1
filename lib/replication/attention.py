"""Attention on regions of the face beside what a network loses when they are covered."""

from pathlib import Path

import pandas as pd

from lib.replication.planted import ControlError


def attention_and_need(corpora: list[str], experiment: str, reports: Path) -> pd.DataFrame:
    """Attention on regions of the face beside what the network loses when they are covered.

    Read from the results of `valence/05_traces`. Columns: ``corpus``, ``region``, ``attention``
    (by area: 1 where even), ``cost`` (in CCC) with its interval ``low``, ``high``.

    Raises
    ------
    ControlError
        If a corpus has no such results.
    """
    columns = ["corpus", "region", "attention", "cost", "low", "high"]
    tables = []
    for corpus in corpora:
        folder = reports / "valence/05_traces" / corpus / "tables"
        if not (folder / "covered.csv").is_file():
            raise ControlError(f"no {folder}: run the stage valence/05_traces on {corpus} first")
        seen = pd.read_csv(folder / "regions.csv", index_col=0)["ratio"].rename("attention")
        needed = pd.read_csv(folder / "covered.csv").query("experiment == @experiment")
        costs = needed.rename(columns={"covered": "region", "difference": "cost"})
        tables.append(costs.join(seen, on="region", how="inner").assign(corpus=corpus)[columns])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
