"""A corpus of one's own, made from its table: entry, sample table, files and profile."""

import csv
import shutil
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath

import pandas as pd
import yaml

from lib import files
from lib.corpora import catalogue, checks
from lib.corpora import table as reader
from lib.corpora.catalogue import ENTRY, Corpus, CorpusError
from lib.params import PAPER
from lib.runs.source import module_file
from lib.trees import Tree
from scripts.corpora import fitting, inspection, table
from scripts.corpora.table import BOX, PARTS, Row

TABLE = "table.csv"
EXACT = {"PCM_U8": "int16", "PCM_16": "int16", "PCM_24": "int32", "PCM_32": "int32", "DOUBLE": "float64"}
"""Type in which samples of a sound file are read and written unchanged, by the file's own."""
PROFILE = """\
# What differs from the papers' values for the corpus {name}; written by `make corpus`, yours to change.
# Sequences have the length of most samples; features are standardised, because few samples do not teach the
# scale. Folds: {scheme}.
"""


@dataclass(frozen=True)
class Own:
    """A corpus that can be written; `left_out` are damaged files with the reasons."""

    corpus: Corpus
    rows: list[Row]
    samples: pd.DataFrame
    profile: Tree
    left_out: dict[str, str]


def make(name: str, path: Path, root: Path, params: Path, obtained: str, leave_out: bool) -> Own:
    """Check a table and every file that it names, and decide how the notebooks use them.

    Raises
    ------
    CorpusError
        If the name is taken, the table or a file cannot be used, or no splits can be drawn.
    """
    require_free(name, params)
    kind, rows = table.read(path, root)
    damage = _damage(sorted({row.path for row in rows}), root, kind)
    if damage and not leave_out:
        raise CorpusError(
            f"{root}: {len(damage)} files are damaged; copy them again, or leave them out "
            f"(LEAVE_OUT=1, --leave-out)\n{inspection.listed(damage)}"
        )
    rows = [row for row in rows if row.path not in damage]
    if not rows:
        raise CorpusError(f"{path}: every file is damaged\n{inspection.listed(damage)}")
    size = _sizes(rows, root, kind)
    samples = _samples(rows)
    classes = tuple(sorted({label for row in rows for label in row.labels}))
    if len(classes) < 2:
        raise CorpusError(f"{path}: every row has the label {classes[0]}: give two classes")
    if kind == "picture":
        samples = fitting.with_parts(samples, path)
    scheme, warning = fitting.scheme_of(samples)
    named = warning is None
    profile = fitting.profile_of(kind, samples, scheme, size, named)
    fitting.require_splits(path, samples, profile, named)
    corpus = Corpus(
        name=name,
        title=f"{name}, a corpus of one's own",
        papers=(),
        kind="own",
        licence="the owner's terms",
        how_to_get=obtained,
        layout=("**/*",),
        classes=classes,
        expected={},
        uses={fitting.PLACES[kind]: fitting.use_of(kind, "transcript" in samples)},
        lists=fitting.lists_of(kind, named),
        table=TABLE,
        joints=_joints(root / rows[0].path) if kind == "skeleton" else (),
        warning=warning,
    )
    return Own(corpus, rows, samples, profile, damage)


def require_free(name: str, params: Path) -> None:
    """Raise CorpusError unless a name can be that of a corpus of one's own."""
    if not name.isascii() or not name.isidentifier() or not name.islower():
        raise CorpusError(f"the name {name!r} is not made of small letters, digits and _: choose another")
    profile = params.parent / "profiles" / f"{name}.yaml"
    taken = name in catalogue.names() or module_file(f"lib.corpora.{name}")
    if taken or name in (PAPER, "sample") or (profile.is_file() and not _is_written(profile, name)):
        raise CorpusError(f"the name {name} is taken by the project: choose another")


def _is_written(profile: Path, name: str) -> bool:
    return profile.read_text(encoding="utf-8").startswith(PROFILE.split("{")[0] + name)


def profile_text(own: Own) -> str:
    """Text of ``profiles/<name>.yaml``."""
    (blocks,) = own.profile.values()
    scheme = blocks["training"].get("scheme", "the parts of the table")
    head = PROFILE.format(name=own.corpus.name, scheme=scheme)
    return head + yaml.safe_dump(own.profile, sort_keys=False, width=100, default_flow_style=None)


def write(own: Own, root: Path, folder: Path) -> list[str]:
    """Write files, table and entry to a folder; return their names."""
    for row, target in zip(own.rows, own.samples["path"], strict=True):
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if row.cut:
            _cut(root / row.path, place, *row.cut)
        elif not place.exists():
            shutil.copyfile(root / row.path, place)
    text = StringIO()
    own.samples.to_csv(text, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    files.write_text(folder / TABLE, text.getvalue())
    known = own.corpus.model_copy(update={"expected": counts(own, folder)})
    entry = known.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
    files.write_text(folder / ENTRY, yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=100))
    return sorted({*own.samples["path"], TABLE, ENTRY})


