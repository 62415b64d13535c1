"""Results of a stage, with the stage, parameters, data, seed and code that they come from."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation.metrics import HEADLINE
from lib.files import write_text

DESCRIBED = ("kind", "marker", "corpus", "version", "licence", "counts")
"""Attributes of a corpus's provenance that its results contain."""


@dataclass(frozen=True)
class StageResult:
    """Results folder of a stage and corpus, and what `write_result` stored in it."""

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
) -> None:
    """Write ``metrics.json``: `values`, which are the results, and what they come from.

    `stage` is the notebook's path below `notebooks/`, without suffix; `settings` are its resolved
    parameters; `code` is a version from `lib.runs.code`; `data` is a corpus's provenance, or None
    where the papers' own numbers are the only input.
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
    written = json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n"
    write_text(folder / "metrics.json", written)


def write_scores(folder: Path, values: dict[str, Any], headline: str | None = None) -> None:
    """Write ``scores.json``, which DVC shows: one experiment's score on its kind's main metric.

    It is the experiment `headline`, or the first of `values` that has such a score.
    """
    for experiment in (headline, *values):
        metrics = values.get(str(experiment))
        for metric in HEADLINE.values():
            if isinstance(metrics, dict) and "score" in metrics.get(metric, ()):
                score = {experiment: {metric: round(metrics[metric]["score"], 4)}}
                write_text(folder / "scores.json", json.dumps(score) + "\n")
                return


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
    """Assert that declared outputs exist and are not empty; the error names the others."""
    filled = (any(p.iterdir()) if p.is_dir() else p.exists() and p.stat().st_size > 0 for p in paths)
    wrong = [str(path) for path, full in zip(paths, filled, strict=True) if not full]
    assert not wrong, f"declared outputs are missing or empty: {wrong}"
