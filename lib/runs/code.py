"""What a result depends on: modules of `lib`, data files that they read, and packages."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from lib import params
from lib.instances import instances
from lib.runs.source import EVERYTHING, ROOT, module_file, read

_DISTRIBUTIONS = cache(packages_distributions)


def reached(start: Path, choices: Mapping[str, Collection[str]] | None = None) -> list[Path]:
    """A notebook or module, all modules of `lib` that it reaches, and data files that these read.

    Imports inside functions count, and so does a string that names a module.

    Parameters
    ----------
    choices : mapping, optional
        For a package whose files are opened by a name made at run time, such as ``lib.corpora``,
        the names that are meant; all of them by default.
    """
    uses: dict[Path, set[str]] = {start: {EVERYTHING}}
    data: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        module = read(path)
        data |= module.data
        found = dict(module.uses)
        names = module.opens.keys() if EVERYTHING in uses[path] else uses[path]
        for package, suffix in {o for name in names for o in module.opens.get(name, ())}:
            folder = ROOT.joinpath(*package.split("."))
            files = [file for file in folder.glob(f"*{suffix}") if file.name != "__init__.py"]
            chosen = (choices or {}).get(package, [file.stem for file in files])
            if suffix == ".py":
                found |= {f"{package}.{name}": frozenset({EVERYTHING}) for name in chosen}
            else:
                data |= {file for file in files if file.stem in chosen}
        for name, used in found.items():
            target = module_file(name)
            if target and (target not in uses or not used <= uses[target]):
                uses.setdefault(target, set()).update(used)
                waiting.append(target)
    return sorted(uses) + sorted(data)


def closure(start: Path, choices: Mapping[str, Collection[str]] | None = None) -> dict[str, str]:
    """Versions of all that a notebook or module depends on; see `reached`.

    Returns
    -------
    dict of str
        Hash by path of modules and data files, version by name of the packages that they import.
    """
    found: dict[str, str] = {}
    packages: set[str] = set()
    for path in reached(start, choices):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in (".py", ".ipynb"):
            found[name] = read(path).version
            packages |= read(path).packages
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found | _package_versions(packages)


def _package_versions(packages: Collection[str]) -> dict[str, str]:
    """Locked version of the distribution that provides each package."""
    provided, locked = _DISTRIBUTIONS(), _locked()
    names = {name for package in packages for name in provided.get(package, [package])}
    tidy = sorted(name.lower().replace("_", "-") for name in names)
    return {name: locked.get(name, "not locked") for name in tidy}


@cache
def _locked() -> Mapping[str, str]:
    lock = ROOT / "requirements.lock"
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def digest(versions: Mapping[str, str]) -> str:
    """SHA-256 of a list of versions."""
    return hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()


def code_version(module: str, models: Collection[str] | None = None) -> str:
    """Version of the code that does a run's work.

    Parameters
    ----------
    module : str
        Module of `lib` with the work.
    models : collection of str, optional
        Those that the work uses, for example ``["skeletal.SMACN"]``; all by default.

    Raises
    ------
    ModuleNotFoundError
        If `module` is none of `lib`.
    """
    start = module_file(module)
    if start is None:
        raise ModuleNotFoundError(f"{module} is not a module of this project")
    return digest(closure(start, None if models is None else _choices(models)))


def _choices(models: Collection[str]) -> dict[str, list[str]]:
    return {"lib.models": sorted({name.split(".")[0] for name in models})}


def stage_code(notebook: str, corpus: str | None = None) -> dict[str, str]:
    """Versions of all that a notebook's result on a corpus depends on; see `closure`.

    Readers and catalogue entries of other corpora do not count, nor do models other than those of
    the experiments that the stage's parameters name, with the encoders of fusions.

    Parameters
    ----------
    notebook : str
        For example ``"skeletal/02_training"``.
    """
    choices: dict[str, list[str]] = {}
    if corpus is not None:
        choices = {"lib.corpora": [corpus]} | _choices(_stage_models(notebook, corpus))
    return closure(ROOT / "notebooks" / f"{notebook}.ipynb", choices)


def notebook_version(notebook: str, corpus: str | None = None) -> str:
    """Version of the code behind a notebook's result on a corpus."""
    return digest(stage_code(notebook, corpus))


@cache
def _block(name: str, corpus: str | None) -> dict[str, Any]:
    return params.block(name, corpus)


def _stage_models(notebook: str, corpus: str) -> set[str]:
    """Models of the experiments that a stage's parameters name."""
    paper, stem = notebook.split("/")
    rows = _block(f"{paper}.training", corpus)["models"]
    if not any("model" in row for row in rows.values()):
        return set()
    own = _block(f"{paper}.{stem.split('_', 1)[1]}", corpus)
    named = _texts({key: value for key, value in own.items() if key != "models"})
    wanted = [name for name in rows if name in named]
    wanted += [name for row in wanted for name in rows[row].get("encoders", {}).values()]
    return {rows[name]["model"] for name in wanted}


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value}.union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {str(value)}


def write_stage_code(folder: Path) -> None:
    """Write what each stage depends on to ``<paper>/<notebook>[@<corpus>]/code.json``."""
    for instance in instances():
        path = folder / instance.name / "code.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(stage_code(instance.notebook, instance.corpus), indent=1)
        path.write_text(text + "\n", encoding="utf-8")
