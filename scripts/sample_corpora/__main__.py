"""Make a sample corpus: ``python -m scripts.sample_corpora iemocap --to data/iemocap``."""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lib.corpora import provenance
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance
from scripts.sample_corpora import audiovisual, emotic, iemocap, valence

WRITERS: dict[str, Callable[..., Provenance]] = {
    "iemocap": iemocap.write,
    "rml": audiovisual.write_rml,
    "enterface": audiovisual.write_enterface,
    "emotic": emotic.write,
    "recola": valence.write_recola,
    "sewa": valence.write_sewa,
}


def replace(corpus: str, folder: Path, seed: int | None = None) -> Provenance:
    """Write a sample corpus in place of the one that is there.

    Raises
    ------
    FileExistsError
        If the folder holds something else than a synthetic corpus.
    """
    if folder.exists() and any(folder.iterdir()):
        try:
            synthetic = provenance.read(folder).is_synthetic
        except CorpusError:
            synthetic = False
        if not synthetic:
            raise FileExistsError(f"{folder} is not a synthetic corpus: it is left as it is")
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    origin = WRITERS[corpus](new, **({} if seed is None else {"seed": seed}))
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return origin


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, write the corpus, print what was made."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sample_corpora", description=__doc__)
    parser.add_argument("corpus", choices=sorted(WRITERS))
    parser.add_argument("--to", type=Path, required=True, help="folder, replaced if synthetic")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args(arguments)
    try:
        origin = replace(given.corpus, given.to, given.seed)
    except (FileExistsError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{given.to}: {origin.version}, {origin.files} files, {origin.bytes / 1e6:.1f} MB")
    print(", ".join(f"{name} {count}" for name, count in origin.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
