"""Add a real corpus to the project: ``python -m scripts.add_corpus NAME FROM``.

With ``--table``, the corpus is one's own: a folder of files with a table of their labels.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from lib.corpora import catalogue, checks, provenance
from lib.corpora.catalogue import Corpus, CorpusError
from lib.corpora.provenance import Provenance
from lib.params import project_path
from scripts.corpora import adding, inspection, parameters, placing, putting
from scripts.corpora.summary import report


def add(
    name: str,
    source: Path,
    data: Path,
    dvc: bool = True,
    obtained: str = "unknown",
    leave_out: bool = False,
) -> Provenance:
    """Copy a real corpus to ``data/<name>``; `source` is its published folder or the one around it.

    Its reader checks it against the published counts and every file is opened before anything is
    changed. Then the catalogued files are copied and counted again, PROVENANCE.json is written
    (`obtained` says where the copy comes from), the corpus joins the lists of its stages in params.yaml
    beside `data`, and, if `dvc` is set, ``dvc add`` versions `data`. With `leave_out`, damaged files
    are not copied and PROVENANCE.json lists them.

    If a step fails, `data`, params.yaml and data.dvc are left as they were. If the process is killed,
    the same call finishes what it began.

    Raises
    ------
    CorpusError
        If the source is missing, damaged, incomplete, inside the target, or has links that leave it; if
        the target already is another real corpus; if params.yaml has no list for the corpus; if
        ``dvc add`` fails.
    """
    corpus = catalogue.get(name)
    data = data.resolve()
    target = data / name
    for words in placing.recover(data):
        print(words, file=sys.stderr)
    root = _root(corpus, source)
    putting.require_ready(source, root, target, dvc)
    inspection.require_inside(root, corpus.layout)
    paths = checks.files(root, *corpus.layout)
    inspection.require_inside(root, (), paths)
    files = [path.relative_to(root).as_posix() for path in paths]
    origin = placing.same(target, root, files)
    if origin is None:
        putting.require_replaceable(target)
    if corpus.lists:
        parameters.with_corpus(data.with_name("params.yaml"), corpus)
    with placing.folder(data, name) as place:
        if origin is None or not placing.is_whole(target, origin, files):
            origin = _copied(corpus, root, files, place / placing.NEW, obtained, leave_out)
        with placing.alone(data):
            putting.put(corpus, place, data, dvc)
    return origin


def _copied(
    corpus: Corpus, root: Path, files: Sequence[str], new: Path, obtained: str, leave_out: bool
) -> Provenance:
    """Inspect a corpus, copy it to the folder `new` and write its PROVENANCE.json."""
    reader = catalogue.reader(corpus.name)
    counts, wrong = _counted(reader, root)
    damage = inspection.damaged(corpus, root, files)
    if damage and not leave_out:
        raise CorpusError(
            f"{root}: {len(damage)} files are damaged; copy them again, or leave them out "
            f"(LEAVE_OUT=1, --leave-out)\n{inspection.listed(damage)}" + (f"\n{wrong}" if wrong else "")
        )
    if wrong and not (inspection.of_labels(damage) or (damage and _is_unreadable(reader, root))):
        raise wrong
    left_out = inspection.with_companions(corpus, damage)
    kept = [file for file in files if file not in left_out]
    for file in kept:
        _copy(root / file, new / file)
    origin = Provenance(
        corpus=corpus.name,
        kind=corpus.kind,
        version=provenance.version_of(new, kept),
        source=obtained,
        licence=corpus.licence,
        counts={},
        files=len(kept),
        bytes=sum((new / file).stat().st_size for file in kept),
        left_out=left_out or None,
    )
    if left_out:
        origin.write(new)  # readers leave these files out of their counts
    try:
        with checks.reading(new):
            copied = reader.check(new, strict=not left_out)
            absent = inspection.absent_classes(corpus, reader, new, copied)
    except CorpusError as error:
        raise CorpusError(str(error).replace(str(new), str(root))) from error
    if not left_out and copied != counts:
        raise CorpusError(f"{root}: files are not where DATASETS.md says\n{counts}\n{copied}")
    if absent:
        raise CorpusError(f"{root}: no sample has the label {', '.join(absent)}: the copy is incomplete")
    origin = origin.model_copy(update={"counts": copied})
    origin.write(new)
    os.sync()
    return origin


def _counted(reader: ModuleType, root: Path) -> tuple[dict[str, int], CorpusError | None]:
    """Counts of a source, and what differs from the published ones or cannot be read."""
    try:
        with checks.reading(root):
            return reader.check(root, strict=True), None
    except CorpusError as error:
        return {}, error


def _is_unreadable(reader: ModuleType, root: Path) -> bool:
    """Whether a reader fails at the damage itself, so that counts of the source cannot be had."""
    try:
        with checks.reading(root):
            reader.check(root, strict=False)
    except CorpusError:
        return True
    return False


def _root(corpus: Corpus, source: Path) -> Path:
    """Folder that corresponds to ``data/<name>``: `source`, or its parent for a top folder."""
    if not source.is_dir():
        raise CorpusError(f"no folder {source}: give the folder of {corpus.title}")
    root = source.resolve()
    return root.parent if root.name == corpus.top_folder else root


def _copy(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks if the file system can.

    Hard links are not used: DVC may protect linked files, and with them the user's own copy.
    """
    from dvc_objects.fs.system import reflink

    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        reflink(str(source), str(target))
    except OSError:
        shutil.copyfile(source, target)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.add_corpus", description=__doc__)
    known = f"one of {', '.join(catalogue.names())}"
    parser.add_argument("name", metavar="NAME", help=f"{known}; with --table, a new name")
    parser.add_argument("folder", metavar="FROM", type=Path, help="the corpus as published")
    parser.add_argument("--table", type=Path, help="table of paths and labels of a corpus of one's own")
    parser.add_argument("--data", type=Path, help="folder of all corpora (the project's data)")
    parser.add_argument("--source", default="unknown", help="where you got the copy")
    parser.add_argument("--leave-out", action="store_true", help="leave damaged files out, and list them")
    parser.add_argument("--no-dvc", action="store_true", help="do not run `dvc add`")
    options = parser.parse_args(arguments)
    if options.table is None and options.name not in catalogue.names():
        parser.error(
            f"argument NAME: {options.name!r} is not {known}; TABLE=table.csv adds a corpus of one's own"
        )
    dvc = not options.no_dvc
    try:
        data = options.data or project_path("data")
        replaced = _is_sample(data / options.name)
        rest = (options.folder, data, dvc, options.source, options.leave_out)
        if options.table is None:
            corpus, origin = catalogue.get(options.name), add(options.name, *rest)
        else:
            corpus, origin = adding.add_own(options.name, options.table, *rest)
    except (CorpusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(report(origin, replaced, dvc, corpus))
    return 0


def _is_sample(target: Path) -> bool:
    try:
        return provenance.read(target).is_synthetic
    except CorpusError:
        return False


if __name__ == "__main__":
    sys.exit(main())
