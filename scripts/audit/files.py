"""Tables that others made: csv or parquet, with columns under their own names."""

import csv
import gzip
import lzma
import re
import shlex
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import parquet

from lib.content import reading
from lib.corpora import emodb
from scripts.audit.predictions import DESCRIBED, KNOWN, AuditError

NAMES = {
    "id": ("sample_id", "utterance", "recording", "file"),
    "truth": ("label", "target", "y_true"),
    "prediction": ("predicted", "y_pred"),
    "part": ("split", "subset"),
    "repeat": ("repetition",),
    "model": ("experiment",),
}
"""Columns by the name that they get, and other names under which they are found."""
READ = (*NAMES, "fold", "seed", "time", *KNOWN, *DESCRIBED)
"""Columns that an audit reads, besides those that begin with `PREFIXES`."""
PREFIXES = ("probability_", "score_", "label_")
LISTS = (list, tuple, dict, set, np.ndarray)
PACKED: dict[str, Callable[..., TextIO]] = {".gz": gzip.open, ".xz": lzma.open}
"""How compressed csv is opened, by suffix."""


IDS: dict[str, dict[str, str]] = {
    r"Ses\d\d[FM]_(?:impro|script)\w+_[FM]\w+": {  # IEMOCAP
        "speaker": r"(Ses\d\d).*_([FM])\w+$",
        "session": r"(Ses\d\d)",
        "dialogue": r"(.*)_[FM]\w+$",
        "script": r"Ses\d\d[FM]_(.*)_[FM]\w+$",
    },
    r"(?:\d\d-){6}\d\d": {"speaker": r"(\d\d)$", "script": r"(?:\d\d-){4}(\d\d)"},  # RAVDESS
    r"\d\d[ab]\d\d[A-Z][a-z]": {"speaker": r"(\d\d)", "script": r"\d\d([ab]\d\d)"},  # EmoDB
}
"""Patterns of whole ids, and what the groups of a pattern say, joined."""
SEXES = {
    "female": (r".*_F[^_]+", r".*[02468]", rf"(?:{'|'.join(sorted({*emodb.SPEAKERS} - {*emodb.MALE}))}).*"),
    "male": (r".*_M[^_]+", r".*[13579]", rf"(?:{'|'.join(emodb.MALE)}).*"),
}
"""Patterns of the ids of women and of men, in the order of `IDS`."""


def words(text: str, variable: str) -> list[str]:
    """Words between blanks, in quotes where a word has blanks; an `AuditError` names the variable."""
    try:
        return shlex.split(text)
    except ValueError as error:
        said = str(error).lower()
        raise AuditError(
            f"{variable}: {text!r} cannot be split into words ({said}): put words with blanks or quotes into "
            "quotes of the other kind"
        ) from None


def read_table(path: Path, columns: str = "", lenient: bool = False) -> pd.DataFrame:
    """A table of text (csv) or of any values (parquet) whose columns have the names of `NAMES`.

    `columns` maps names to those in the file: ``"truth=emotion id=utt probability_happy=hap"``.
    With `lenient`, columns that are not there are left out.

    Raises
    ------
    AuditError
        If there is no such file or column, or the file is empty or not what its name says.
    """
    if path.is_dir():
        raise AuditError(f"{path} is a folder: name a file in it")
    if not path.is_file():
        raise AuditError(f"{path}: there is no such file")
    if path.suffix == ".parquet":
        with reading(path, AuditError, "is no parquet file"):
            parquet.read_table(path).validate(full=True)  # pandas takes text that is not UTF-8
            table = pd.read_parquet(path)
        table = table.reset_index() if table.index.name else table
    else:
        table = _read_csv(path)
    if table.empty:
        raise AuditError(f"{path} has no rows below its header: one row per sample is needed")
    table.columns = table.columns.map(str).str.strip()
    pairs = words(columns, "NAMES")
    if wrong := next((pair for pair in pairs if not all(pair.partition("="))), None):
        raise AuditError(f"NAMES: {wrong!r} is not NAME=COLUMN: write for example truth=emotion")
    given = dict(pair.partition("=")[::2] for pair in pairs)
    absent = [column for column in given.values() if column not in table]
    if absent and not lenient:
        raise AuditError(f"{path} has no column {absent[0]!r}, only {list(table)[:20]}: correct NAMES")
    names = {column: name for name, column in given.items() if column not in absent}
    if len(names) + len(absent) < len(given):
        raise AuditError(
            f"NAMES: {columns!r} gives one column two names: copy the column under a second name"
        )
    table = table.drop(columns=[name for name in names.values() if name in table and name not in names])
    table = table.rename(columns=names)
    for name, others in NAMES.items():
        found = next((other for other in others if other in table and name not in table), None)
        table = table.rename(columns={found: name}) if found else table
    return _single(table, path)


