"""Write or check folds that others can use: ``make folds`` and ``make folds NAME=iemocap``.

Values come from the environment. Without NAME, all folds that need no copy of a corpus are written to
``folds/``, which git keeps. With NAME, those of the copy in ``data/`` are written with ids to OUT, by
default ``outputs/folds/<name>``; KEEP=1 also writes those of a real copy without ids to ``folds/``.
CHECK=file checks a file of folds against the copy instead, PARTIAL=1 accepts a copy that lacks samples.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from papermill import PapermillExecutionError

from lib import processor
from lib.corpora import provenance
from lib.corpora.catalogue import CorpusError
from lib.project import project_path
from scripts.folds import emobox, files, making
from scripts.folds.files import FoldsError
from scripts.folds.making import Made
from scripts.notebook import execute

NOTEBOOK = "exchange/01_folds"
KEPT = "folds"


def store(made: Iterable[Made], folder: Path) -> pd.DataFrame:
    """Write files of folds and their index into a folder; return the index."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for own in made:
        row = files.entry(own.corpus, own.scheme, own.folds, own.samples, own.origin)
        files.write(own.folds, folder / str(row["file"]))
        rows.append(row)
    return files.write_index(rows, folder)


def make(corpus: str, keep: bool, folder: Path) -> tuple[list[Made], pd.DataFrame]:
    """Make and store folds: those of a copy, or without a corpus all that need no copy.

    `folder` is where those of a copy go, with EmoBox's layout below ``emobox/<scheme>`` where samples are
    files of sound. What needs no copy goes to ``folds/`` and, for a corpus without a copy, to `folder`.

    Raises
    ------
    FoldsError, CorpusError
        If the corpus has no recipe, its copy is damaged, or nothing can be made without one.
    """
    root = project_path("data")
    if not corpus:
        made = [own for name in making.recipes() for own in making.by_naming(name)]
        return made, store(made, project_path(KEPT))
    making.recipe(corpus)
    if not (root / corpus).is_dir():
        made = making.by_naming(corpus)
        if not made:
            raise FoldsError(f"NAME={corpus}: its ids come with the corpus, and data/{corpus} is not there")
        print(f"no copy in data/{corpus}: only what follows from the {making.NAMING}")
        return made, store(made, folder)
    made, table = making.by_copy(corpus, root), making.samples(corpus, root)
    index = store(made, folder)
    if corpus in emobox.SOUND:
        for own in made:
            emobox.write(own.folds, table, corpus, root, folder / "emobox" / own.scheme)
    if keep:
        about = provenance.read(root / corpus)
        named = making.recipe(corpus)["named"]
        others = [own for own in made if own.scheme not in named]
        store([making.by_position(own, table, about) for own in others], project_path(KEPT))
    return made, index


def sizes(made: Iterable[Made]) -> pd.DataFrame:
    """Samples by part of each fold, least and most over folds and repetitions, and shares tested."""
    rows = []
    for own in made:
        folds = own.folds
        row = {"corpus": own.corpus, "scheme": own.scheme, "samples": own.samples}
        if "part" in folds:
            counts = pd.crosstab([folds["repeat"], folds["fold"]], folds["part"])
            row |= {str(part): f"{counts[part].min()} to {counts[part].max()}" for part in counts}
            tested = folds[folds["part"] == "test"]
            key = files.key_of(folds)
            shares = tested.groupby("repeat")[key].nunique() / folds[key].nunique()
            row["tested, share"] = float(shares.min()) if len(shares) else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)


def checked(corpus: str, path: Path, partial: bool) -> pd.DataFrame:
    """Folds of a file with the ids of the copy in ``data/``, after every check."""
    return files.check(path, making.samples(corpus, project_path("data")), partial)


def main() -> None:
    """Command line; the last line says where the files are, or what is wrong."""
    text, _, more = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser("python -m scripts.folds.run", None, text, more).parse_args()
    given = os.environ.get
    corpus = given("NAME", "")
    processor.pin()
    try:
        if given("CHECK"):
            if not corpus:
                raise FoldsError("NAME: the corpus whose folds the file holds, such as NAME=iemocap")
            folds = checked(corpus, Path(given("CHECK", "")), bool(given("PARTIAL")))
            print(
                sizes([Made(corpus, "of the file", folds, folds["id"].nunique(), "")]).to_string(index=False)
            )
            print(f"{given('CHECK')}: {folds['id'].nunique()} samples, all of them in data/{corpus}")
            return
        if corpus:
            making.recipe(corpus)
        folder = Path(given("OUT") or project_path(f"outputs/folds/{corpus or 'all'}")).absolute()
        parameters = {"corpus": corpus, "keep": bool(given("KEEP")), "results": str(folder)}
        folder.mkdir(parents=True, exist_ok=True)
        execute(project_path(f"notebooks/{NOTEBOOK}.ipynb"), folder / "folds.ipynb", parameters)
    except PapermillExecutionError as error:
        if error.ename in (FoldsError.__name__, CorpusError.__name__):
            sys.exit(error.evalue)
        raise
    except (FoldsError, CorpusError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"OUT: {error}: give another OUT, or free space")
    print(f"folds: {folder if corpus else project_path(KEPT)}")


if __name__ == "__main__":
    main()
