"""What the stored controls were made with."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from lib import params
from lib.corpora import provenance
from lib.papers.skeletal.runs import FUSION_WORK
from lib.project import project_path
from lib.replication.trainings import instances, stage_of
from lib.runs.code import code_version
from lib.runs.source import module_file, read

NEGATIVE = (
    ["replication.negative_controls"],
    [f"lib.replication.{name}" for name in ("negative_controls", "permuted_labels", "chance")],
)
"""Blocks and modules of `replication/03_negative_controls`, for `versions`."""
POWER = (["replication.power"], [f"lib.replication.{name}" for name in ("power", "chance")])
"""The same for `replication/04_power`."""
STAGES = ("02_training", "03_ablations")
SCORES = ("scores", "precision")
"""Tables of these stages that have the score of every model."""
INTERVALS = ("low", "high")


def versions(blocks: Sequence[str], modules: Sequence[str]) -> pd.DataFrame:
    """Versions of all that decides the controls' results, one row for each paper and corpus.

    Parameters
    ----------
    blocks : sequence of str
        Blocks of ``params.yaml`` of the stage of controls itself.
    modules : sequence of str
        Modules of `lib` that make its tables; each counts alone, without those that it imports.

    Returns
    -------
    DataFrame
        ``paper``, ``corpus``; ``code`` of the runs and of the features; ``results``: the tables of
        scores on true labels; ``tables``: code that makes the stage's own; ``settings``; ``data``:
        version of the corpus.
    """
    own = {block: params.block(block) for block in blocks}
    files = [file for file in map(module_file, modules) if file]
    rows = []
    for paper, corpus in instances():
        works = [f"lib.papers.{paper}.training", f"lib.papers.{paper}.extraction"]
        stage, names = stage_of(paper, corpus)
        models: list[str] = []
        if paper == "skeletal":
            works.append(FUSION_WORK)
            models = sorted({stage.models[name].model for name in names})
        used = [f"{paper}.{block}" for block in ("extraction", "training", "ablations")]
        settings = own | {block: params.block(block, corpus) for block in used}
        rows.append(
            {
                "paper": paper,
                "corpus": corpus,
                "code": _digest([code_version(work, models) for work in works]),
                "results": _digest([_scores(f"{paper}/{name}", corpus) for name in STAGES]),
                "tables": _digest([read(file).version for file in files]),
                "settings": _digest(settings),
                "data": provenance.read(project_path(f"data/{corpus}")).version,
            }
        )
    return pd.DataFrame(rows)


def _scores(stage: str, corpus: str) -> str:
    """Text of a stage's tables of scores, without the intervals, which are other code's."""
    tables = sorted(project_path(f"reports/{stage}/{corpus}/tables").glob("[!.]*.csv"))
    scores = [
        pd.read_csv(table, dtype=str, keep_default_na=False) for table in tables if table.stem in SCORES
    ]
    kept = (table.drop(columns=list(INTERVALS), errors="ignore") for table in scores)
    return "".join(table.to_json(orient="split") for table in kept)


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
