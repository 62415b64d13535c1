"""Apply this project's trained networks to a file of your own: ``make predict FILE=clip.mp4``.

Values come from the environment: FILE, a file or a folder of files, and if given MODEL (folders of runs or
cards), TEXT (the spoken words or their file), POSE (AlphaPose's result on a video), BOX (x1,y1,x2,y2 of the
person in a picture), FPS (of a file of poses or joints alone) and OUT, the folder that is written.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from papermill import PapermillExecutionError

from lib import processor
from lib.files import write_text
from lib.params import project_path
from scripts.audit.run import page
from scripts.notebook import execute
from scripts.predict.cards import ModelError
from scripts.predict.recording import ANY, RecordingError, existing, kind_of, require_rate

NOTEBOOK = "own/01_recording"
ERRORS = (ModelError, RecordingError)


def absolute(value: str) -> str:
    """Path that a notebook finds from another folder; words stay words."""
    found = existing(value)
    return str(found.absolute()) if found else value


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn an error of the system while the folder is written into a RecordingError."""
    try:
        yield
    except OSError as error:
        raise RecordingError(f"OUT {folder} cannot be written ({error}): give another OUT") from error


def recorded(given: dict[str, str]) -> Path:
    """Execute the notebook on a file or folder and return the folder that holds everything.

    Raises
    ------
    ModelError, RecordingError
        If there is no such file or network, it cannot be used, or the folder cannot be written.
    """
    path = Path(given["FILE"])
    if existing(given["FILE"]) is None:
        raise RecordingError(f"{path}: there is no such file")
    if path.is_file() and kind_of(path) is None:
        raise RecordingError(f"{path} is no {ANY}")
    try:
        rate = float(given.get("FPS") or 0)
    except ValueError:
        raise RecordingError(f"FPS {given['FPS']!r} is no number") from None
    if given.get("FPS"):
        require_rate(rate, given["FPS"])
    folder = Path(given.get("OUT") or project_path(f"outputs/recordings/{path.stem}")).absolute()
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError("no permission to write there")
    models = given.get("MODEL", "")
    names = [models] if models and Path(models).is_dir() else models.split()
    parameters = {
        "file": absolute(str(path)),
        "text": absolute(given.get("TEXT", "")),
        "poses": absolute(given.get("POSE", "")),
        "box": given.get("BOX", ""),
        "rate": rate,
        "model": [absolute(name) for name in names],
        "results": str(folder),
    }
    executed = folder / "recording.ipynb"
    try:
        execute(project_path(f"notebooks/{NOTEBOOK}.ipynb"), executed, parameters)
    except PapermillExecutionError as error:
        for kind in ERRORS:
            if error.ename == kind.__name__:
                raise kind(error.evalue) from None
        raise
    shown = page(executed, path.name)
    with writable(folder):
        write_text(folder / "recording.html", shown)
    return folder


def main() -> None:
    """Command line; the last line says where the page is, or what is wrong with a file."""
    text, _, more = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser("python -m scripts.predict.run", None, text, more).parse_args()
    if not os.environ.get("FILE"):
        sys.exit(f"FILE: a {ANY}, for example make predict FILE=clip.mp4")
    processor.pin()
    try:
        folder = recorded(dict(os.environ))
    except ERRORS as error:
        sys.exit(str(error))
    print(f"predictions: {folder / 'recording.html'}; timeline.csv: {folder / 'reports' / 'tables'}")


if __name__ == "__main__":
    main()
