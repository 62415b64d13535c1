"""What the source of a module or notebook says: its version, and what it uses.

The version is a hash of the syntax tree without docstrings, comments and what only type checkers
read. Imports come from the same tree: a packaged import graph such as grimp's shows neither
notebooks nor modules named by strings nor data files.
"""

import ast
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MOVERS = ("store", "cluster", "progress", "code", "source")
MACHINERY = frozenset({"IPython", "lib.files", *(f"lib.runs.{name}" for name in _MOVERS)})
"""What schedules, shows or names work, and computes no result."""
EVERYTHING = "*"
Opened = tuple[str, str]


class _Meaning(ast.NodeTransformer):
    """Drop docstrings (also those of attributes) and blocks under ``if TYPE_CHECKING``."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        checked = ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING"
        return None if checked else self.generic_visit(node)


@dataclass(frozen=True)
class SourceFile:
    """Meaning of one file."""

    version: str
    uses: Mapping[str, Collection[str]]
    """By module of `lib`, the names that are used of it; `EVERYTHING` if that cannot be told."""
    packages: Collection[str]  # top-level packages of other projects
    data: Collection[Path]  # data files that it names
    opens: Mapping[str, Collection[Opened]]
    """By function or class: packages, such as ``lib.corpora``, of which it imports a module or
    reads a data file by a name made at run time, each with the file's suffix."""


@cache
def module_file(name: str) -> Path | None:
    """File of a module of `lib`; None for packages, whose inits are empty, and other names."""
    path = ROOT / f"{name.replace('.', '/')}.py"
    return path if re.fullmatch(r"lib(\.\w+)+", name) and path.is_file() else None


def notebook_code(path: Path) -> str:
    """Code cells of a notebook as one text, without cell magics."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for source in sources for line in source.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))


@cache
def read(path: Path) -> SourceFile:
    """Meaning of a module or notebook."""
    code = notebook_code(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    tree = _Meaning().visit(ast.parse(code, filename=str(path)))
    nodes = list(ast.walk(tree))
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    imports = list(_imports(nodes))
    uses: dict[str, set[str]] = defaultdict(set)
    for module, name, alias in imports:
        if module_file(f"{module}.{name}"):
            uses[f"{module}.{name}"] |= _attributes(nodes, alias)
        elif module_file(module):
            uses[module].add(name)
    for text in texts:  # a module by its name, as in a run's `work`
        module, _, name = text.partition(":")
        if module_file(module):
            uses[module].add(name or EVERYTHING)
    packages = {module.split(".")[0] for module, _, _ in imports}
    return SourceFile(
        version=hashlib.sha256(ast.dump(tree).encode()).hexdigest(),
        uses={name: found for name, found in uses.items() if name not in MACHINERY},
        packages=packages - sys.stdlib_module_names - MACHINERY - {"lib", "scripts"},
        data={data for text in texts for data in _data(path.parent, text)},
        opens=_opens(tree, path.parent),
    )


def _imports(nodes: Collection[ast.AST]) -> Iterator[tuple[str, str, str]]:
    """Each imported module with the name taken from it, and the name that it has here."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, EVERYTHING, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name, alias.asname or alias.name


def _attributes(nodes: Collection[ast.AST], name: str) -> set[str]:
    """Attributes of a name that the code uses; `EVERYTHING` if it is used in other ways."""
    owners = [(n.value, n.attr) for n in nodes if isinstance(n, ast.Attribute)]
    found = [attr for owner, attr in owners if isinstance(owner, ast.Name) and owner.id == name]
    times = sum(isinstance(node, ast.Name) and node.id == name for node in nodes)
    return set(found) if times == len(found) else {EVERYTHING}


def _data(folder: Path, text: str) -> Iterator[Path]:
    """Files beside a module that a string names: a data file, or all in a folder of data."""
    if not re.fullmatch(r"\w[\w.-]*", text):
        return
    path = folder / text
    if path.is_file() and path.suffix not in {".py", ".ipynb"}:
        yield path
    elif path.is_dir() and path.is_relative_to(ROOT / "lib") and not any(path.glob("*.py")):
        yield from (file for file in path.rglob("*") if file.is_file())


def _opens(tree: ast.Module, folder: Path) -> dict[str, set[Opened]]:
    """What functions and classes open by names made at run time, by calls in their module too."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    bodies = {node.name: list(ast.walk(node)) for node in tree.body if isinstance(node, kinds)}
    found = {
        name: {opened for node in nodes for opened in _opened(node, folder)} for name, nodes in bodies.items()
    }
    for _ in bodies:  # as many rounds as the longest chain of calls may need
        for name, nodes in bodies.items():
            called = (found.get(node.id, set()) for node in nodes if isinstance(node, ast.Name))
            found[name] = found[name].union(*called)
    return found


def _opened(node: ast.AST, folder: Path) -> Iterator[Opened]:
    """``import_module(f"lib.corpora.{name}")`` or ``FOLDER / f"{name}.yaml"``."""
    if isinstance(node, ast.JoinedStr) and node.values:
        start = str(getattr(node.values[0], "value", ""))
        if re.fullmatch(r"lib\.[\w.]+\.", start):
            yield start[:-1], ".py"
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name):
        parts = node.right.values if isinstance(node.right, ast.JoinedStr) else []
        end = str(getattr(parts[-1], "value", "")) if parts else ""
        if re.fullmatch(r"\.\w+", end):
            yield ".".join(folder.relative_to(ROOT).parts), end
