"""Compare everything stored with its checksum: runs, the pipeline's outputs, data, DVC's cache.

DVC trusts the time of change of a file, so `dvc status` does not notice a file that decays; this reads
every byte. Tables and metrics are git's, which compares them itself. Exit status 1 if something is
damaged and stays where it is.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from lib import files
from lib.project import project_path
from lib.runs import store

DAMAGED = ".dvc/tmp/damaged"
"""Where damaged files are put."""
CACHE = ".dvc/cache/files/md5"
PULLED = ".dvc/tmp/pulled"
"""Make takes data from the remote again if this file is missing."""


def md5(path: Path) -> str:
    """MD5 of a file's content, DVC's name of it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def cached(root: Path, name: str) -> Path:
    """Place of an object in DVC's cache."""
    return root / CACHE / name[:2] / name[2:]


def outs(root: Path) -> Iterator[dict[str, Any]]:
    """Entries of `data.dvc` and of every stage's outputs in `dvc.lock`."""
    for file in ("data.dvc", "dvc.lock"):
        content = yaml.safe_load((root / file).read_text(encoding="utf-8")) if (root / file).is_file() else {}
        yield from content.get("outs", [])
        for stage in content.get("stages", {}).values():
            yield from stage.get("outs", [])


def recorded(root: Path) -> dict[Path, str]:
    """MD5 of each file that DVC keeps and that is there, by path.

    A folder's files are known if its list is in the cache; the lists of tables are not.
    """
    found = {}
    for out in outs(root):
        path, name = root / out["path"], out["md5"]
        listed = cached(root, name)
        if not name.endswith(".dir"):
            found[path] = name
        elif listed.is_file() and md5(listed) == name.removesuffix(".dir"):
            entries = json.loads(listed.read_text(encoding="utf-8"))
            found |= {path / entry["relpath"]: entry["md5"] for entry in entries}
    return {path: name for path, name in found.items() if path.is_file()}


def damaged_files(root: Path) -> tuple[list[Path], int]:
    """Damaged objects of the cache and files of outputs and data, and how many were read."""
    wanted = recorded(root)
    for path in sorted((root / CACHE).glob("??/*")):
        if path.is_file():
            wanted[path] = path.parent.name + path.name.removesuffix(".dir")
    with ThreadPoolExecutor() as pool:
        names = pool.map(md5, wanted)
        wrong = [path for path, name in zip(wanted, names, strict=True) if name != wanted[path]]
    return wrong, len(wanted)


def damaged_runs(root: Path) -> tuple[dict[Path, list[str]], int]:
    """What is wrong with each damaged finished run, and how many finished runs there are."""
    folders = sorted(path.parent for path in (root / "runs").glob(f"*/{store.DONE}"))
    whole = [folder for folder in folders if ".damaged-" not in folder.name]
    with ThreadPoolExecutor() as pool:
        wrong = dict(zip(whole, pool.map(store.damage, whole), strict=True))
    return {folder: words for folder, words in wrong.items() if words}, len(whole)


def verify(root: Path, repair: bool = False) -> bool:
    """Print what is damaged, and set it aside with `repair`; returns whether nothing damaged is left.

    A damaged run or output is then computed again by `make repro`, or taken from the cache if it is
    whole there; damaged data come from the remote again.
    """
    runs, finished = damaged_runs(root)
    wrong, read = damaged_files(root)
    for folder, words in runs.items():
        print(f"{folder.relative_to(root)}: {'; '.join(words)}")
    for path in wrong:
        print(f"{path.relative_to(root)}: the content differs from what was stored")
    print(f"{finished} runs, {len(runs)} damaged; {read} files of DVC, {len(wrong)} damaged")
    if repair:
        for path in [*runs, *wrong]:
            print(f"set aside as {files.set_aside(path, root / DAMAGED).relative_to(root)}")
        if any(path.is_relative_to(root / "data") for path in wrong):
            (root / PULLED).unlink(missing_ok=True)
    elif runs or wrong:
        print("`make verify REPAIR=1` sets the damaged ones aside; `make repro` makes them again")
    return repair or not (runs or wrong)


def main() -> None:
    """Command line: ``python -m scripts.verify [--repair]``."""
    parser = argparse.ArgumentParser("python -m scripts.verify", None, __doc__)
    parser.add_argument("--repair", action="store_true", help="set damaged files and runs aside")
    given = parser.parse_args()
    sys.exit(0 if verify(project_path("."), given.repair) else 1)


if __name__ == "__main__":
    main()
