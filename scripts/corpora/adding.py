"""Adding a corpus of one's own: a folder of files with a table of their labels."""

import os
import shutil
import sys
from pathlib import Path

from lib.corpora import provenance
from lib.corpora.catalogue import Corpus, CorpusError
from lib.corpora.provenance import Provenance
from scripts.corpora import own, parameters, placing, putting


def add_own(
    name: str,
    table: Path,
    source: Path,
    data: Path,
    dvc: bool = True,
    obtained: str = "unknown",
    leave_out: bool = False,
) -> tuple[Corpus, Provenance]:
    """Copy the files of a table to ``data/<name>``; see `scripts.add_corpus.add`.

    The table is described in DATASETS.md. Beside the files are written its samples and the entry, and the
    profile ``profiles/<name>.yaml`` unless it is there already. Entry and origin are returned.

    Raises
    ------
    CorpusError
        As there; and if the name is taken, or a row of the table cannot be used.
    """
    data = data.resolve()
    target, params = data / name, data.with_name("params.yaml")
    for words in placing.recover(data):
        print(words, file=sys.stderr)
    if not source.is_dir():
        raise CorpusError(f"no folder {source}: give the folder of the table's files")
    root = source.resolve()
    putting.require_ready(source, root, target, dvc)
    made = own.make(name, table, root, params, obtained, leave_out)
    parameters.with_corpus(params, made.corpus)
    with placing.folder(data, name) as place:
        new = place / placing.NEW
        new.mkdir()
        files = own.write(made, root, new)
        origin = Provenance(
            corpus=name,
            kind="own",
            version=provenance.version_of(new, files),
            source=obtained,
            licence=made.corpus.licence,
            counts=own.counts(made, new),
            files=len(files),
            bytes=sum((new / file).stat().st_size for file in files),
            left_out=made.left_out or None,
        )
        origin.write(new)
        os.sync()
        if placing.is_same(target, origin, files):
            shutil.rmtree(new)
        else:
            putting.require_replaceable(target)
        with placing.alone(data):
            putting.put(made.corpus, place, data, dvc, own.profile_text(made))
    return made.corpus, origin
