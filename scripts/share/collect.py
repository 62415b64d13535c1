"""From stored results to a file that can be shared."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from scmrepo.exceptions import SCMError
from scmrepo.git import Git

from lib.evaluation.results import StageResult, all_results
from lib.evaluation.scores import INTERVAL
from lib.project import project_path
from lib.replication import verdicts
from scripts.share.document import FORMAT, VERSION, Document, Score, ShareError, checksum
from scripts.share.privacy import cleaned, require_clean

OPEN = "open_data"


def stored(reports: Path, corpus: str = "") -> list[StageResult]:
    """Stored results on a corpus, or on all but those of one's own, which nobody else can compare.

    Those that git keeps of open data come last and only once.
    """
    found: dict[tuple[str, str], StageResult] = {}
    results = [own for own in all_results(reports) if own.content["data"].get("corpus") and own.kind != "own"]
    for own in sorted(results, key=lambda result: OPEN in result.folder.relative_to(reports).parts):
        found.setdefault((own.notebook, own.content["data"]["corpus"]), own)
    return [own for (_, name), own in sorted(found.items()) if corpus in ("", name)]


def revision() -> str:
    """Commit of the project; empty outside a repository."""
    try:
        with Git(str(project_path("."))) as repository:
            return str(repository.get_rev())
    except SCMError:
        return ""


def folds_of(path: Path) -> dict[str, Any] | None:
    """Digest and sizes of stored splits (``splits.parquet``); None if there are none."""
    if not path.is_file():
        return None
    columns = ["scheme", "repeat", "fold", "part", "sample_id"]
    table = pd.read_parquet(path)[columns].sort_values(columns)
    text = table.to_csv(index=False, lineterminator="\n")
    return {
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "schemes": sorted(table["scheme"].unique()),
        "repeats": int(table["repeat"].nunique()),
        "folds": int(table["fold"].nunique()),
        "samples": int(table["sample_id"].nunique()),
    }


def scores_of(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Scores with intervals among a stage's values, one dict each."""
    for experiment, metrics in values.items():
        for metric, entry in metrics.items() if isinstance(metrics, dict) else ():
            if isinstance(entry, dict) and {*INTERVAL, "runs", "samples"} <= set(entry):
                kept = {name: entry[name] for name in Score.model_fields if name in entry}
                yield {"experiment": experiment, "metric": metric, **kept}


def cells_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Numbers beside published ones; `table` has the columns of `lib.replication.verdicts.ours`."""
    kept = table[table["ours"].notna()][verdicts.MEASURED]
    clean = kept.astype(object).where(kept.notna(), None)
    rows = clean.rename(columns=lambda name: str(name).replace(" ", "_")).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def document(results: Iterable[StageResult], laboratory: str = "") -> Document:
    """Shared form of stored results: settings cleaned, and nothing that names a sample.

    Raises
    ------
    ShareError
        If there are no results, results on one corpus rest on two versions of it, or a text may
        name a sample or a file.
    """
    own = list(results)
    if not own:
        raise ShareError("there are no results on this corpus to share: make repro computes them")
    beside, outputs = verdicts.ours(own), project_path("outputs")
    corpora: dict[str, Any] = {}
    rows = []
    for result in own:
        content, data = result.content, result.content["data"]
        about = {name: data[name] for name in ("kind", "version", "counts")}
        name = data["corpus"]
        if corpora.setdefault(name, about) != about:
            versions = f"{corpora[name]['version']} and {about['version']}"
            raise ShareError(f"results on {name} are from two versions, {versions}: make repro renews them")
        mine = (beside["stage"] == result.notebook) & (beside["corpus"] == name)
        rows.append(
            {
                "stage": result.notebook,
                "corpus": name,
                **{key: content[key] for key in ("seed", "code_version", "settings_version")},
                "settings": cleaned(content["settings"]),
                "folds": folds_of(outputs / result.notebook / name / "splits.parquet"),
                "scores": list(scores_of(content["values"])),
                "cells": cells_of(beside[mine]),
            }
        )
    lock = hashlib.sha256(project_path("requirements.lock").read_bytes()).hexdigest()
    content = {
        "format": FORMAT,
        "version": VERSION,
        "laboratory": laboratory,
        "synthetic": any(about["kind"] == "synthetic" for about in corpora.values()),
        "code": {"revision": revision(), "lock": lock},
        "corpora": corpora,
        "results": rows,
    }
    first = Document.model_validate(content | {"checksum": "0" * 64}).model_dump(mode="json")
    require_clean({"laboratory": laboratory, "results": first["results"]}, corpora, project_path("data"))
    return Document.model_validate(first | {"checksum": checksum(first)})
