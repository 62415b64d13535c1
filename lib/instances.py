"""Instances of the stages: one per notebook and corpus, each with its own resolved parameters."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from lib import params

READERS = ("read", "block", "settings")


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


def notebook_code(path: Path) -> str:
    """Code cells of a notebook as one text, without cell magics."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for source in sources for line in source.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))


def blocks_read(notebook: str, known: dict[str, Any]) -> list[str]:
    """Blocks of `params.yaml` that a notebook reads: its own, and those that its code names.

    Calls of ``read``, ``block`` and ``settings`` with a block's name count, in the notebook and in
    the modules of `lib` that it imports itself; ``f"{paper}.training"`` names every such block.
    """
    tree = ast.parse(notebook_code(params.project_path(f"notebooks/{notebook}.ipynb")))
    group, own = notebook.split("/")
    named = [re.escape(f"{group}.{own.split('_', 1)[1]}")]
    for source in (tree, *_modules(tree)):
        for call in ast.walk(source):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", None) in READERS:
                named += [_pattern(argument, group) for argument in call.args]
    blocks = (
        f"{group}.{block}"
        for group, content in known.items()
        if isinstance(content, dict)
        for block, values in content.items()
        if isinstance(values, dict)
    )
    return [block for block in blocks if re.fullmatch("|".join(filter(None, named)), block)]


def _pattern(argument: ast.expr, group: str) -> str:
    """Pattern of the blocks that an argument names; empty if it is no text."""
    if isinstance(argument, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else None for part in argument.values]
        return "".join(r"[^.]+" if part is None else re.escape(str(part)) for part in parts)
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return re.escape(argument.value if "." in argument.value else f"{group}.{argument.value}")
    return ""


def _modules(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lib":
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                path = Path(__file__).parents[1].joinpath(*str(name).split(".")).with_suffix(".py")
                if path.is_file() and path != Path(params.__file__):
                    yield ast.parse(path.read_text(encoding="utf-8"))


def write_resolved(target: Path) -> None:
    """Write each instance's parameters to ``<its name>/params.yaml`` under a folder.

    A stage depends on this file and so on exactly the values that it uses. Where a notebook
    without a corpus reads another paper's block, it stands there once for each corpus.
    """
    loaded = params.load()
    for instance in instances():
        resolved: dict[str, Any] = {}
        for block in blocks_read(instance.notebook, loaded.values):
            group, name = block.split(".")
            here = resolved.setdefault(group, {})
            if instance.corpus or instance.notebook.startswith(f"{group}/"):
                here[name] = params.block(block, instance.corpus, params=loaded)
            else:
                here[name] = {
                    corpus: params.block(block, corpus, params=loaded)
                    for corpus in loaded.values[group]["corpora"]
                }
        folder = target / instance.name
        folder.mkdir(parents=True, exist_ok=True)
        text = yaml.dump(resolved, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        (folder / "params.yaml").write_text(text, encoding="utf-8")
