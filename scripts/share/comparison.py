"""Shared results beside ours and beside each other."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib.evaluation.beside import margin_of, verdicts
from lib.evaluation.values import SINGLE
from lib.published import tables
from scripts.share.document import Document

KEYS = ["corpus", "stage", "experiment", "metric"]
IDENTICAL = "identical"


def origin(document: Document, corpus: str, code: str) -> str:
    """Where a number comes from: ``reported by a third party, code X, data release Y``."""
    data = document.corpora[corpus]
    mark = " (synthetic sample)" if data.kind == "synthetic" else ""
    return f"reported by {document.reporter}, code {code[:12]}, data release {data.version}{mark}"


def scores(document: Document) -> pd.DataFrame:
    """Every score of a document, one row each, with `KEYS`, its interval, sizes and origin."""
    rows = [
        {
            **dict(zip(KEYS, (result.corpus, result.stage, score.experiment, score.metric), strict=True)),
            **score.model_dump(include={"score", "low", "high", "repeats", "runs", "samples"}),
            "code": result.code_version,
            "settings": result.settings_version,
            "data": document.corpora[result.corpus].version,
            "folds": result.folds.sha256 if result.folds else None,
            "origin": origin(document, result.corpus, result.code_version),
        }
        for result in document.results
        for score in result.scores
    ]
    columns = [*KEYS, "score", "low", "high", "repeats", "runs", "samples"]
    return pd.DataFrame(rows, columns=[*columns, "code", "settings", "data", "folds", "origin"])


def cells(document: Document) -> pd.DataFrame:
    """Every number beside a published one, in the paper's unit, with the reported verdict."""
    printed = tables.cells()
    rows = []
    for result in document.results:
        for cell in result.cells:
            about = printed.loc[cell.cell_id]
            rows.append(
                {
                    "cell_id": cell.cell_id,
                    **{name: about[name] for name in ("paper", "exhibit", "row", "column", "metric", "unit")},
                    "published": about["value"],
                    "reported": cell.ours,
                    "low": cell.low,
                    "high": cell.high,
                    "reported verdict": cell.verdict,
                    "origin": origin(document, result.corpus, result.code_version),
                }
            )
    named = ["cell_id", "paper", "exhibit", "row", "column", "metric", "unit", "published"]
    return pd.DataFrame(rows, columns=[*named, "reported", "low", "high", "reported verdict", "origin"])


def compare(first: Document, second: Document) -> pd.DataFrame:
    """Scores of two documents on the same corpora: second minus first, with an interval.

    The interval is made from those of both scores as independent estimates (Zou and Donner 2008,
    "Construction of confidence limits about effect measures"). On the same test samples it is too
    wide, because both then share the choice of samples: *agrees* is reached later than it need be.

    Returns
    -------
    DataFrame
        `KEYS`, ``first``, ``second``, ``difference``, ``low``, ``high``, ``margin``, ``verdict``
        (`IDENTICAL` for scores that are equal to all digits, else `lib.evaluation.beside.verdicts`), and
        whether both have the ``same data``, ``same code``, ``same settings`` and ``same folds`` (missing
        where one does not say).
    """
    both = scores(first).merge(scores(second), on=KEYS, suffixes=(" 1", " 2"))
    found = both[KEYS].assign(first=both["score 1"], second=both["score 2"])
    found["difference"] = found["second"] - found["first"]
    middle = (both["low 2"] + both["high 2"] - both["low 1"] - both["high 1"]) / 2
    half = np.hypot(both["high 1"] - both["low 1"], both["high 2"] - both["low 2"]) / 2
    found["low"], found["high"] = middle - half, middle + half
    found["margin"] = [margin_of(name.removesuffix(SINGLE)) for name in found["metric"]]
    words = verdicts(found["low"], found["high"], found["margin"])
    found["verdict"] = np.where(found["first"] == found["second"], IDENTICAL, words)
    for name in ("data", "code", "settings", "folds"):
        one, two = both[f"{name} 1"], both[f"{name} 2"]
        found[f"same {name}"] = (one == two).astype(object).where(one.notna() & two.notna(), None)
    return found


def agreement(compared: pd.DataFrame) -> pd.DataFrame:
    """Numbers of scores of each corpus and stage, by verdict."""
    if compared.empty:
        return pd.DataFrame(columns=["corpus", "stage", "scores"])
    counts = pd.crosstab([compared["corpus"], compared["stage"]], compared["verdict"])
    return counts.assign(scores=counts.sum(axis=1)).reset_index()


def on_same_corpora(document: Document, others: Iterable[Document]) -> list[Document]:
    """Other documents that have results on a corpus of this one."""
    return [
        other
        for other in others
        if other.checksum != document.checksum and set(other.corpora) & set(document.corpora)
    ]
