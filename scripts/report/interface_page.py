"""The public names of `lib` with their docstrings, read from the code without importing it."""

import ast
from pathlib import Path
from typing import NamedTuple

from lib.runs.code import ROOT

ROOMS = ("models", "features", "corpora", "splits", "training", "evaluation", "figures")
"""Rooms of `lib` that are useful without the pipeline."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Name(NamedTuple):
    """A public function, class or method: its name, signature and docstring."""

    name: str
    signature: str
    text: str


def rooms() -> dict[str, dict[str, tuple[str, list[Name]]]]:
    """Of each of `ROOMS` its modules by dotted name, with the docstring and the public names."""
    return {room: dict(map(_module, sorted((ROOT / "lib" / room).glob("*.py")))) for room in ROOMS}


def _module(path: Path) -> tuple[str, tuple[str, list[Name]]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return dotted, (ast.get_docstring(tree) or "", public_names(tree))


def public_names(tree: ast.Module | ast.ClassDef, inside: str = "") -> list[Name]:
    """Documented public names of a module in its order, each class followed by its methods."""
    found = []
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            text = ast.get_docstring(node)
            if text:
                found.append(Name(inside + node.name, signature(node), text))
            if isinstance(node, ast.ClassDef):
                found += public_names(node, f"{node.name}.")
    return found


def signature(node: Definition) -> str:
    """The first line of a definition as in the code; of a class with the arguments of ``__init__``."""
    if not isinstance(node, ast.ClassDef):
        returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        return f"{node.name}({ast.unparse(node.args)}){returned}"
    made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    given = ast.unparse(made[0].args).removeprefix("self").removeprefix(", ") if made else ""
    return f"class {node.name}({given})"
