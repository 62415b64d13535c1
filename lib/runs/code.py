"""What a result depends on: modules of `lib`, data files that they read, packages."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from lib import params
from lib.instances import block_of
from lib.runs.source import EVERYTHING, ROOT, module_file, read

Choices = Mapping[str, Collection[str]]
"""For a package whose files are opened by a name made at run time, such as ``lib.corpora``, the
names that are meant."""
_block = cache(params.block)
_distributions = cache(packages_distributions)


def _reached(start: Path, choices: Choices) -> list[Path]:
    """A notebook or module, all modules of `lib` that it reaches, and data files that these read.

    Imports inside functions count, and so does a string that names a module.
    """
    uses: dict[Path, set[str]] = {start: {EVERYTHING}}
    processor = module_file("lib.processor")  # imported where processes start, decides every result
    if processor is not None:
        uses[processor] = {EVERYTHING}
    data: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        module = read(path)
        data.update(module.data)
        found = dict(module.uses)
        names = module.opens.keys() if EVERYTHING in uses[path] else uses[path]
        for package, suffix in {o for name in names for o in module.opens.get(name, ())}:
            folder = ROOT.joinpath(*package.split("."))
            files = [file for file in folder.glob(f"*{suffix}") if file.name != "__init__.py"]
            chosen = choices.get(package, [file.stem for file in files])
            if suffix == ".py":
                found |= {f"{package}.{name}": {EVERYTHING} for name in chosen}
            else:
                data |= {file for file in files if file.stem in chosen}
        for name, used in found.items():
            target = module_file(name)
            if target and (target not in uses or not uses[target].issuperset(used)):
                uses.setdefault(target, set()).update(used)
                waiting.append(target)
    return sorted(uses) + sorted(data)


def _closure(start: Path, choices: Choices) -> dict[str, str]:
    """Hash by path of all that a notebook or module reaches, version by name of the packages."""
    found: dict[str, str] = {}
    packages: set[str] = set()
    for path in _reached(start, choices):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in (".py", ".ipynb"):
            found[name] = read(path).version
            packages.update(read(path).packages)
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    provided, locked = _distributions(), _locked()
    names = {name for package in packages for name in provided.get(package, [package])}
    tidy = sorted(name.lower().replace("_", "-") for name in names)
    return found | {name: locked.get(name, "not locked") for name in tidy}


@cache
def _locked() -> Mapping[str, str]:
    lock = ROOT / "requirements.lock"
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def _digest(versions: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()


def code_version(module: str, models: Collection[str]) -> str:
    """Version of a run's code: a module of `lib` and the models (``skeletal.SMACN``) that it uses.

    ModuleNotFoundError if `module` is none of `lib`.
    """
    start = module_file(module)
    if start is None:
        raise ModuleNotFoundError(f"{module} is not a module of this project")
    return _digest(_closure(start, _choices(models)))


def _choices(models: Collection[str]) -> dict[str, list[str]]:
    return {"lib.models": sorted({name.split(".")[0] for name in models})}


def stage_code(notebook: str, corpus: str | None = None) -> dict[str, str]:
    """Versions of all that a notebook's result on a corpus depends on, by path or package.

    Readers and catalogue entries of other corpora do not count, nor do models other than those of
    the experiments that the stage's parameters name, with the encoders of fusions.
    """
    choices: dict[str, list[str]] = {}
    if corpus is not None:
        known = module_file(f"lib.corpora.{corpus}")
        choices = {"lib.corpora": [corpus if known else "table"]} | _choices(_stage_models(notebook, corpus))
    return _closure(ROOT / "notebooks" / f"{notebook}.ipynb", choices)


def notebook_version(notebook: str, corpus: str | None = None) -> str:
    """Version of the code behind a notebook's result on a corpus."""
    return _digest(stage_code(notebook, corpus))


def _stage_models(notebook: str, corpus: str) -> set[str]:
    """Models of the experiments that a stage's parameters name."""
    own = block_of(notebook)
    rows = _block(f"{own.split('.')[0]}.training", corpus)["models"]
    if not any("model" in row for row in rows.values()):
        return set()
    named = _texts({key: value for key, value in _block(own, corpus).items() if key != "models"})
    wanted = [name for name in rows if name in named]
    wanted += [name for row in wanted for name in rows[row].get("encoders", {}).values()]
    return {rows[name]["model"] for name in wanted}


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value}.union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {str(value)}
