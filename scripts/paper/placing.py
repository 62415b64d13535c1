"""Files of a new paper appear together or not at all, also where the process is killed."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lib import files
from scripts.guard import HALF as JOURNAL
from scripts.paper.naming import PaperError

NEW = "new.json"


def git(root: Path, *arguments: str) -> str:
    """Output of a command of git in the project.

    Raises
    ------
    PaperError
        If git is missing, the folder is no repository, or the command fails; with git's words.
    """
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        raise PaperError("git is not installed") from None
    if done.returncode:
        raise PaperError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def require_clean(root: Path) -> None:
    """Raise PaperError unless the tree is as its last commit, so that `git reset --hard` undoes a paper."""
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        shown = ", ".join(line[3:] for line in changed[:5]) + (", ..." if len(changed) > 5 else "")
        raise PaperError(f"the tree has changes ({shown}): commit them or stash them first")


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Nobody else places a paper in the project meanwhile; PaperError if somebody does."""
    path = (root / JOURNAL).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PaperError("another `make paper` runs in this project: wait until it ends") from None
        yield


def place(root: Path, new: Mapping[str, str], changed: Mapping[str, str]) -> None:
    """Write new files and changed ones, and enter all of them into git's index.

    If a step fails, everything is as it was. If the process is killed, `recover` undoes what it did.

    Raises
    ------
    PaperError
        If git refuses a file.
    OSError
        If the disk does.
    """
    journal = root / JOURNAL
    with files.written_folder(journal) as own:
        for name in changed:
            (own / "before" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, own / "before" / name)
        folders = [str(folder) for name in new for folder in Path(name).parents if folder.name]
        absent = [name for name in dict.fromkeys(folders) if not (root / name).exists()]
        (own / NEW).write_text(json.dumps({"files": list(new), "folders": absent}), encoding="utf-8")
    try:
        for name, text in {**changed, **new}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            files.write_text(root / name, text)
        git(root, "add", "--", *new, *changed)
    except BaseException:
        recover(root)
        raise
    _forget(journal)


def recover(root: Path) -> bool:
    """Undo a call of `place` that did not end; whether there was one."""
    journal = root / JOURNAL
    if not journal.is_dir():
        return False
    known = json.loads((journal / NEW).read_text(encoding="utf-8"))
    for name in known["files"]:
        (root / name).unlink(missing_ok=True)
    for name in sorted(known["folders"], key=len, reverse=True):
        if (root / name).is_dir():
            files.sweep(root / name)
            shutil.rmtree(root / name / "__pycache__", ignore_errors=True)
            (root / name).rmdir()
    before = journal / "before"
    for path in before.rglob("*"):
        if path.is_file():
            files.write_bytes(root / path.relative_to(before), path.read_bytes())
    git(root, "reset", "--quiet")
    _forget(journal)
    return True


def _forget(journal: Path) -> None:
    """Remove the journal at once, so that no half of it is taken for a whole."""
    gone = files.temporary(journal)
    journal.rename(gone)
    shutil.rmtree(gone)
