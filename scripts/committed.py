"""Compare the results in `reports/` with the committed ones, for the end of `make repro`."""

import argparse
import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from scmrepo.exceptions import SCMError
from scmrepo.git import Git

from lib.params import project_root
from lib.trees import Key, leaves

KINDS = (".csv", ".json")
CODE = ("code_version", "settings_version", "code", "settings")
"""Keys and columns that name code and settings, not results."""


@dataclass(frozen=True)
class Change:
    """A table that differs from the committed one."""

    path: str
    cells: int  # number of values that differ
    largest: float | None  # relative to the larger number; None where other things differ

    def __str__(self) -> str:
        size = "words or rows differ" if self.largest is None else f"by up to {self.largest:.2g}"
        return f"{self.path}: {self.cells} values, {size}"


@dataclass(frozen=True)
class Comparison:
    """Tables that are equal, changed, new in the project's folder, and gone from it."""

    equal: int
    changed: list[Change]
    new: list[str]
    gone: list[str]

    def __str__(self) -> str:
        lines = [
            f"compared with the committed results: {self.equal} tables equal, "
            f"{len(self.changed)} differ, {len(self.new)} new, {len(self.gone)} missing"
        ]
        lines += [f"  {change}" for change in self.changed]
        lines += [f"  {path}: not committed" for path in self.new]
        lines += [f"  {path}: committed, but not here" for path in self.gone]
        return "\n".join(lines)


def compare(root: Path) -> Comparison:
    """Compare every csv and json file of `reports/`, but for the site, with the last commit's.

    Raises
    ------
    OSError
        If the project is no git repository with a commit, or git is missing.
    """
    committed, reports = _committed(root), root / "reports"
    here = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(reports.rglob("*"))
        if path.suffix in KINDS and not path.is_relative_to(reports / "site")
    }
    both = sorted(committed.keys() & here.keys())
    changed = [change for path in both if (change := _change(path, committed[path], here[path]))]
    return Comparison(
        len(both) - len(changed),
        changed,
        sorted(here.keys() - committed.keys()),
        sorted(committed.keys() - here.keys()),
    )


def _committed(root: Path) -> dict[str, str]:
    try:
        files = Git(str(root)).get_fs("HEAD")
    except SCMError as error:
        raise OSError(str(error)) from error
    paths = [path for path in files.find("reports") if path.endswith(KINDS)]
    return {path: files.cat_file(path).decode() for path in paths}


def _change(path: str, before: str, now: str) -> Change | None:
    cells = [
        (one, two)
        for (where, one), (_, two) in zip_longest(
            _values(path, before), _values(path, now), fillvalue=((), "")
        )
        if one != two and not set(where) & set(CODE)
    ]
    if not cells:
        return None
    sizes = [_relative(one, two) for one, two in cells]
    numbers = [size for size in sizes if size is not None]
    return Change(path, len(cells), max(numbers) if len(numbers) == len(sizes) else None)


def _values(path: str, text: str) -> Iterator[tuple[Key, str]]:
    """Keys and value of every cell of a table or every leaf of a document."""
    if path.endswith(".json"):
        yield from ((key, json.dumps(value)) for key, value in leaves(json.loads(text)))
        return
    for number, row in enumerate(csv.DictReader(io.StringIO(text))):
        yield from (((str(number), str(name)), str(value)) for name, value in row.items())


def _relative(one: str, two: str) -> float | None:
    try:
        a, b = float(one), float(two)
    except ValueError:
        return None
    change = abs(a - b) / max(abs(a), abs(b), 1e-300)
    return change if math.isfinite(change) else None


def main() -> None:
    """Print the comparison; without git, why there is none."""
    argparse.ArgumentParser("python -m scripts.committed", description=__doc__).parse_args()
    try:
        print(compare(project_root()))
    except OSError as error:
        print(f"not compared with the committed results: {error}")


if __name__ == "__main__":
    main()
