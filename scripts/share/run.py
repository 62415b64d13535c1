"""Share results and receive those of others: ``make share`` and ``make receive FILE=...``.

Values come from the environment. `share`: NAME, a corpus (all by default), LABORATORY, a name for
readers of the results, and OUT, the folder that is written (``outputs/shared``).
`receive`: FILE, a ``shared-results.json``, which is checked and stored in ``reports/received``, and OUT
(``outputs/received/<name>``).
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from papermill import PapermillExecutionError

from lib import processor
from lib.corpora import catalogue
from lib.corpora.catalogue import CorpusError
from lib.project import project_path
from scripts.notebook import execute
from scripts.share import collect
from scripts.share.checks import check
from scripts.share.document import LABORATORY, Document, ShareError

NOTEBOOK = "exchange/02_shared_results"
FILE = "shared-results.json"
RECEIVED = "reports/received"


def prepare(corpus: str = "", laboratory: str = "") -> Document:
    """Shared form of the results in ``reports/``; ShareError and CorpusError say why there is none."""
    if not re.fullmatch(LABORATORY, laboratory):
        raise ShareError(
            f"LABORATORY={laboratory[:80]!r}: a name has at most 60 letters, digits, blanks and .,()&'-"
        )
    if corpus and catalogue.get(corpus).table:
        raise ShareError(
            f"{corpus} is a corpus of one's own: others have no copy to compare its results with"
        )
    return collect.document(collect.stored(project_path("reports"), corpus), laboratory)


def receive(path: Path) -> tuple[Document, Path]:
    """Check a file and store it among those received; return its content and its place.

    Raises
    ------
    ShareError
        With the reason why the file is refused, or if it was received before.
    """
    document = check(path)
    name = re.sub(r"\W+", "-", document.laboratory.lower()).strip("-") or "unnamed"
    place = project_path(RECEIVED) / f"{name}-{document.checksum[:12]}.json"
    if place.is_file() and not path.samefile(place):
        raise ShareError(f"{path} was received before: {RECEIVED}/{place.name}")
    document.write(place)
    return document, place


def received(folder: Path) -> Iterator[tuple[Path, Document | ShareError]]:
    """Every received file of a folder in the order of names, or why it is refused now."""
    for path in sorted(folder.glob("*.json")):
        try:
            yield path, check(path)
        except ShareError as error:
            yield path, error


def main() -> None:
    """Command line; the last line says where the results are, or why a file is refused."""
    text, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m scripts.share.run", None, text, more)
    parser.add_argument("what", choices=("share", "receive"), help="write a file, or check and store one")
    what, given = parser.parse_args().what, os.environ.get
    if what == "receive" and not given("FILE"):
        sys.exit("FILE: a file of shared results, for example make receive FILE=shared-results.json")
    processor.pin()
    try:
        if what == "share":
            prepare(given("NAME", ""), given("LABORATORY", ""))
            folder = Path(given("OUT") or project_path("outputs/shared")).absolute()
            parameters = {"corpus": given("NAME", ""), "laboratory": given("LABORATORY", "")}
        else:
            _, place = receive(Path(given("FILE", "")))
            folder = Path(given("OUT") or project_path(f"outputs/received/{place.stem}")).absolute()
            parameters = {"received": str(place)}
        parameters["results"] = str(folder)
        folder.mkdir(parents=True, exist_ok=True)
        execute(project_path(f"notebooks/{NOTEBOOK}.ipynb"), folder / "shared_results.ipynb", parameters)
    except (ShareError, CorpusError, ValueError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"OUT: {error}: give another OUT, or free space")
    except PapermillExecutionError as error:
        if error.ename in (ShareError.__name__, CorpusError.__name__):
            sys.exit(error.evalue)
        raise
    if what == "share":
        print(f"shared: {folder / FILE}; read it before you send it")
    else:
        print(f"received: {place}; tables: {folder / 'reports'}; make report shows it")


if __name__ == "__main__":
    main()
