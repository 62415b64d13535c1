"""Speed as shares of what a user would write or install instead: ``make bench``."""

import argparse

from lib import processor

processor.pin()  # before the libraries are loaded

import pandas as pd  # noqa: E402

from lib.files import written  # noqa: E402
from lib.params import project_path  # noqa: E402
from tests.benchmarks.harness import measure, slower  # noqa: E402
from tests.benchmarks.pairs import PAIRS  # noqa: E402

TABLE = "reports/benchmarks.csv"


def main(arguments: list[str] | None = None) -> int:
    """Compare outputs, then times; print the table, and what got slower than in the stored one."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="timings of each pair (default: %(default)s)")
    parser.add_argument("--only", default="", help="work or peers whose names contain this")
    parser.add_argument("--short", action="store_true", help="small inputs, one round; nothing is written")
    given = parser.parse_args(arguments)
    chosen = [pair for pair in PAIRS if given.only.lower() in f"{pair.work} {pair.peer}".lower()]
    rounds, size = (1, 0.25) if given.short else (given.rounds, 1.0)
    rows = []
    for pair in chosen:
        rows.append(measure(pair, rounds, size))
        ratio = f"{rows[-1]['ratio']:.2f}" if "ratio" in rows[-1] else rows[-1]["outputs"]
        print(f"{pair.work}, against {pair.peer}: {ratio}", flush=True)
    table = pd.DataFrame(rows, columns=["work", "peer", "ratio", "lowest", "highest", "rounds", "outputs"])
    print(table.round(3).to_string(index=False))
    path = project_path(TABLE)
    if given.short:
        return 0
    if path.is_file():
        worse = slower(table, pd.read_csv(path)) or ["nothing"]
        print("\n".join(["slower than in the stored table:", *worse]))
    if len(chosen) == len(PAIRS):
        with written(path) as own:
            table.round(3).to_csv(own, index=False)
        print(f"written to {TABLE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
