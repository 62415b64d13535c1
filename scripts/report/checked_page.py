"""What the software itself was put through: damaged files, faults, speed."""

from pathlib import Path
from typing import Any

import pandas as pd

from lib.params import project_path

TABLES = ("fuzz", "faults", "benchmarks")
"""Tables that `make fuzz`, `make faults` and `make bench` write into ``reports``."""


def values(folder: Path | None = None) -> dict[str, Any]:
    """What the template ``checked`` shows: each table, or None where it is not written yet."""
    reports = folder or project_path("reports")
    paths = {name: reports / f"{name}.csv" for name in TABLES}
    return {name: pd.read_csv(path) if path.is_file() else None for name, path in paths.items()}
