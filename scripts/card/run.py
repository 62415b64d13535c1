"""Hand a trained network over: ``make card MODEL=runs/<key>``.

Values come from the environment: MODEL, the folder of a run or the name of an experiment (``ARE``, or on one
corpus ``ARE@iemocap``), and OUT, the folder that is written (by default
``outputs/cards/<paper>-<experiment>-<corpus>-<key>``). The executed notebook with scores, learning curve and
answers goes to the folder ``<OUT>.notebook`` beside it.
"""

import argparse
import os
import re
import sys
from pathlib import Path

from papermill import PapermillExecutionError

from lib import processor
from lib.files import write_text
from lib.params import project_path
from scripts.audit.run import page
from scripts.card import choosing, writing
from scripts.notebook import execute
from scripts.predict.models import ModelError, Trained

NOTEBOOK = "own/02_card"


def folder_of(trained: Trained, out: str) -> Path:
    """Folder of a card: `out`, or one that is named after its training."""
    record = trained.record
    names = [record["paper"], record["experiment"], record["corpus"], trained.folder.resolve().name[:8]]
    plain = re.sub(r"[^\w.-]+", "_", "-".join(names))
    return Path(out or project_path(f"outputs/cards/{plain}")).absolute()


def card(model: str, out: str = "") -> tuple[Trained, Path, Path]:
    """Execute the notebook that writes a card; return the training, the card and the page on it.

    Raises
    ------
    ModelError
        If there is no such network, or a folder cannot be written.
    """
    trained = choosing.named(model)
    folder = folder_of(trained, out)
    try:
        writing.require(trained, folder)
        shown = folder.with_name(f"{folder.name}.notebook")
        shown.mkdir(parents=True, exist_ok=True)
        parameters = {"model": str(trained.folder.absolute()), "out": str(folder), "results": str(shown)}
        execute(project_path(f"notebooks/{NOTEBOOK}.ipynb"), shown / "card.ipynb", parameters)
        write_text(shown / "card.html", page(shown / "card.ipynb", f"Card of {folder.name}"))
    except PapermillExecutionError as error:
        if error.ename in (ModelError.__name__, OSError.__name__):
            raise ModelError(error.evalue) from None
        raise
    except OSError as error:
        raise ModelError(f"OUT {folder} cannot be written ({error}): give another OUT") from error
    return trained, folder, shown / "card.html"


def main() -> None:
    """Command line; the last lines say where the card is and what to read before it is handed over."""
    text, _, more = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser("python -m scripts.card.run", None, text, more).parse_args()
    if not os.environ.get("MODEL"):
        sys.exit(f"MODEL: the folder of a run, for example {choosing.EXAMPLE}")
    processor.pin()
    try:
        trained, folder, shown = card(os.environ["MODEL"], os.environ.get("OUT", ""))
    except ModelError as error:
        sys.exit(str(error))
    print(writing.derived(trained.record["corpus"], trained.is_synthetic)[2])
    print(f"page: {shown}")
    print(f"card: {folder}")


if __name__ == "__main__":
    main()
