"""The modules of `lib` that a notebook or module reaches, found in its import statements."""

import ast
import hashlib
import json
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def notebook_code(path: Path) -> str:
    """Code cells of a notebook as one text, without cell magics."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for source in sources for line in source.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))


def _file(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _imported(path: Path) -> frozenset[Path]:
    code = notebook_code(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    names: set[str] = set()
    for node in ast.walk(ast.parse(code, filename=str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)  # a module by its name, as in a run's `work`
    files = {_file(name) for name in names if name.split(".")[0] == "lib"}
    return frozenset(file for file in files if file is not None and file.name != "__init__.py")


def reached(start: Path) -> list[Path]:
    """Files of `lib` that `start` (a notebook or module) imports, directly or not, sorted.

    Imports inside functions count, and so does a string that is a module's name. The empty package
    inits do not.
    """
    found: set[Path] = set()
    waiting = [start.resolve()]
    while waiting:
        for file in _imported(waiting.pop()):
            if file not in found:
                found.add(file)
                waiting.append(file)
    return sorted(found)


def code_version(module: str) -> str:
    """SHA-256 over a module, every module of `lib` that it reaches, and the locked packages.

    Raises
    ------
    ModuleNotFoundError
        If `module` is none of `lib`.
    """
    start = _file(module)
    if start is None:
        raise ModuleNotFoundError(f"{module} is not a module of this project")
    digest = hashlib.sha256()
    lock = ROOT / "requirements.lock"
    for path in sorted({start, *reached(start), *([lock] if lock.is_file() else [])}):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def notebook_code_versions(notebook: Path) -> dict[str, str]:
    """SHA-256 of every module of `lib` that executing a notebook reaches, by path, sorted.

    What runs notebooks counts too.
    """
    runner = ROOT / "lib" / "notebook.py"
    files = {*reached(notebook), runner, *reached(runner)}
    return {
        file.relative_to(ROOT).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(files)
    }


def notebook_version(notebook: str, corpus: str | None) -> str:
    """SHA-256 over the modules of `lib` that a notebook reaches."""
    versions = notebook_code_versions(ROOT / "notebooks" / f"{notebook}.ipynb")
    return hashlib.sha256(json.dumps(versions).encode()).hexdigest()
