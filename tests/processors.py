"""Digests of what this processor computes, to compare with those of other kinds of processor."""

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

from lib import processor
from lib.project import project_path

PATH = "reports/processors.csv"
FEW = 4
"""Networks whose digests are cheap: of movement, of speech and text, of their fusion, of video."""
COLUMNS = ("processor", "computation", "digest")


def kind() -> str:
    """Maker of this processor and the widest instructions that matter here, from Linux's list."""
    facts: dict[str, str] = {}
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.is_file() else ():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    flags = facts.get("flags", "").split()
    widest = next((name for name in ("avx512f", "avx2") if name in flags), "neither AVX2 nor more")
    return f"{facts.get('vendor_id', 'unknown maker')} {widest}"


def proven(known: list[dict[str, str]]) -> set[str]:
    """Computations that processors of two makers or more did alike."""
    makers: dict[str, set[str]] = {}
    for row in known:
        makers.setdefault(row["computation"], set()).add(row["processor"].split()[0])
    return {name for name, found in makers.items() if len(found) > 1}


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a stored table of digests; none if there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main(arguments: list[str] | None = None) -> None:
    """Print this processor's digests, or add them to the table of all kinds of processors."""
    parser = argparse.ArgumentParser("python -m tests.processors", description=main.__doc__)
    parser.add_argument("--add", action="store_true", help=f"replace this kind's rows in {PATH}")
    parser.add_argument("--few", action="store_true", help="print the first networks' digests alone")
    options = parser.parse_args(arguments)
    if processor.unpinned():  # libraries read the variables when they are loaded
        command = [sys.executable, "-m", "tests.processors", *(arguments or sys.argv[1:])]
        environment = os.environ | processor.ENVIRONMENT
        sys.exit(subprocess.run(command, check=False, env=environment).returncode)
    from tests.computations import digests

    found = digests(FEW if options.few else None)
    own = [dict(zip(COLUMNS, (kind(), *pair), strict=True)) for pair in found.items()]
    if options.few or not options.add:
        for row in own:
            print(*row.values(), sep=",")
        return
    path = project_path(PATH)
    kept = [row for row in rows(path) if row["processor"] != kind()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept + own, key=lambda row: row["processor"]))


if __name__ == "__main__":
    main()
