"""Parts that the readers share: listing files, making the table, comparing counts."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from glob import glob
from os.path import isfile
from pathlib import Path
from typing import Any

import pandas as pd

from lib import content
from lib.corpora import catalogue, provenance
from lib.corpora.catalogue import CorpusError


def files(folder: Path, *patterns: str) -> list[Path]:
    """Files that match one of the patterns, sorted, without hidden ones such as macOS's ._ files.

    Folders that are links are entered. CorpusError names links to what does not exist.
    """
    names = (glob(own, root_dir=folder, recursive=True) for own in patterns)  # noqa: PTH207 - links
    found = sorted({folder / name for own in names for name in own})
    _refuse(folder, [path for path in found if not path.exists()], "links lead to no file")
    odd = [ascii(f"{path}") for path in found if re.search("[\ud800-\udfff]", f"{path}")]
    _refuse(folder, odd, "names are not UTF-8: rename the files")
    return [path for path in found if path.is_file()]


def videos(folder: Path) -> list[Path]:
    """Video files, by their suffix in any case; as `files`."""
    suffixes = {".avi", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".wmv"}
    return [path for path in files(folder, "**/*") if path.suffix.lower() in suffixes]


reading = partial(content.reading, kind=CorpusError)
"""Turn whatever damage provokes into a CorpusError: see `lib.content.reading`."""


def text(path: Path) -> str:
    """Content of a text file in UTF-8; CorpusError names the first line that is not."""
    if what := content.problem(path):
        raise CorpusError(f"{path} {what}")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{path}, line {line} is not UTF-8: save the file as UTF-8") from None


def sample_table(rows: list[dict[str, Any]], where: Path, none: str) -> pd.DataFrame:
    """Table of a corpus's rows, read from `where`, without those whose files were left out of the copy.

    CorpusError if there is no row (the message ends with `none`), or two have the same sample_id.
    """
    gone = provenance.left_out(where)
    if not (rows := [row for row in rows if gone.isdisjoint(row.values())]):
        raise CorpusError(f"{where}: {none}")
    table = pd.DataFrame(rows)
    twice = table.loc[table["sample_id"].duplicated(), "sample_id"]
    if len(twice):
        first = table[table["sample_id"] == twice.iloc[0]]
        videos = ", ".join(first["video"].unique()) if "video" in first else "one file"
        what = f"{twice.iloc[0]} in {videos}"
        raise CorpusError(f"{where}: {len(twice)} samples occur twice, first {what}")
    return table


def tally(column: pd.Series, values: Iterable[str]) -> dict[str, int]:
    """How often each of the values occurs in a column."""
    return {value: int((column == value).sum()) for value in values}


def differences(found: Mapping[str, int], expected: Mapping[str, int]) -> pd.DataFrame:
    """Counts side by side: columns expected, found, difference; one row per expected count."""
    numbers = {"expected": dict(expected), "found": dict(found)}
    table = pd.DataFrame(numbers, index=list(expected)).fillna(0).astype("int64")
    return table.assign(difference=table["found"] - table["expected"])


def published(
    corpus: str,
    found: dict[str, int],
    folder: Path,
    strict: bool | None,
    expected: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return counts after comparing them with those of the release: `expected`, or the catalogue's.

    `strict` says whether they must agree; by default they must unless the copy is synthetic. If files were
    left out of it, its counts at that time are expected. CorpusError if counts differ; the message has a
    table of them.
    """
    if strict is None:
        origin = provenance.read(folder)
        strict = not origin.is_synthetic
        if origin.left_out:
            expected = {name: origin.counts[name] for name in found if name in origin.counts}
    table = differences(found, catalogue.get(corpus).expected if expected is None else expected)
    wrong = table[table["difference"] != 0]
    if strict and len(wrong):
        raise CorpusError(
            f"{folder}: {len(wrong)} of {len(table)} counts are wrong; files are missing, "
            f"duplicated or from another release\n{wrong.to_string()}"
        )
    return found


def require_files(folder: Path, names: Collection[str], what: str) -> None:
    """Raise CorpusError with the first five if files of a corpus folder (`what`) are missing."""
    missing = [name for name in names if not isfile(folder / name)]  # noqa: PTH113 - a name may be too long
    _refuse(folder, missing, f"{what} missing")


def _refuse(folder: Path, wrong: Collection[object], what: str) -> None:
    if wrong:
        first = "\n".join(f"  {name}" for name in [*wrong][:5])
        more = f"\n  and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise CorpusError(f"{folder}: {len(wrong)} {what}\n{first}{more}")
