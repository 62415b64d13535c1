"""Write a sample corpus: ``python -m lib.corpora.sample iemocap --to data/iemocap``."""

import argparse
import shutil
from pathlib import Path

from lib.corpora.sample import iemocap

WRITERS = {"iemocap": iemocap.write}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", choices=sorted(WRITERS))
    parser.add_argument("--to", type=Path, required=True, help="folder; replaced if it exists")
    parser.add_argument("--seed", type=int, default=20200101)
    options = parser.parse_args()
    shutil.rmtree(options.to, ignore_errors=True)
    WRITERS[options.corpus](options.to, options.seed)


if __name__ == "__main__":
    main()
