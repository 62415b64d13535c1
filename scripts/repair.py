"""Bring damaged files back: from DVC's cache, from the project's folders, or by computing them again."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from lib import files
from lib.runs import store

DAMAGED = ".dvc/tmp/damaged"
"""Where damaged files are put."""
PULLED = ".dvc/tmp/pulled"
"""Make takes data from the remote again if this file is missing."""
NAMING = "naming of the release"
"""What folds were made from that need no copy of a corpus; `scripts.folds.making` writes it."""
TRAINS = "lib/runs/store.py"
"""Every stage that trains reaches this file."""


class Way(Enum):
    """How something damaged comes back."""

    CHECKOUT = "DVC's cache has a whole copy"
    COPY = "it is copied from there into DVC's cache"
    COMPUTE = "computed again"
    FETCH = "taken from DVC's remote again; if it is not there, make corpus adds the corpus again"
    FOLDS = "make folds writes it again"
    UNUSED = "no present result needs it"
    NONE = "stays"


@dataclass(frozen=True)
class Damage:
    """Something damaged, what is behind it and how it comes back."""

    path: Path
    what: str  # is wrong
    origin: str  # stage, training or corpus
    way: Way
    name: str = ""  # DVC's name of the whole content
    note: str = ""  # why it stays
    source: Path | None = None  # a whole copy in the project's folders
    stages: tuple[str, ...] = ()  # that have to run again although their outputs are whole

    @property
    def lasting(self) -> bool:
        """Whether the project lacks something without it: not for a checkpoint or an object of the cache."""
        return self.path.suffix != ".checkpoint" and ".dvc" not in self.path.parts

    @property
    def remedy(self) -> str:
        """How it comes back, in words."""
        return f"{self.way.value}: {self.note}" if self.note else self.way.value


def md5(path: Path) -> str:
    """MD5 of a file's content, DVC's name of it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def listing(folder: Path) -> bytes:
    """What DVC stores of a folder: the path and MD5 of each file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    rows = [{"md5": md5(named[name]), "relpath": name} for name in sorted(named)]
    return json.dumps(rows, sort_keys=True).encode()


def name_of(path: Path) -> str:
    """DVC's name of the content of a file or folder."""
    return f"{hashlib.md5(listing(path)).hexdigest()}.dir" if path.is_dir() else md5(path)


def training(root: Path, run: Path, lock: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Description of a damaged run's training, and the stages that can need it.

    Those are the stages that reach the code of the training and depend on its input files. The facts come
    from ``done.json`` as far as it can be read, because it can be damaged itself.
    """
    path = run / store.DONE
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    facts = dict(
        re.findall(r'^ {1,2}"(work|experiment|corpus|repeat|fold)": "?(.*?)"?,?$', text, re.MULTILINE)
    )
    inputs = set(re.findall(r'^ {2}"(outputs/[^"]+)": "', text, re.MULTILINE))
    module = facts.get("work", "").partition(":")[0].replace(".", "/")
    stages = tuple(
        stage
        for stage, entry in lock.items()
        if _reaches(root, stage, f"{module}.py" if module else TRAINS)
        and any(_inside(own, dep["path"]) for own in inputs or {""} for dep in entry.get("deps", []))
    )
    shown = [facts.get("experiment"), facts.get("corpus")]
    shown += [f"{name} {facts[name]}" for name in ("repeat", "fold") if name in facts]
    name = ", ".join(filter(None, shown)) or "which one is unknown"
    return f"a training ({name}) of {' or '.join(stages) or 'no present stage'}", stages


def _reaches(root: Path, stage: str, module: str) -> bool:
    path = root / "outputs/stages" / stage.replace("_", "/", 1) / "code.json"
    return path.is_file() and f'"{module}"' in path.read_text(encoding="utf-8", errors="replace")


def _inside(path: str, folder: str) -> bool:
    return not path or path == folder or path.startswith(f"{folder}/")


def run(command: list[str], root: Path) -> bool:
    """Print a command and run it in the project; whether it succeeded."""
    print(f"+ {' '.join(command)}", flush=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return not subprocess.run(command, cwd=root, env=os.environ | {"PATH": path}, check=False).returncode


def set_aside(root: Path, found: list[Damage]) -> None:
    """Move what is damaged out of the way, except what nothing brings back."""
    for damage in found:
        if damage.way is not Way.NONE and damage.path.exists():
            aside = files.set_aside(damage.path, root / DAMAGED)
            print(f"{damage.path.relative_to(root)} is set aside as {aside.relative_to(root)}")


def restore(root: Path, found: list[Damage]) -> None:
    """Take whole copies: first into DVC's cache, then out of it."""
    for damage in found:
        source = damage.source
        if source is not None and name_of(source) == damage.name:
            with files.written(damage.path) as own:
                if source.is_dir():
                    own.write_bytes(listing(source))
                else:
                    shutil.copyfile(source, own)
                own.chmod(0o444)
    wanted = {damage.path: damage.name for damage in found if damage.way is Way.CHECKOUT}
    if wanted:
        targets = [str(path.relative_to(root)) for path in wanted]
        run([sys.executable, "-m", "dvc", "checkout", "--force", *targets], root)
    for path, name in wanted.items():
        if path.exists() and name_of(path) != name:
            files.set_aside(path, root / DAMAGED)


def commands(missing: list[Damage]) -> list[list[str]]:
    """What computes again whatever is still missing, in its order."""
    make, found = ["make", "--no-print-directory"], []
    if any(damage.way is Way.FOLDS for damage in missing):
        found.append([*make, "folds"])
    if any(damage.way is not Way.FOLDS for damage in missing):
        found.append([*make, "repro"])
    if stages := list(dict.fromkeys(stage for damage in missing for stage in damage.stages)):
        # their outputs are whole, so DVC sees no reason to run them
        found.append([sys.executable, "-m", "dvc", "repro", "--single-item", "--force", *stages])
    return found


def repair(root: Path, found: list[Damage]) -> bool:
    """Bring back what can be; returns whether nothing damaged or missing is left."""
    set_aside(root, found)
    restore(root, found)
    missing = [damage for damage in found if damage.way is not Way.UNUSED and not damage.path.exists()]
    if any(damage.path.is_relative_to(root / "data") or damage.way is Way.FETCH for damage in missing):
        (root / PULLED).unlink(missing_ok=True)
    done = all(run(command, root) for command in commands(missing))
    left = [damage for damage in found if damage.way is Way.NONE]
    for damage in missing:
        if damage.path.exists():
            continue
        if done and (damage.stages or not damage.lasting):
            print(f"{damage.path.relative_to(root)}: no stage needed it")
        else:
            left.append(damage)
    for damage in left:
        print(f"{damage.path.relative_to(root)} is not repaired; {damage.origin}: {damage.remedy}")
    print(f"{len(found) - len(left)} of {len(found)} repaired")
    return not left
