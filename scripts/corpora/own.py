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
from scripts.corpora import cutting, fitting, inspection, table, traces
from scripts.corpora.table import BOX, PARTS, RECORDING, Row

TABLE = "table.csv"
PROFILE = """\
# What differs from the papers' values for the corpus {name}; written by `make corpus`, yours to change.
{notes}# Folds: {scheme}.
"""
SCALED = """\
# Sequences have the length of most samples; features are standardised, because few samples do not teach the
# scale.
"""
WEIGHTS = """\
# The networks start from published weights. In place of each null write the path of a file, relative to the
# project, or imagenet or random.
"""
NOTES = {"sound": SCALED, "skeleton": SCALED, "video": WEIGHTS, "picture": WEIGHTS, RECORDING: ""}


@dataclass(frozen=True)
class Own:
    """A corpus that can be written; `left_out` are damaged files with the reasons."""

    kind: str
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
    if kind == "picture":
        _require_boxes(rows, root)
    size = [] if kind == "picture" else cutting.lengths(rows, root, kind)
    rows = traces.whole(rows, size) if kind == RECORDING else rows
    samples = _samples(traces.recordings(rows) if kind == RECORDING else rows, kind)
    classes = tuple(sorted({label for row in rows for label in row.labels}))
    if len(classes) < 2 and kind != RECORDING:
        raise CorpusError(f"{path}: every row has the label {classes[0]}: give two classes")
    if kind == "picture":
        samples = fitting.with_parts(samples, path)
    elif kind == RECORDING:
        samples = traces.with_parts(samples, path)
    scheme, warning = fitting.scheme_of(samples)
    named = warning is None
    if kind == "picture" and (apart := fitting.labels_apart(samples)):
        lacking = f"no picture to train on, or none to test, has the label {', '.join(apart)}"
        warning = "; ".join(filter(None, [warning, lacking]))
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
        step=traces.step(rows) if kind == RECORDING else None,
        warning=warning,
    )
    return Own(kind, corpus, rows, samples, profile, damage)


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
    head = PROFILE.format(name=own.corpus.name, notes=NOTES[own.kind], scheme=scheme)
    return head + yaml.safe_dump(own.profile, sort_keys=False, width=100, default_flow_style=None)


def write(own: Own, root: Path, folder: Path) -> list[str]:
    """Write files, table and entry to a folder; return their names."""
    for row in own.rows:
        place = folder / cutting.target(row, own.kind)
        place.parent.mkdir(parents=True, exist_ok=True)
        if row.cut and own.kind != RECORDING:
            cutting.write(root / row.path, place, row.cut, own.kind)
        elif not place.exists():
            shutil.copyfile(root / row.path, place)
    traced = traces.write(own.rows, own.samples, folder) if own.kind == RECORDING else []
    text = StringIO()
    own.samples.to_csv(text, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    files.write_text(folder / TABLE, text.getvalue())
    known = own.corpus.model_copy(update={"expected": counts(own, folder)})
    entry = known.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
    files.write_text(folder / ENTRY, yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=100))
    return sorted({*own.samples["path"], *traced, TABLE, ENTRY})


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


def _require_boxes(rows: Sequence[Row], root: Path) -> None:
    """CorpusError if a box leaves its picture."""
    from PIL import Image

    for row in rows:
        if row.box:
            with Image.open(root / row.path) as image:
                width, height = image.size
            if row.box[2] > width or row.box[3] > height:
                what = f"the box ends at {row.box[2]:g}, {row.box[3]:g}, but {row.path} is {width} x {height}"
                raise CorpusError(f"{row.where}: {what}: correct the box")


def _samples(rows: Sequence[Row], kind: str) -> pd.DataFrame:
    """Sample table as `lib.corpora.table` reads it: names of files name the samples where they can."""
    targets = [cutting.target(row, kind) for row in rows]
    paths = [PurePosixPath(target) for target in targets]
    forms = ([path.stem for path in paths], [path.with_suffix("").as_posix() for path in paths], targets)
    files = len(set(targets))
    ids = next(form for form in forms if len(set(form)) == files)
    times = Counter(targets)
    seen: Counter[str] = Counter()
    table = []
    for row, target, own, cluster in zip(rows, targets, ids, _clusters(rows, targets), strict=True):
        seen[target] += 1
        groups = row.groups
        session = groups.get("session", "")
        cells = {
            "sample_id": f"{own} {seen[target]}" if times[target] > 1 else own,
            "label": reader.SEPARATOR.join(row.labels),
            "speaker": groups.get("speaker", ""),
            "cluster": cluster,
            "path": target,
        }
        cells |= {"session": session} if session else {}
        cells |= {"part": PARTS[groups["split"]]} if "split" in groups else {}
        cells |= {} if row.text is None else {"transcript": row.text}
        cells |= {"source": row.path} if target != row.path else {}
        cells |= dict(zip(BOX, map(str, row.box), strict=True)) if row.box else {}
        table.append(cells)
    samples = pd.DataFrame(table).fillna("")
    whole = "speaker" in rows[0].groups and _in_one(samples, "speaker", "session")
    return samples if whole else samples.drop(columns="session", errors="ignore")


def _clusters(rows: Sequence[Row], targets: list[str]) -> list[str]:
    """What belongs together: speakers, else sessions, else files, else cut parts, where there are two."""
    levels = ([row.groups.get(name, "") for row in rows] for name in ("speaker", "session"))
    return next((own for own in (*levels, [row.path for row in rows]) if len({*own}) > 1), targets)


def _in_one(samples: pd.DataFrame, inner: str, outer: str) -> bool:
    """Whether there are sessions enough to leave one out, and each speaker is in one."""
    if outer not in samples or samples[outer].nunique() < fitting.FEWEST:
        return False
    return len(samples[[inner, outer]].drop_duplicates()) == samples[inner].nunique()


def _joints(path: Path) -> tuple[str, ...]:
    if path.suffix.lower() == ".csv":
        return reader.joint_names(pd.read_csv(StringIO(checks.text(path)), nrows=0).columns)
    return tuple(f"joint {number}" for number in range(reader.read_skeleton(path).shape[1]))
