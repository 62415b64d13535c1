"""Corpora as the extractions found them, and what was counted when they were added."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from lib.corpora import provenance
from lib.corpora.provenance import Provenance
from lib.evaluation.results import StageResult
from lib.params import project_path

COUNTED = {"skeletal": "samples", "audiovisual": "clips", "context": "people", "valence": "recordings"}
"""What the annotation of a paper's corpora holds, by the paper's notebooks."""
SIZES = ["annotated", "files opened", "complete", "with losses", "left out"]
KEPT = "reports/open_data/{}.json"
"""Where the provenance of open data lies that git has without the data."""


def as_found(results: Iterable[StageResult]) -> pd.DataFrame:
    """Tables ``as_found`` of all extractions that have written one, below each other.

    The columns are ``kind`` and ``data`` (as in the provenance), ``corpus``, ``notebooks``,
    ``counted`` (what a sample is), ``reason`` (missing in rows of sums) and `SIZES`.
    """
    tables = []
    for result in results:
        path = result.folder / "tables" / "as_found.csv"
        if path.is_file():
            data, paper = result.content["data"], result.notebook.split("/")[0]
            about = {"kind": data["kind"], "data": data["marker"], "corpus": data["corpus"]}
            about |= {"notebooks": paper, "counted": COUNTED.get(paper, "samples")}
            tables.append(pd.read_csv(path, dtype=object).assign(**about))
    columns = ["kind", "data", "corpus", "notebooks", "counted", "reason", *SIZES]
    found = pd.concat(tables) if tables else pd.DataFrame(columns=columns)
    return found[columns].drop_duplicates().sort_values(["corpus", "notebooks"], kind="stable")


def sums(found: pd.DataFrame) -> pd.DataFrame:
    """One row for each corpus and paper of `as_found`."""
    return found[found["reason"].isna()].drop(columns=["kind", "reason"])


def by_kind(found: pd.DataFrame) -> dict[str, dict[str, pd.DataFrame]]:
    """Of each kind of data the `sums` and the ``reasons`` of `as_found`, as the page shows them."""
    shown = ["corpus", "notebooks", "reason", "with losses", "left out"]
    return {
        str(kind): {"sums": sums(own), "reasons": own.loc[own["reason"].notna(), shown]}
        for kind, own in found.groupby("kind")
    }


def verified(results: Iterable[StageResult]) -> pd.DataFrame:
    """Counts of each version of a corpus behind results, with its source, licence and digest.

    The source is missing where `data/` holds another version of the corpus, or none.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        data = result.content["data"]
        if "corpus" in data:
            counts = ", ".join(f"{name} {number:,}" for name, number in data["counts"].items())
            rows[data["corpus"], data["version"]] = {
                "corpus": data["corpus"],
                "data": data["marker"],
                "counts": counts,
                **_origin(data["corpus"], data["version"]),
                "licence": data["licence"],
                "digest": data["version"],
            }
    return pd.DataFrame([rows[key] for key in sorted(rows)])


def _origin(corpus: str, version: str) -> dict[str, Any]:
    for path in (project_path(f"data/{corpus}/{provenance.FILE_NAME}"), project_path(KEPT.format(corpus))):
        try:
            origin = Provenance.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if origin.version == version:
            return {"source": origin.source, "files": origin.files}
    return {"source": None, "files": None}
