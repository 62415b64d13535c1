"""What a run keeps so that its network predicts without the corpus."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lib.files import write_text
from lib.runs.run import Run
from lib.splits.split import PARTS

FILE = "kept.json"


def keep(
    folder: Path, run: Run, features: Mapping[str, Any], owners: Mapping[Any, Any], **facts: Any
) -> None:
    """Write ``kept.json`` into a run's folder.

    It has `features`, the metadata of the feature stores (settings of the extraction, origin of the data);
    ``groups``, from the owner of each sample (its speaker, else its cluster): how many each part has, and
    how many of the test part are ``shared`` with the training part, 0 if unknown; and the `facts` that the
    data decided.
    """
    parts = {name: {owners[own] for own in run.split.part(name) if own in owners} for name in PARTS}
    groups = {name: len(own) for name, own in parts.items()}
    groups["shared"] = len(parts["train"] & parts["test"])
    content = {"features": dict(features), "groups": groups, **facts}
    write_text(folder / FILE, json.dumps(content, indent=1, sort_keys=True))
