"""Sweeps as a page of the report shows them: the table and the figure of each."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.report.pages import picture

LONGEST = 200
"""Most rows of a sweep's table that the page shows."""


def sweeps(folder: Path, source: Path) -> list[dict[str, Any]]:
    """Every sweep that was run, by name: ``name``, ``table``, ``rows``, ``left_out``, ``pictures``.

    `folder` has a folder for each sweep, written by `scripts.sweep`. Figures are copied to
    ``sweeps/`` below the site's `source`. Failed points are rows with their error.
    """
    found = []
    for path in sorted(folder.glob("*/sweep.csv")):
        name, drawn = path.parent.name, path.with_name("sweep.png")
        table = pd.read_csv(path)
        shown = []
        if drawn.is_file():
            (source / "sweeps").mkdir(exist_ok=True)
            for suffix in (".png", ".txt"):
                copy = source / "sweeps" / f"{name}{suffix}"
                shutil.copyfile(drawn.with_suffix(suffix), copy)
            shown.append(picture(source / "sweeps" / f"{name}.png", source))
        short = table.drop(columns=["point", "repeats"], errors="ignore").dropna(axis=1, how="all")
        rows = {"table": short.head(LONGEST), "rows": len(table), "left_out": max(len(table) - LONGEST, 0)}
        found.append({"name": name, "pictures": shown} | rows)
    return found