def counts(own: Own, folder: Path) -> dict[str, int]:
    """Counts of the written corpus."""
    return reader.Reader(own.corpus).check(folder, strict=False)


def _damage(names: Sequence[str], root: Path, kind: str) -> dict[str, str]:
    """Reason for each file that cannot be opened, or is no skeleton."""

    def damage(name: str) -> str | None:
        found = inspection.damage(root / name)
        if found is None and kind == "skeleton":
            try:
                reader.read_skeleton(root / name)
            except CorpusError as error:
                return str(error).removeprefix(f"{root / name}").strip(": ")
        return found

    with ThreadPoolExecutor() as pool:
        return {name: why for name, why in zip(names, pool.map(damage, names), strict=True) if why}


def _sizes(rows: Sequence[Row], root: Path, kind: str) -> list[float]:
    """Seconds of sound or frames of skeletons, by row; a cut or box beyond its file is an error."""
    import soundfile
    from PIL import Image

    found, joints = [], None
    for row in rows:
        path = root / row.path
        if kind == "sound":
            seconds = soundfile.info(str(path)).duration
            if row.cut and row.cut[1] > seconds + 0.01:
                what = f"end {row.cut[1]:g} is after the end of {row.path}, which has {seconds:.2f} s"
                raise CorpusError(f"{row.where}: {what}: correct it")
            found.append(row.cut[1] - row.cut[0] if row.cut else seconds)
        elif kind == "skeleton":
            frames, number, _ = reader.read_skeleton(path).shape
            joints = joints or (number, row)
            if number != joints[0]:
                what = f"{row.path} has {number} joints, but {joints[1].path} has {joints[0]}"
                raise CorpusError(f"{row.where}: {what}: give all files the same joints")
            found.append(frames)
        elif row.box:
            with Image.open(path) as image:
                width, height = image.size
            if row.box[2] > width or row.box[3] > height:
                what = f"the box ends at {row.box[2]:g}, {row.box[3]:g}, but {row.path} is {width} x {height}"
                raise CorpusError(f"{row.where}: {what}: correct the box")
    return found


def _samples(rows: Sequence[Row]) -> pd.DataFrame:
    """Sample table as `lib.corpora.table` reads it: names of files name the samples where they can."""
    targets = [_target(row) for row in rows]
    paths = [PurePosixPath(target) for target in targets]
    forms = ([path.stem for path in paths], [path.with_suffix("").as_posix() for path in paths], targets)
    files = len(set(targets))
    ids = next(form for form in forms if len(set(form)) == files)
    times = Counter(targets)
    seen: Counter[str] = Counter()
    table = []
    for row, target, own in zip(rows, targets, ids, strict=True):
        seen[target] += 1
        groups = row.groups
        speaker, session = groups.get("speaker", ""), groups.get("session", "")
        cells = {
            "sample_id": f"{own} {seen[target]}" if times[target] > 1 else own,
            "label": reader.SEPARATOR.join(row.labels),
            "speaker": speaker,
            "cluster": speaker or session or row.path,
            "path": target,
        }
        cells |= {"session": session} if session else {}
        cells |= {"part": PARTS[groups["split"]]} if "split" in groups else {}
        cells |= {} if row.text is None else {"transcript": row.text}
        cells |= {"source": row.path} if row.cut else {}
        cells |= dict(zip(BOX, map(str, row.box), strict=True)) if row.box else {}
        table.append(cells)
    samples = pd.DataFrame(table).fillna("")
    whole = "speaker" in rows[0].groups and _in_one(samples, "speaker", "session")
    return samples if whole else samples.drop(columns="session", errors="ignore")


def _in_one(samples: pd.DataFrame, inner: str, outer: str) -> bool:
    """Whether there are sessions enough to leave one out, and each speaker is in one."""
    if outer not in samples or samples[outer].nunique() < fitting.FEWEST:
        return False
    return len(samples[[inner, outer]].drop_duplicates()) == samples[inner].nunique()


def _target(row: Row) -> str:
    if not row.cut:
        return row.path
    path = PurePosixPath(row.path)
    return path.with_name(f"{path.stem}_{row.cut[0]:.3f}-{row.cut[1]:.3f}{path.suffix}").as_posix()


def _cut(source: Path, target: Path, start: float, end: float) -> None:
    """Write a part of a sound file with its own rate and depth."""
    import soundfile

    with soundfile.SoundFile(source) as sound:
        first, last = round(start * sound.samplerate), round(end * sound.samplerate)
        sound.seek(first)
        wave = sound.read(last - first, dtype=EXACT.get(sound.subtype, "float32"), always_2d=True)
        soundfile.write(target, wave, sound.samplerate, sound.subtype, format=sound.format)


def _joints(path: Path) -> tuple[str, ...]:
    if path.suffix.lower() == ".csv":
        return reader.joint_names(pd.read_csv(StringIO(checks.text(path)), nrows=0).columns)
    return tuple(f"joint {number}" for number in range(reader.read_skeleton(path).shape[1]))
