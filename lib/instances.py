"""What the name of a stage's notebook stands for: its block of parameters, its outputs."""

import re

from lib import params


def block_of(notebook: str) -> str:
    """Block of parameters of a notebook: ``skeletal.training`` of ``skeletal/02_training``."""
    group, stem = notebook.split("/")
    return f"{group}.{stem.split('_', 1)[1]}"


OUTPUTS = ("outs", "metrics", "plots")


def declared(notebook: str, corpus: str | None, kinds: tuple[str, ...] = OUTPUTS) -> list[str]:
    """Paths that dvc.yaml declares as outputs, or ``("deps",)``, of a stage's instance; none for others."""
    stages = params.load_yaml(params.project_path("dvc.yaml"))["stages"]
    stage = stages.get(notebook.replace("/", "_"), {})
    names = {"item.corpus": corpus or ""}
    for part in stage.get("vars", []):
        names |= part
    entries = [entry for kind in kinds for entry in stage.get(kind, [])]
    return [
        re.sub(r"\$\{(.+?)\}", lambda found: names[found[1]], path)
        for entry in entries
        for path in ([entry] if isinstance(entry, str) else entry)
    ]
