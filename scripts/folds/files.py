"""Files of folds: how they are written, listed, read and checked against a corpus."""

import hashlib
import lzma
import re
from pathlib import Path

import pandas as pd

from lib.content import FileError, reading
from lib.files import write_text, written
from lib.splits.split import PARTS

KEYS = ("id", "position", "speaker", "release_part")
"""What names a sample: its id, its position in the corpus's order, its speaker or release part."""
INDEX = "index.csv"
INDEX_COLUMNS = ["corpus", "scheme", "file", "key", "repeats", "folds", "samples", "made from", "sha256"]
NUMBERS = ("repeats", "folds", "samples")
FORMS = {"key": "|".join(KEYS), "sha256": "[0-9a-f]{64}"} | dict.fromkeys(NUMBERS, "[1-9][0-9]{0,8}")
"""What stands in some of these columns."""
LARGEST = 50_000_000
"""Bytes of an unpacked file; the largest of this project has eleven million."""
MEMORY = 256 << 20
"""Bytes that unpacking may take."""


class FoldsError(FileError):
    """A file of folds is damaged, edited, or not of this corpus; the message says what to do."""


def key_of(folds: pd.DataFrame) -> str:
    """Name of the column that names the samples, one of `KEYS`."""
    return next(name for name in KEYS if name in folds)


def text_of(folds: pd.DataFrame) -> str:
    """Content of a file as it is before compression."""
    return folds.to_csv(index=False, lineterminator="\n")


def digest(folds: pd.DataFrame) -> str:
    """SHA-256 of `text_of`: that of the unpacked file."""
    return hashlib.sha256(text_of(folds).encode()).hexdigest()


def write(folds: pd.DataFrame, path: Path) -> None:
    """Write folds as csv, compressed with xz if the name ends so."""
    content = text_of(folds).encode()
    with written(path) as own:
        own.write_bytes(lzma.compress(content, preset=6) if path.suffix == ".xz" else content)


def entry(corpus: str, scheme: str, folds: pd.DataFrame, samples: int, origin: str) -> dict[str, object]:
    """Row of the index for a file; `samples` are those of the release or copy."""
    numbers = {name: folds[name].nunique() for name in ("repeat", "fold")}
    known = (corpus, scheme, f"{corpus}.{scheme}.csv.xz", key_of(folds), *numbers.values(), samples)
    return dict(zip(INDEX_COLUMNS, (*known, origin, digest(folds)), strict=True))


def write_index(rows: list[dict[str, object]], folder: Path) -> pd.DataFrame:
    """Write the index of a folder; rows of other files that it had before stay."""
    path = folder / INDEX
    table = pd.DataFrame(rows, columns=INDEX_COLUMNS)
    if path.is_file():
        before = read_index(folder)
        table = pd.concat([before[~before["file"].isin(table["file"])], table])
    table = table.sort_values(["corpus", "scheme"], ignore_index=True)
    write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return table


def read_index(folder: Path) -> pd.DataFrame:
    """Index of a folder, empty if there is none; FoldsError if it is not one."""
    path = folder / INDEX
    if not path.is_file():
        return pd.DataFrame(columns=INDEX_COLUMNS)
    with reading(path, FoldsError, "is no index of folds, get it again"):
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
        if list(table) != INDEX_COLUMNS:
            raise FoldsError(f"{path} has the columns {list(table)}, not {INDEX_COLUMNS}: get it again")
        for line, row in enumerate(table.to_dict("records"), start=2):
            if wrong := next(
                (own for own in row if not re.fullmatch(FORMS.get(str(own), ".+"), row[own])), None
            ):
                raise FoldsError(f"{path}, line {line}: {wrong} is {row[wrong]!r}: get it again")
        if table["file"].duplicated().any():
            twice = table.loc[table["file"].duplicated(), "file"].iloc[0]
            raise FoldsError(f"{path}: {twice!r} occurs twice: get it again")
        return table.astype(dict.fromkeys(NUMBERS, int))


def _unpacked(path: Path) -> str:
    """Text of a file of at most `LARGEST` bytes."""
    with reading(path, FoldsError, "is damaged, get it again"), path.open("rb") as file:
        raw = file.read(LARGEST + 1)
        if path.suffix == ".xz":
            unpacking = lzma.LZMADecompressor(memlimit=MEMORY)
            raw = unpacking.decompress(raw, LARGEST + 1)
            if len(raw) <= LARGEST and not unpacking.eof:
                raise EOFError("it was cut off")
            if unpacking.unused_data:
                raise ValueError("something follows its end")
        if len(raw) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST / 1e6:.0f} MB")
        return raw.decode("utf-8")


