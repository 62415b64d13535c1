"""What DVC records of the project's files, and which of them differ from it."""

import json
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from scripts.repair import Damage, Way, md5, name_of

CACHE = ".dvc/cache/files/md5"
FROZEN = "the stage is frozen, and only make controls computes it again; git has the committed version"


WAITS = (0.5, 1.0, 0.0)
"""Seconds after each comparison that finds a difference; the last one counts."""
SHOWN = 3


def cached(root: Path, name: str) -> Path:
    """Place of an object in DVC's cache."""
    return root / CACHE / name[:2] / name[2:]


class RecordError(RuntimeError):
    """A record of DVC cannot be read, or a file differs from it."""


class Recorded:
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
        try:
            outs = [("", out) for out in self._read("data.dvc").get("outs", [])]
            outs += [(stage, out) for stage, entry in self.lock.items() for out in entry.get("outs", [])]
            for stage, out in outs:
                self._add(stage, root / out["path"], out["md5"])
        except (AttributeError, KeyError, TypeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise RecordError(
                f"{root / 'dvc.lock'} or data.dvc is damaged: {what}: git has the committed versions"
            ) from None

    def _read(self, name: str) -> dict[str, Any]:
        path = self.root / name
        if not path.is_file():
            return {}
        try:
            found = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
            if not isinstance(found, dict):
                raise yaml.YAMLError("it is no mapping")
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            what = " ".join(str(error).split())
            raise RecordError(f"{path} is damaged: {what}: `git checkout {name}` brings it back") from None
        return found

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


def check(root: Path, parts: Collection[str]) -> None:
    """Compare files of the project with what DVC recorded when a stage wrote them.

    DVC itself trusts their times of change. `parts` are files and folders, relative to `root`; data, and
    what no stage wrote, are not read.

    Raises
    ------
    RecordError
        Naming the files that differ, the stages that wrote them, and what to do.
    """
    for wait in WAITS:
        try:
            wrong = _differing(root, [root / part for part in parts])
        except RecordError:
            if not wait:
                raise
        else:
            if not wrong:
                return
        time.sleep(wait)  # another process of DVC may be writing dvc.lock
    shown = [f"{path.relative_to(root)} (of {stage})" for path, stage in list(wrong.items())[:SHOWN]]
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    stages = " ".join(sorted(set(wrong.values())))
    raise RecordError(
        f"{', '.join(shown)}{more}: the content differs from what the stage stored. `make verify REPAIR=1` "
        f"brings it back, and `dvc checkout` after a change of branch; if you changed it or ran the notebook "
        f"by hand, `dvc commit {stages}` keeps it"
    )


def _differing(root: Path, parts: list[Path]) -> dict[Path, str]:
    """Outputs inside, or around, some files and folders that differ, with their stages."""
    recorded = Recorded(root)
    names = {
        path: name
        for path, name in recorded.wanted.items()
        if recorded.stage(path) and any(path.is_relative_to(p) or p.is_relative_to(path) for p in parts)
    }
    with ThreadPoolExecutor() as pool:
        found = dict(zip(names, pool.map(name_of, names), strict=True))
    return {path: recorded.stage(path) for path in names if found[path] != names[path]}
