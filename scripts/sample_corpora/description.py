"""PROVENANCE.json of a sample corpus."""

from pathlib import Path

from lib.corpora import provenance
from lib.corpora.provenance import Provenance


def require_empty(folder: Path) -> None:
    """Stop where a folder holds something.

    Raises
    ------
    FileExistsError
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: remove it first or choose another folder")


def describe(
    folder: Path, corpus: str, seed: int, what: str, counts: dict[str, int], effects: str
) -> Provenance:
    """Write PROVENANCE.json of a sample that is complete.

    Parameters
    ----------
    what : str
        What was made, for the source.
    counts : dict
        Of the corpus's own check.
    effects : str
        Name of the effects file.
    """
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    origin = Provenance(
        corpus=corpus,
        kind="synthetic",
        version=f"sample-1-{provenance.version_of(folder, files)[:8]}",
        source=f"made by lib.corpora.sample with seed {seed}: {what}",
        licence="CC0-1.0",
        counts=counts,
        files=len(files),
        bytes=sum((folder / name).stat().st_size for name in files),
        effects=effects,
    )
    origin.write(folder)
    return origin
