"""Checks that the readers share: published counts, files that must be there."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from lib.corpora.catalogue import CorpusError


def differences(found: Mapping[str, int], expected: Mapping[str, int]) -> pd.DataFrame:
    """Counts side by side: columns expected, found, difference; one row an expected count."""
    table = pd.DataFrame(
        {
            "expected": pd.Series(dict(expected), dtype="int64"),
            "found": pd.Series({name: found.get(name, 0) for name in expected}, dtype="int64"),
        }
    )
    table["difference"] = table["found"] - table["expected"]
    return table


def require_counts(found: Mapping[str, int], expected: Mapping[str, int], what: str) -> None:
    """Stop where a count is not the expected one.

    Raises
    ------
    CorpusError
        With a table of the counts that differ.
    """
    table = differences(found, expected)
    wrong = table[table["difference"] != 0]
    if len(wrong):
        raise CorpusError(
            f"{what}: {len(wrong)} of {len(table)} counts are wrong; files are missing, doubled "
            f"or of another release\n{wrong.to_string()}"
        )


def require_files(folder: Path, names: Collection[str], what: str) -> None:
    """Stop where files are missing.

    Parameters
    ----------
    folder : Path
        The corpus folder.
    names : collection of str
        Paths relative to it.
    what : str
        What the files are, in words, for the message.

    Raises
    ------
    CorpusError
        With the number of missing files and the first five of them.
    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        first = "\n".join(f"  {name}" for name in missing[:5])
        more = f"\n  and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise CorpusError(f"{folder}: {len(missing)} {what} missing\n{first}{more}")
