"""What the stored controls were made with, and whether that is still what there is."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
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
        ``paper``, ``corpus``; ``training`` and ``scores``: code of the runs and of the tables;
        ``extraction``: code of the features; ``settings``; ``data``: version of the corpus. Code
        does not change with comments, docstrings or the machinery that schedules runs.
    """
    own = {block: params.block(block) for block in blocks}
    files = [file for file in map(module_file, modules) if file]
    scores = [code_version("lib.evaluation.scores", []), *(read(file).version for file in files)]
    rows = []
    for paper, corpus in instances():
        works = [f"lib.papers.{paper}.training"]
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
                "training": _digest([code_version(work, models) for work in works]),
                "scores": _digest(scores),
                "extraction": _digest(code_version(f"lib.papers.{paper}.extraction", [])),
                "settings": _digest(settings),
                "data": provenance.read(project_path(f"data/{corpus}")).version,
            }
        )
    return pd.DataFrame(rows)


def stale(stored: Path, now: pd.DataFrame) -> list[str]:
    """What differs between the kept table of versions and the present ones, in words."""
    if not stored.is_file():
        return [f"no {stored.name}: nothing is stored"]
    keys = ["paper", "corpus", "of"]
    before, after = (
        table.melt(keys[:2], var_name="of").set_index(keys)["value"]
        for table in (pd.read_csv(stored, dtype=str), now)
    )
    both = pd.DataFrame({"before": before, "after": after})
    differ = both[both["before"] != both["after"]].index
    return [f"{paper}, {corpus}: {name} changed" for paper, corpus, name in differ]


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
