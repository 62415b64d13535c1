"""Apply this project's trained networks to a file of your own: ``make predict FILE=clip.mp4``.

Values come from the environment: FILE, a file or a folder of files, and if given MODEL (folders of runs or
cards), TEXT (the spoken words or their file), POSE (AlphaPose's result on a video), BOX (x1,y1,x2,y2 of the
person in a picture), FPS (of a file of poses alone) and OUT, the folder that is written.
"""

import argparse
import os
import sys
from pathlib import Path

from papermill import PapermillExecutionError

from lib import processor
from lib.params import project_path
from scripts.audit.run import page
from scripts.notebook import execute
from scripts.predict.models import ModelError
from scripts.predict.recording import RecordingError, kind_of

NOTEBOOK = "own/recording"
ERRORS = (ModelError, RecordingError)


def absolute(value: str) -> str:
    """Path that a notebook finds from another folder; words stay words."""
    return str(Path(value).absolute()) if value and len(value) < 200 and Path(value).exists() else value


def recorded(given: dict[str, str]) -> Path:
    """Execute the notebook on a file or folder and return the folder that holds everything.

    Raises
    ------
    ModelError, RecordingError
        If there is no such file or network, or it cannot be used.
    """
    path = Path(given["FILE"])
    if not path.exists():
        raise RecordingError(f"{path}: there is no such file")
    if path.is_file() and kind_of(path) is None:
        raise RecordingError(f"{path} is no video, sound, picture or file of poses")
    try:
        rate = float(given.get("FPS") or 0)
    except ValueError:
        raise RecordingError(f"FPS {given['FPS']!r} is no number") from None
    folder = Path(given.get("OUT") or project_path(f"outputs/recordings/{path.stem}")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    models = given.get("MODEL", "")
    names = [models] if Path(models).is_dir() else models.split()
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
    (folder / "recording.html").write_text(page(executed, path.name), encoding="utf-8")
    return folder


def main() -> None:
    """Command line; the last line says where the page is, or what is wrong with a file."""
    text, _, more = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser("python -m scripts.predict.run", None, text, more).parse_args()
    if not os.environ.get("FILE"):
        sys.exit("FILE: a video, sound, picture or file of poses, for example make predict FILE=clip.mp4")
    processor.pin()
    try:
        folder = recorded(dict(os.environ))
    except ERRORS as error:
        sys.exit(str(error))
    print(f"predictions: {folder / 'recording.html'}; timeline.csv: {folder / 'reports' / 'tables'}")


if __name__ == "__main__":
    main()
