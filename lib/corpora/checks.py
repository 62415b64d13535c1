"""Checks that the readers share: published counts, required files."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from lib.corpora import catalogue, provenance
from lib.corpora.catalogue import CorpusError


def differences(found: Mapping[str, int], expected: Mapping[str, int]) -> pd.DataFrame:
    """Counts side by side: columns expected, found, difference; one row per expected count."""
    table = pd.DataFrame(
        {
            "expected": pd.Series(dict(expected), dtype="int64"),
            "found": pd.Series({name: found.get(name, 0) for name in expected}, dtype="int64"),
        }
    )
    table["difference"] = table["found"] - table["expected"]
    return table


def published(
    corpus: str,
    found: dict[str, int],
    folder: Path,
    strict: bool | None,
    expected: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return counts after comparing a real copy's with those of the release.

    Parameters
    ----------
    corpus : str
        Name in the catalogue, whose entry holds the counts.
    found : dict of int
    folder : Path
        The corpus folder.
    strict : bool, optional
        Whether the counts must hold; by default they must unless the copy is synthetic.
    expected : mapping of int, optional
        Counts to use in place of the catalogue's.

    Raises
    ------
    CorpusError
        As `require_counts`.
    """
    if provenance.is_real(folder, strict):
        require_counts(found, expected or catalogue.get(corpus).expected, str(folder))
    return found


def require_counts(found: Mapping[str, int], expected: Mapping[str, int], what: str) -> None:
    """Raise CorpusError with a table of the counts that differ from those expected."""
    table = differences(found, expected)
    wrong = table[table["difference"] != 0]
    if len(wrong):
        raise CorpusError(
            f"{what}: {len(wrong)} of {len(table)} counts are wrong; files are missing, duplicated "
            f"or from another release\n{wrong.to_string()}"
        )


def require_files(folder: Path, names: Collection[str], what: str) -> None:
    """Raise CorpusError with the number of missing files and the first five of them.

    Parameters
    ----------
    folder : Path
        The corpus folder.
    names : collection of str
        Paths relative to it.
    what : str
        Description of the files, for the message.
    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        first = "\n".join(f"  {name}" for name in missing[:5])
        more = f"\n  and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise CorpusError(f"{folder}: {len(missing)} {what} missing\n{first}{more}")