def read(path: Path) -> pd.DataFrame:
    """Folds of a file: a column of `KEYS`, ``repeat``, ``fold`` and, but for speakers, ``part``.

    If the file stands in an index beside it, its content must have the digest that stands there.

    Raises
    ------
    FoldsError
        If there is no such file, it is damaged or edited, or its rows contradict each other.
    """
    if not path.is_file():
        raise FoldsError(f"{path}: there is no such file; make folds NAME=<corpus> writes them")
    text = _unpacked(path)
    known = read_index(path.parent).set_index("file")["sha256"]
    found = hashlib.sha256(text.encode()).hexdigest()
    if path.name in known and known[path.name] != found:
        raise FoldsError(
            f"{path}: its content has the digest {found[:12]}, in {INDEX} it is {known[path.name][:12]}: "
            "the file was edited or is another version; get both again"
        )
    lines = [line.split(",") for line in text.splitlines()]
    header = lines[0] if lines else []
    if (
        not header
        or header[0] not in KEYS
        or header[1:3] != ["repeat", "fold"]
        or header[3:] not in ([], ["part"])
    ):
        raise FoldsError(f"{path} begins with {header[:5]}, not with one of {KEYS}, repeat, fold and part")
    if wrong := next((n for n, line in enumerate(lines, 1) if len(line) != len(header)), None):
        raise FoldsError(f"{path}, line {wrong}: {len(lines[wrong - 1])} values, not {len(header)}")
    return _consistent(pd.DataFrame(lines[1:], columns=header), path)


def _consistent(folds: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Folds with numbers as numbers, after a check of their rows."""
    key = key_of(folds)
    if folds.empty:
        raise FoldsError(f"{path} has no rows: get it again")
    for name in ("repeat", "fold", *({"position"} & set(folds))):
        wrong = ~folds[name].str.fullmatch("[0-9]{1,9}")
        if wrong.any():
            first = folds.loc[wrong, name].iloc[0][:40]
            raise FoldsError(f"{path}: {name} {first!r} is not a whole number below 10^9: get it again")
        folds[name] = folds[name].astype(int)
    if folds[key].eq("").any():
        raise FoldsError(f"{path}: {int(folds[key].eq('').sum())} rows have no {key}")
    if "part" in folds:
        unknown = sorted(set(folds["part"]) - set(PARTS))
        if unknown:
            raise FoldsError(f"{path}: part {unknown[0]!r} is not one of {', '.join(PARTS)}")
    once = ["repeat", "fold", key] if "part" in folds else ["repeat", key]
    twice = folds.duplicated(once)
    if twice.any():
        first = folds[twice].iloc[0]
        raise FoldsError(f"{path}: {first[key]!r} occurs twice in repeat {first['repeat']}: remove one row")
    return folds


def check(path: Path, samples: pd.DataFrame, partial: bool = False) -> pd.DataFrame:
    """Read folds and name their samples by the ids of a corpus.

    Parameters
    ----------
    samples : DataFrame
        The corpus's labelled samples in its own order, as from `scripts.folds.making.samples`:
        ``sample_id``, and ``speaker`` or ``part`` where the file names those.
    partial : bool
        Whether the corpus may lack samples of the file, which then are left out.

    Returns
    -------
    DataFrame
        ``id``, ``repeat``, ``fold`` and, but for files of speakers, ``part``; in files of speakers,
        ``fold`` is the one that tests the sample.

    Raises
    ------
    FoldsError
        As `read`, or if ids, places, speakers or parts are not those of the corpus.
    """
    folds = read(path)
    key, rest = key_of(folds), list(folds.columns[1:])
    columns = {"id": "sample_id", "speaker": "speaker", "release_part": "part"}
    own = samples["sample_id"].astype(str)
    names = pd.Series(range(len(own)), own.index) if key == "position" else samples[columns[key]].astype(str)
    listed, there = folds[key].unique(), set(names)
    unknown = [name for name in listed if name not in there]
    missing = names[~names.isin(set(listed))]
    if unknown and not (partial and key != "position"):
        raise FoldsError(
            f"{path}: {len(unknown)} of {len(listed)} ({key}) are not in the corpus, first {unknown[0]!r}; "
            f"it has {len(own)} samples: another release, or the copy is not complete"
        )
    if len(missing):
        raise FoldsError(
            f"{path}: {len(missing)} of the corpus's {len(own)} samples are in no fold, first "
            f"{own[missing.index[0]]!r} ({key} {missing.iloc[0]!r}): the folds are of another release"
        )
    table = pd.DataFrame({"id": own, key: names} if key != "id" else {"id": own})
    merged = folds.merge(table.assign(order=range(len(table))), on=key)
    ordered = merged.sort_values(["repeat", "fold", "order"], ignore_index=True)
    return ordered[["id", *rest]]
