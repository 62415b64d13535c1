"""Compare everything stored with its checksum: runs, checkpoints, what DVC records, its cache, folds.

DVC trusts the time of change of a file, so `dvc status` does not notice a file that decays; this reads
every byte, names the stage or training behind each damaged file and says what brings it back. With
``--repair`` that is done: damaged files are set aside in ``.dvc/tmp/damaged``, whole copies take their place,
and the rest is computed again. Exit status 1 if something damaged stays.
"""

import argparse
import csv
import hashlib
import lzma
import sys
from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lib.project import project_path
from lib.runs import store
from scripts import repair
from scripts.recorded import Recorded, RecordError
from scripts.repair import Damage, Way

FOLDS = "folds/index.csv"


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


def damaged_folds(root: Path, known: Container[Path]) -> tuple[list[Damage], int]:
    """Files of folds whose content has another digest than in their index, and how many there are.

    Those that are `known` to DVC are not among them.
    """
    path, found = root / FOLDS, []
    if not path.is_file():
        return [], 0
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        listed = [
            (own, row["sha256"], row["made from"], row["corpus"])
            for row in rows
            if (own := path.with_name(row["file"])) not in known
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
    dvc = Recorded(root)
    running = {name: entry for name, entry in dvc.lock.items() if name.split("@")[0] not in dvc.frozen}
    parts = {
        "runs": damaged_runs(root, running),
        "checkpoints": damaged_checkpoints(root),
        "files of DVC": dvc.damaged(),
        "files of folds": damaged_folds(root, dvc.wanted),
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
    try:
        sys.exit(0 if verify(project_path("."), given.repair) else 1)
    except RecordError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
