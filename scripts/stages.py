"""Instances of the stages, and for each the code and the parameters that it depends on."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from lib import params
from lib.files import write_text
from lib.instances import block_of
from lib.runs import source
from lib.runs.code import stage_code
from lib.trees import Tree

READERS = ("read", "block", "settings")
"""Functions and methods that are called with the name of a block of `params.yaml`."""


class Instance(NamedTuple):
    """A notebook such as ``skeletal/02_training``, and the corpus that it runs on, if any."""

    notebook: str
    corpus: str | None

    @property
    def name(self) -> str:
        """``skeletal/02_training@iemocap``, its folder under ``outputs/stages``."""
        return f"{self.notebook}@{self.corpus}" if self.corpus else self.notebook


def instances() -> list[Instance]:
    """Every instance of dvc.yaml's stages that has a notebook, in the pipeline's order."""
    values = params.load_yaml()
    found = []
    for stage, content in params.load_yaml(params.project_path("dvc.yaml"))["stages"].items():
        notebook = stage.replace("_", "/", 1)
        if not params.project_path(f"notebooks/{notebook}.ipynb").is_file():
            continue
        corpora: list[str | None] = [None]
        if "matrix" in content:
            group, name = content["matrix"]["corpus"].strip("${}").split(".")
            corpora = values[group][name]
        found += [Instance(notebook, corpus) for corpus in corpora]
    return found


def blocks_read(notebook: str, known: Tree) -> list[str]:
    """Blocks of `params.yaml` that a notebook reads: its own, and those that its code names.

    The code is the notebook's and that of the modules of `lib` that it imports itself.
    """
    start = params.project_path(f"notebooks/{notebook}.ipynb")
    files = [source.module_file(name) for name in source.read(start).uses if name != params.__name__]
    own = block_of(notebook)
    group = own.split(".")[0]
    found = {pattern for path in (start, *files) if path for pattern in patterns(_code(path))}
    pattern = "|".join(group + p if p.startswith(r"\.") else p for p in found | {re.escape(own)})
    blocks = [
        f"{paper}.{block}"
        for paper, content in known.items()
        if isinstance(content, dict)
        for block, values in content.items()
        if isinstance(values, dict)
    ]
    return [block for block in blocks if re.fullmatch(pattern, block)]


def _code(path: Path) -> str:
    return source.notebook_code(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


@cache
def patterns(code: str) -> frozenset[str]:
    """Patterns of the blocks of `params.yaml` that code reads by name.

    One that starts with a dot lacks the paper: ``\\.training``.
    """
    return frozenset(block for node in ast.walk(ast.parse(code)) for block in _blocks(node))


def _blocks(node: ast.AST) -> Iterator[str]:
    """``params.read("skeletal.training")``, ``stage.settings(Schema, "training")``."""
    if not isinstance(node, ast.Call) or getattr(node.func, "attr", None) not in READERS:
        return
    for argument in node.args:
        if isinstance(argument, ast.JoinedStr):  # f"{paper}.training": that block of every paper
            texts = (getattr(part, "value", None) for part in argument.values)
            yield "".join(re.escape(t) if isinstance(t, str) else r"[^.]+" for t in texts)
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield re.escape(argument.value if "." in argument.value else f".{argument.value}")


def stage_parameters(notebook: str, corpus: str | None, loaded: params.Parameters) -> Tree:
    """Resolved values of the blocks that a notebook reads on a corpus, by paper and block.

    Where a notebook without a corpus reads another paper's block, it stands there once for each
    corpus of that paper.
    """
    found: Tree = {}
    for block in blocks_read(notebook, loaded.values):
        group, name = block.split(".")
        if corpus or notebook.startswith(f"{group}/"):
            values = loaded.resolve(block, corpus).content
        else:
            corpora = loaded.values[group]["corpora"]
            values = {each: loaded.resolve(block, each).content for each in corpora}
        found.setdefault(group, {})[name] = values
    return found


def write_stages(folder: Path) -> None:
    """Write ``code.json`` and ``params.yaml`` of every instance of a stage to its own folder.

    A stage depends on these files and so on exactly the code and the values that it uses.
    """
    loaded = params.load()
    for instance in instances():
        own = folder / instance.name
        own.mkdir(parents=True, exist_ok=True)
        code = json.dumps(stage_code(*instance), indent=1)
        write_text(own / "code.json", code + "\n")
        values = stage_parameters(*instance, loaded)
        text = yaml.dump(values, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        write_text(own / "params.yaml", text)
