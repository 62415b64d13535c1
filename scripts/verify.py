"""Compare everything stored with its checksum: runs, checkpoints, what DVC records, its cache, folds.

DVC trusts the time of change of a file, so `dvc status` does not notice a file that decays; this reads
every byte, names the stage or training behind each damaged file and says what brings it back. With
``--repair`` that is done: damaged files are set aside in ``.dvc/tmp/damaged``, whole copies take their place,
and the rest is computed again. Exit status 1 if something damaged stays.
"""

import argparse
import csv
import hashlib
import json
import lzma
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from lib.project import project_path
from lib.runs import store
from scripts import repair
from scripts.repair import Damage, Way, md5, name_of

CACHE = ".dvc/cache/files/md5"
FOLDS = "folds/index.csv"
FROZEN = "the stage is frozen, and only make controls computes it again; git has the committed version"


def cached(root: Path, name: str) -> Path:
    """Place of an object in DVC's cache."""
    return root / CACHE / name[:2] / name[2:]


class Stored:
    """What DVC records of a project, and which stage made it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = self._read("dvc.lock").get("stages", {})
        self.origin: dict[Path, str] = {}
        """Stage that made each output; empty for data."""
        self.wanted: dict[Path, str] = {}
        """MD5 of each file, and of each folder whose list the cache lacks, that is there."""
        self.lists: dict[str, Path] = {}
        """Folder of each list."""
        outs = [("", out) for out in self._read("data.dvc").get("outs", [])]
        outs += [(stage, out) for stage, entry in self.lock.items() for out in entry.get("outs", [])]
        for stage, out in outs:
            self._add(stage, root / out["path"], out["md5"])

    def _read(self, name: str) -> dict[str, Any]:
        path = self.root / name
        return (yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None) or {}

    def _add(self, stage: str, path: Path, name: str) -> None:
        self.origin[path] = stage
        listed = cached(self.root, name)
        found = {path: name}
        if name.endswith(".dir"):
            self.lists[name] = path
            if listed.is_file() and md5(listed) == name.removesuffix(".dir"):
                entries = json.loads(listed.read_text(encoding="utf-8"))
                found = {path / entry["relpath"]: entry["md5"] for entry in entries}
        self.wanted |= {own: name for own, name in found.items() if own.exists()}

    @cached_property
    def objects(self) -> dict[Path, str]:
        """MD5 of each object of the cache."""
        paths = [path for path in sorted((self.root / CACHE).glob("??/*")) if path.is_file()]
        return {path: path.parent.name + path.name for path in paths}

    @cached_property
    def places(self) -> dict[str, list[Path]]:
        """Files and folders that should have each content."""
        found: dict[str, list[Path]] = {name: [path] for name, path in self.lists.items()}
        for path, name in self.wanted.items():
            found.setdefault(name, []).append(path)
        return found

    @cached_property
    def frozen(self) -> set[str]:
        """Stages that `make repro` does not run."""
        stages = self._read("dvc.yaml").get("stages", {})
        return {name for name, entry in stages.items() if entry.get("frozen")}

    def stage(self, path: Path) -> str:
        """Stage whose output a path is or belongs to; empty for data."""
        return next(self.origin[own] for own in (path, *path.parents) if own in self.origin)

    def damaged(self) -> tuple[list[Damage], int]:
        """Damaged outputs, data and objects of the cache, and how many were read."""
        names = self.wanted | {path: name.removesuffix(".dir") for path, name in self.objects.items()}
        with ThreadPoolExecutor() as pool:
            found = pool.map(name_of, names)
            wrong = {path for path, name in zip(names, found, strict=True) if name != names[path]}
        return [self._damage(path, wrong) for path in names if path in wrong], len(names)

    def _damage(self, path: Path, wrong: set[Path]) -> Damage:
        what = "the content differs from what was stored"
        if path not in self.objects:
            name = self.wanted[path]
            copy = cached(self.root, name)
            if stage := self.stage(path):
                origin, way = f"the stage {stage} makes it", Way.COMPUTE
            else:
                origin, way = f"data of {'/'.join(path.relative_to(self.root).parts[:2])}", Way.FETCH
            if path.is_file() and copy.is_file() and copy not in wrong:
                return Damage(path, what, origin, Way.CHECKOUT, name)
            if stage.split("@")[0] in self.frozen:
                return Damage(path, what, origin, Way.NONE, name, FROZEN)
            return Damage(path, what, origin, way, name)
        name = self.objects[path]
        places = self.places.get(name, [])
        if not places:
            return Damage(path, what, "DVC's copy of something earlier", Way.UNUSED)
        stage = self.stage(places[0])
        origin = f"DVC's copy of {places[0].relative_to(self.root)} ({stage or 'data'})"
        for place in places:
            if place.exists() and not any(own in wrong for own in (place, *place.rglob("*"))):
                return Damage(path, what, origin, Way.COPY, name, source=place)
        return Damage(path, what, origin, Way.COMPUTE if stage else Way.FETCH, name)


def damaged_runs(root: Path, lock: dict[str, Any]) -> tuple[list[Damage], int]:
    """Damaged finished runs, and how many finished runs there are."""
    folders = sorted(path.parent for path in (root / "runs").glob(f"*/{store.DONE}"))
    whole = [folder for folder in folders if ".damaged-" not in folder.name]
    with ThreadPoolExecutor() as pool:
        wrong = dict(zip(whole, pool.map(store.damage, whole), strict=True))
    found = []
    for folder, words in wrong.items():
        if words:
            origin, stages = repair.training(root, folder, lock)
            way = Way.COMPUTE if stages else Way.UNUSED
            found.append(Damage(folder, ", ".join(words), origin, way, stages=stages))
    return found, len(whole)


def damaged_checkpoints(root: Path) -> tuple[list[Damage], int]:
    """Damaged states of unfinished trainings, and how many states there are."""
    paths = sorted((root / "runs").glob("*.checkpoint"))
    found = []
    if paths:
        from lib.training.checkpoints import CheckpointError, stored
    for path in paths:
        try:
            stored(path)
        except FileNotFoundError:  # its training has just ended
            pass
        except CheckpointError as error:
            what = str(error).removeprefix(f"{path} is damaged: ")
            found.append(
                Damage(path, what, "state of an unfinished training, which starts over", Way.COMPUTE)
            )
    return found, len(paths)


def damaged_folds(root: Path) -> tuple[list[Damage], int]:
    """Files of folds whose content has another digest than in their index, and how many there are."""
    path, found = root / FOLDS, []
    if not path.is_file():
        return [], 0
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        listed = [
            (path.with_name(row["file"]), row["sha256"], row["made from"], row["corpus"]) for row in rows
        ]
    except (UnicodeDecodeError, KeyError, TypeError, csv.Error):
        reason = "git has the committed version"
        return [Damage(path, "it is no index of folds", "make folds writes it", Way.NONE, note=reason)], 1
    for own, wanted, made_from, corpus in listed:
        if not own.is_file():
            continue
        try:
            whole = hashlib.sha256(lzma.decompress(own.read_bytes())).hexdigest() == wanted
        except (lzma.LZMAError, EOFError):
            whole = False
        if not whole:
            what = "the content differs from its digest in the index"
            free = made_from == repair.NAMING
            note = f"make folds NAME={corpus} KEEP=1 makes it from a copy; git has the committed version"
            way = Way.FOLDS if free else Way.NONE
            found.append(Damage(own, what, f"folds of {corpus}", way, note="" if free else note))
    return found, len(listed)


def find(root: Path) -> tuple[list[Damage], str]:
    """Everything that is damaged, and how much of what was read."""
    dvc = Stored(root)
    running = {name: entry for name, entry in dvc.lock.items() if name.split("@")[0] not in dvc.frozen}
    parts = {
        "runs": damaged_runs(root, running),
        "checkpoints": damaged_checkpoints(root),
        "files of DVC": dvc.damaged(),
        "files of folds": damaged_folds(root),
    }
    counts = [f"{read} {what}, {len(wrong)} damaged" for what, (wrong, read) in parts.items()]
    return [damage for wrong, _ in parts.values() for damage in wrong], "; ".join(counts)


def verify(root: Path, mend: bool = False) -> bool:
    """Print what is damaged, and repair it with `mend`; returns whether nothing damaged is left."""
    found, counts = find(root)
    for damage in found:
        print(f"{damage.path.relative_to(root)}: {damage.what}; {damage.origin}: {damage.remedy}")
    print(counts)
    if mend and found:
        return repair.repair(root, found)
    if found:
        print("`make verify REPAIR=1` does this; it keeps the damaged ones in .dvc/tmp/damaged")
    return not found


def main() -> None:
    """Command line: ``python -m scripts.verify [--repair]``."""
    text, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m scripts.verify", None, text, more)
    parser.add_argument("--repair", action="store_true", help="bring back what is damaged")
    given = parser.parse_args()
    sys.exit(0 if verify(project_path("."), given.repair) else 1)


if __name__ == "__main__":
    main()
