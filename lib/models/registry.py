"""Models by name: ``"skeletal.SMACN"`` is the class `SMACN` of `lib.models.skeletal`."""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


def model_class(name: str) -> Any:
    """Class of a model; only its own module is imported."""
    module, cls = name.split(".")
    return getattr(import_module(f"lib.models.{module}"), cls)


@cache
def modalities(name: str) -> tuple[str, ...]:
    """Inputs of a model, in order: the class attribute `modalities`, read without importing it.

    ValueError if there is no such class, or neither it nor a base class in its module has the attribute.
    """
    module, cls = name.split(".")
    path = Path(__file__).with_name(f"{module}.py")
    if not path.is_file():
        raise ValueError(f"model {name!r}: there is no module lib/models/{module}.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    if cls not in classes:
        raise ValueError(f"model {name!r}: lib/models/{module}.py has no class {cls}")
    waiting = [cls]
    for current in waiting:
        for node in classes[current].body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "modalities":
                return tuple(ast.literal_eval(node.value))
        waiting += [base for base in map(ast.unparse, classes[current].bases) if base in classes]
    raise ValueError(f"model {name!r}: the class has no attribute `modalities`")
