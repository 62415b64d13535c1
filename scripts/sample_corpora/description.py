"""PROVENANCE.json of a sample corpus."""

from pathlib import Path

from lib.corpora import provenance
from lib.corpora.provenance import Provenance
from scripts.sample_corpora.effects import Planted


def require_empty(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises
    ------
    FileExistsError
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: remove it first or choose another folder")


def describe(
    folder: Path, corpus: str, seed: int, what: str, counts: dict[str, int], effects: Planted
) -> Provenance:
    """Write PROVENANCE.json of a complete sample.

    Parameters
    ----------
    what : str
        What was made; becomes part of the source.
    counts : dict
        What the corpus's own check found.
    effects : Planted
        Their copy lies in the folder.
    """
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    origin = Provenance(
        corpus=corpus,
        kind="synthetic",
        version=f"sample-1-{provenance.version_of(folder, files)[:8]}",
        source=f"made by scripts.sample_corpora with seed {seed}: {what}",
        licence="CC0-1.0",
        counts=counts,
        files=len(files),
        bytes=sum((folder / name).stat().st_size for name in files),
        effects=effects.COPY,
    )
    origin.write(folder)
    return origin
