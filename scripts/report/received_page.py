"""What third parties reported, apart from our own results."""

from pathlib import Path
from typing import Any

import pandas as pd

from lib.params import project_path
from scripts.share import comparison
from scripts.share.document import Document, ShareError
from scripts.share.run import RECEIVED, received

SHOWN = ["paper", "exhibit", "row", "column", "metric", "published", "reported", "low", "high"]
"""Columns of a table of reported numbers, before both verdicts and the origin."""


def beside(document: Document, ours: pd.DataFrame) -> pd.DataFrame:
    """Reported numbers beside published ones, with the reported verdict and our own.

    `ours` are from `lib.replication.verdicts.cell_verdicts`; of ours, only the verdict is shown.
    """
    table = comparison.cells(document)
    own = ours.drop_duplicates("cell_id").set_index("cell_id")["verdict"]
    table["verdict here"] = table["cell_id"].map(own)
    return table[[*SHOWN, "reported verdict", "verdict here", "origin"]].round(4)


def values(ours: pd.DataFrame, folder: Path | None = None) -> dict[str, Any]:
    """What the template ``received`` shows: files, those that are refused now, and comparisons."""
    place = folder or project_path(RECEIVED)
    found = list(received(place))
    documents = {path.name: own for path, own in found if not isinstance(own, ShareError)}
    compared = [
        comparison.agreement(comparison.compare(one, other)).assign(files=f"{first}, {second}")
        for first, one in documents.items()
        for second, other in documents.items()
        if first < second and set(one.corpora) & set(other.corpora)
    ]
    return {
        "files": [
            {"name": name, "document": own, "cells": beside(own, ours), "scores": _scores(own)}
            for name, own in documents.items()
        ],
        "refused": {path.name: str(own) for path, own in found if isinstance(own, ShareError)},
        "compared": pd.concat(compared, ignore_index=True) if compared else pd.DataFrame(),
    }


def _scores(document: Document) -> pd.DataFrame:
    columns = [*comparison.KEYS, "score", "low", "high", "runs", "samples", "origin"]
    return comparison.scores(document)[columns].round(4)
