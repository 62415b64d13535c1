"""Make a sample corpus: ``python -m scripts.sample_corpora iemocap --to data/iemocap``.

Without --seed it is drawn as the one in the repository.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lib.corpora import provenance
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance
from scripts.sample_corpora import audiovisual, emotic, iemocap, valence
from scripts.sample_corpora.effects import Planted
from scripts.sample_corpora.strengths import scaled

WRITERS: dict[str, tuple[Callable[..., Provenance], type[Planted]]] = {
    "iemocap": (iemocap.write, iemocap.Effects),
    "rml": (audiovisual.write_rml, audiovisual.Effects),
    "enterface": (audiovisual.write_enterface, audiovisual.Effects),
    "emotic": (emotic.write, emotic.Effects),
    "recola": (valence.write_recola, valence.Effects),
    "sewa": (valence.write_sewa, valence.Effects),
}
"""Function that writes a corpus, and its effects file."""


def replace(
    corpus: str,
    folder: Path,
    seed: int | None = None,
    strengths: Mapping[str, float] | None = None,
) -> Provenance:
    """Write a sample corpus in place of the one that is there.

    Parameters
    ----------
    strengths : mapping, optional
        Factors of effects (`scripts.sample_corpora.strengths`); by default all are 1.

    Raises
    ------
    FileExistsError
        If the folder holds something else than a synthetic corpus.
    ValueError
        If an effect cannot be scaled.
    """
    writer, effects = WRITERS[corpus]
    planted = scaled(effects.load(), strengths or {})
    if folder.exists() and any(folder.iterdir()):
        try:
            synthetic = provenance.read(folder).is_synthetic
        except CorpusError:
            synthetic = False
        if not synthetic:
            raise FileExistsError(f"{folder} is not a synthetic corpus: it is left as it is")
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    origin = writer(new, effects=planted, **({} if seed is None else {"seed": seed}))
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return origin


def _strength(text: str) -> tuple[str, float]:
    name, _, factor = text.partition("=")
    try:
        return name, float(factor)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FACTOR") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, write the corpus, print what was made."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sample_corpora", description=__doc__)
    parser.add_argument("corpus", choices=sorted(WRITERS))
    parser.add_argument("--to", type=Path, required=True, help="folder, replaced if synthetic")
    parser.add_argument("--seed", type=int)
    words = "factor of an effect, such as words=0.5; may be repeated"
    parser.add_argument("--strength", type=_strength, action="append", default=[], help=words)
    given = parser.parse_args(arguments)
    try:
        origin = replace(given.corpus, given.to, given.seed, dict(given.strength))
    except (FileExistsError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{given.to}: {origin.version}, {origin.files} files, {origin.bytes / 1e6:.1f} MB")
    print(", ".join(f"{name} {count}" for name, count in origin.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