def _single(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Table without columns of lists; an `AuditError` if an audit would read one of them."""
    nested = [
        str(name)
        for name in table
        if table[name].dtype == object and table[name].map(lambda own: isinstance(own, LISTS)).any()
    ]
    if read := [name for name in nested if name in READ or name.startswith(PREFIXES)]:
        raise AuditError(f"{path}: column {read[0]!r} holds lists: write one value a row")
    return table.drop(columns=nested)


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        unpack = PACKED.get(path.suffix, open)
        with unpack(path, "rt", encoding="utf-8-sig", newline="") as file:
            line = file.readline()
        mark = max(",;\t", key=line.count)
        header = next(csv.reader([line], delimiter=mark), [])
        twice = {name for name in header if header.count(name) > 1}
        if twice:
            raise AuditError(f"{path} has column {min(twice)!r} twice: rename one of them")
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # cells that would be left out
            return pd.read_csv(path, sep=mark, dtype="str", encoding="utf-8-sig", index_col=False)
    except (lzma.LZMAError, gzip.BadGzipFile, EOFError) as error:
        raise AuditError(f"{path} is damaged or not compressed as its name says: {error}") from None
    except UnicodeDecodeError:
        raise AuditError(f"{path} is not UTF-8 text: save it as CSV in UTF-8") from None
    except pd.errors.EmptyDataError:
        raise AuditError(f"{path} is empty: a header and one row per sample are needed") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        said = str(error).partition(". This leads")[0].strip()
        raise AuditError(
            f"{path} has a line of another length than its header ({said}): correct it"
        ) from None


def require(table: pd.DataFrame, names: list[str], path: Path) -> None:
    """Check that columns exist and have no missing value.

    Raises
    ------
    AuditError
        Naming the column and the first row without a value.
    """
    for name in names:
        if name not in table:
            raise AuditError(f"{path} has no column {name!r}, only {list(table)[:20]}: name it by NAMES")
        missing = table[name].isna().to_numpy()
        if missing.any():
            where = f"{missing.sum()} rows, first in row {int(missing.argmax()) + 1}"
            raise AuditError(f"{path}: {name!r} has no value in {where}: complete or remove these rows")


def numbers(table: pd.DataFrame, name: str, path: Path, whole: bool = False) -> NDArray[np.generic]:
    """A column as finite numbers, (rows,); an `AuditError` names the first text among them."""
    require(table, [name], path)
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~np.isfinite(values) | (whole & (values != np.floor(values)))
    if wrong.any():
        row = int(wrong.argmax())
        kind = "a whole number" if whole else "a number"
        raise AuditError(
            f"{path}: {name!r} of row {row + 1} is {table[name].iloc[row]!r}, not {kind}: correct it"
        )
    own = table[name].to_numpy()
    return values.astype(int) if whole else own if own.dtype.kind == "f" else values


def codes(table: pd.DataFrame, name: str) -> NDArray[np.generic]:
    """A column as whole numbers from 0, in the order of its values; zeros if there is none."""
    if name not in table:
        return np.zeros(len(table), int)
    values = pd.to_numeric(table[name], errors="coerce")
    return pd.factorize(table[name] if values.isna().any() else values, sort=True)[0]


def _sexes(ids: "pd.Series[str]", form: int) -> dict[str, pd.Series]:
    """Sex of the speaker of ids of a form of `IDS`; empty where an id shows none."""
    shown = pd.Series("", ids.index, "str")
    for sex, patterns in SEXES.items():
        shown = shown.mask(ids.str.fullmatch(patterns[form]), sex)
    return {} if (shown == "").any() else {"sex": shown}


def with_groups(table: pd.DataFrame, name: str, pattern: str = "") -> pd.DataFrame:
    """Add the groups that the ids in column `name` show, where they have no column of their own.

    They are the named groups of `pattern`, or those of a known form of all ids in `IDS`.

    Raises
    ------
    AuditError
        If the pattern is none, has no named groups or does not fit an id.
    """
    ids = table[name].astype("str")
    found: dict[str, pd.Series] = {}
    if pattern:
        try:
            if not re.compile(pattern).groupindex:
                raise ValueError("it names no group, as (?P<speaker>...) does")
            found = {str(group): own for group, own in ids.str.extract(pattern).items()}
        except (re.error, ValueError) as error:
            raise AuditError(f"PATTERN {pattern!r} is no pattern with named groups: {error}") from None
        unknown = next((group for group, own in found.items() if own.isna().any()), None)
        if unknown is not None:
            raise AuditError(
                f"PATTERN {pattern!r} does not fit the id {ids[found[unknown].isna()].iloc[0]!r}"
            )
    else:
        for form, parts in IDS.items():
            if ids.str.fullmatch(form).all():
                found = {group: ids.str.extract(part).sum(axis=1) for group, part in parts.items()}
                if "gender" not in table:
                    found |= _sexes(ids, list(IDS).index(form))
    return table.assign(**{group: own for group, own in found.items() if group not in table})
