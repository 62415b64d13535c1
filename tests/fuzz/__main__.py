"""The fuzzer: ``python -m tests.fuzz --inputs 200000``, or ``make fuzz INPUTS=200000``."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd

from lib.files import written
from tests.fuzz.entries import ENTRIES
from tests.fuzz.harness import READ, REFUSED, VERDICTS, Entry, run

SEED, WHOLE = "1", 200_000
TABLE = Path(__file__).parents[2] / "reports" / "fuzz.csv"
EXAMPLES = 3  # printed for each entry point and verdict


def numbers_of(inputs: int, entries: list[Entry]) -> dict[str, int]:
    """Inputs of each entry point by their shares, `inputs` or a few more in all."""
    shares = sum(entry.share for entry in entries)
    return {entry.name: -int(-inputs * entry.share // shares) for entry in entries}


def main(arguments: list[str] | None = None) -> int:
    """Print counts by entry point and verdict; 1 if anything but refusals and readings was found."""
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "--inputs", type=int, default=WHOLE, help="damaged inputs in all (default: %(default)s)"
    )
    parser.add_argument("--seed", default=SEED, help="what the damage is drawn from (default: %(default)s)")
    parser.add_argument("--only", default="", help="entry points whose names contain this")
    given = parser.parse_args(arguments)
    chosen = [entry for entry in ENTRIES if given.only.lower() in entry.name.lower()]
    if not chosen:
        parser.error(f"no entry point contains {given.only!r}")
    wanted, rows = numbers_of(given.inputs, chosen), []
    for entry in chosen:
        start, counts = time.monotonic(), Counter[str]()
        for number, verdict, found in run(entry, given.seed, range(wanted[entry.name])):
            counts[verdict] += 1
            if verdict not in (REFUSED, READ) and counts[verdict] <= EXAMPLES:
                print(f"  {entry.name}, input {number}: {verdict}: {found}", flush=True)
        row = {"entry point": entry.name, "inputs": counts.total()} | {
            name: counts[name] for name in VERDICTS
        }
        print(f"{row} in {time.monotonic() - start:.0f} s", flush=True)
        rows.append(row)
    table = pd.DataFrame(rows)
    table.loc[len(table)] = ["in all", *table.drop(columns="entry point").sum()]
    print(table.to_string(index=False))
    if len(chosen) == len(ENTRIES) and given.inputs >= WHOLE:
        with written(TABLE) as own:
            table.to_csv(own, index=False)
        print(f"written to {TABLE}")
    bad = table.iloc[-1][[name for name in VERDICTS if name not in (REFUSED, READ)]].sum()
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
