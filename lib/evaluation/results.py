"""Results of a stage, with the stage, parameters, data, seed and code that they come from."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

DESCRIBED = ("kind", "marker", "corpus", "version", "licence", "counts")
"""What a result says about its data."""


@dataclass(frozen=True)
class StageResult:
    """A stage's stored results.

    Attributes
    ----------
    folder : Path
        Results folder of the stage and corpus.
    content : dict
        What `write_result` stored in ``metrics.json``.
    """

    folder: Path
    content: dict[str, Any]

    @property
    def kind(self) -> str:
        """``synthetic``, ``open``, ``licensed`` or, where no corpus is read, ``published``."""
        return self.content["data"]["kind"]

    @property
    def notebook(self) -> str:
        """Path of the notebook below `notebooks/`, without suffix."""
        return self.content["stage"]


def write_result(
    folder: Path,
    stage: str,
    settings: dict[str, Any],
    code: str,
    seed: int,
    data: Any,
    values: dict[str, Any],
) -> Path:
    """Write a stage's ``metrics.json``.

    Parameters
    ----------
    folder : Path
        The stage's results folder.
    stage : str
        Path of the notebook below `notebooks/`, without suffix.
    settings : dict
        The stage's merged parameters.
    code : str
        Version of the code, see `lib.runs.code`.
    seed : int
    data : object or None
        A corpus's provenance with the attributes of `DESCRIBED`; None where the papers' own numbers
        are the only input.
    values : dict
        The results, JSON-serialisable.
    """
    described = {"kind": "published", "marker": "the papers' own numbers"}
    if data is not None:
        described = {name: getattr(data, name) for name in DESCRIBED}
    text = json.dumps(settings, sort_keys=True)
    content = {
        "stage": stage,
        "data": described,
        "settings": settings,
        "settings_version": hashlib.sha256(text.encode()).hexdigest(),
        "code_version": code,
        "seed": seed,
        "values": values,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "metrics.json"
    path.write_text(json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n", "utf-8")
    return path


def write_scores(folder: Path, values: dict[str, Any]) -> None:
    """Write ``scores.json``: experiment, metric, score; nothing where `values` has no scores."""
    scores = {
        experiment: {name: entry["score"] for name, entry in metrics.items()}
        for experiment, metrics in values.items()
        if isinstance(metrics, dict)
        and metrics
        and all(isinstance(entry, dict) and "score" in entry for entry in metrics.values())
    }
    if scores:
        text = json.dumps(scores, indent=1, sort_keys=True)
        (folder / "scores.json").write_text(text + "\n", encoding="utf-8")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for JSON: missing and infinite values become None."""
    clean = table.astype(object).replace([float("inf"), float("-inf")], None)
    rows = clean.where(clean.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def all_results(reports: Path) -> Iterator[StageResult]:
    """Every stored result below a reports folder, in the order of the paths."""
    for path in sorted(reports.rglob("metrics.json")):
        yield StageResult(path.parent, json.loads(path.read_text(encoding="utf-8")))


def assert_written(*paths: Path) -> None:
    """Assert that declared outputs exist and are not empty; the last cell of every notebook.

    Raises
    ------
    AssertionError
        Naming each output that is missing or empty.
    """
    wrong = [
        str(path)
        for path in paths
        if not path.exists()
        or (path.is_file() and path.stat().st_size == 0)
        or (path.is_dir() and not any(path.iterdir()))
    ]
    assert not wrong, f"declared outputs are missing or empty: {wrong}"
