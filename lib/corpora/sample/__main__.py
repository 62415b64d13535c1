"""Make a sample corpus: ``python -m lib.corpora.sample iemocap --to data/iemocap``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lib.corpora.sample import iemocap

MAKERS = {"iemocap": iemocap}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, write the corpus, print what was made."""
    parser = argparse.ArgumentParser(prog="python -m lib.corpora.sample", description=__doc__)
    parser.add_argument("corpus", choices=sorted(MAKERS))
    parser.add_argument("--to", type=Path, required=True, help="folder, replaced if synthetic")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--dialogues", type=int)
    parser.add_argument("--utterances", type=int)
    given = parser.parse_args(arguments)
    sizes = {
        name: value
        for name in ("seed", "dialogues", "utterances")
        if (value := getattr(given, name)) is not None
    }
    try:
        origin = MAKERS[given.corpus].replace(given.to, **sizes)
    except (FileExistsError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{given.to}: {origin.version}, {origin.files} files, {origin.bytes / 1e6:.1f} MB")
    print(", ".join(f"{name} {count}" for name, count in origin.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
