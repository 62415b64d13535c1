"""Instances of the stages: one per notebook and corpus, each with its own resolved parameters."""

import re
from typing import Any, NamedTuple

from lib import params


class Instance(NamedTuple):
    """A notebook such as ``skeletal/02_training``, and the corpus that it runs on, if any."""

    notebook: str
    corpus: str | None

    @property
    def name(self) -> str:
        """``skeletal/02_training@iemocap``, its folder under ``outputs/stages``."""
        return f"{self.notebook}@{self.corpus}" if self.corpus else self.notebook


def block_of(notebook: str) -> str:
    """Block of parameters of a notebook: ``skeletal.training`` of ``skeletal/02_training``."""
    group, stem = notebook.split("/")
    return f"{group}.{stem.split('_', 1)[1]}"


def instances() -> list[Instance]:
    """Every instance of dvc.yaml's stages that has a notebook, in the pipeline's order."""
    values = params.load_yaml()
    found = []
    for stage, content in _stages().items():
        notebook = stage.replace("_", "/", 1)
        if not params.project_path(f"notebooks/{notebook}.ipynb").is_file():
            continue
        corpora: list[str | None] = [None]
        if "matrix" in content:
            group, name = content["matrix"]["corpus"].strip("${}").split(".")
            corpora = values[group][name]
        found += [Instance(notebook, corpus) for corpus in corpora]
    return found


def declared(notebook: str, corpus: str | None) -> list[str]:
    """Paths that dvc.yaml declares as outputs of a stage's instance; none for other notebooks."""
    stage = _stages().get(notebook.replace("/", "_"), {})
    names = {"item.corpus": corpus or ""}
    for part in stage.get("vars", []):
        names |= part
    entries = [entry for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, [])]
    return [
        re.sub(r"\$\{(.+?)\}", lambda found: names[found[1]], path)
        for entry in entries
        for path in ([entry] if isinstance(entry, str) else entry)
    ]


def _stages() -> dict[str, Any]:
    return dict(params.load_yaml(params.project_path("dvc.yaml"))["stages"])
