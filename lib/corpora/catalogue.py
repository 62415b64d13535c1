"""Catalogue of the corpora: one entry, ``<name>.yaml``, beside each reader, ``<name>.py``.

A corpus of one's own, added with a table, has its entry in its folder; `lib.corpora.table` reads it.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import Field

from lib.content import FileError, reading
from lib.project import project_path
from lib.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["synthetic", "open", "licensed", "own"]
ENTRY = "entry.yaml"
"""Entry of a corpus of one's own, in its folder under ``data/``."""

_ENTRIES = Path(__file__).parent


class CorpusError(FileError):
    """A corpus is missing, incomplete, damaged or in another layout."""


class Use(Settings):
    """What the notebooks of one paper take from a corpus."""

    classes: tuple[str, ...] = ()
    """Classes of the label, in the order of the models' outputs; by default all of the corpus."""
    modalities: tuple[str, ...]
    columns: dict[str, str] = Field(default_factory=dict)
    """Columns of the sample table that hold files, by what the files are: sound or video."""
    options: dict[str, str] = Field(default_factory=dict)
    """Options of the reader, where they are not its defaults."""


class Corpus(Settings):
    """What is known about a corpus without a copy of it."""

    name: str
    """Name of its entry, of its reader and of its folder under ``data/``."""
    title: str
    papers: tuple[str, ...]
    """Keys of the re-implemented papers that use it; empty for additional corpora."""
    kind: Literal["open", "licensed", "own"]
    """Kind of a real copy; sample corpora are marked synthetic in their own PROVENANCE.json."""
    licence: str
    how_to_get: str
    layout: tuple[str, ...]
    """Patterns, relative to ``data/<name>``, of the files that are copied."""
    classes: tuple[str, ...] = ()
    """Values of the label; empty for corpora with a continuous label."""
    expected: dict[str, Annotated[int, Field(ge=0, lt=2**31)]]
    """Counts that are the same for every complete copy."""
    printed_as: str | None = None
    """Row under which ``cells.csv`` holds the papers' counts of the corpus."""
    uses: dict[str, Use]
    """By paper, as in ``lib.papers``."""
    lists: tuple[str, ...]
    """Lists in params.yaml that the corpus joins when it is added; each serves some stages."""
    top_folder: str | None = None
    """Folder in which the corpus is published; its parent stands for ``data/<name>``."""
    table: str | None = None
    """Sample table of a corpus of one's own, relative to its folder; see `lib.corpora.table`."""
    joints: tuple[str, ...] = ()
    """Names of the joints in its skeleton files."""
    step: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Seconds between its values over time."""
    warning: str | None = None
    """What every notebook says about it, such as that no speaker is named."""

    def use(self, paper: str) -> Use:
        """What the notebooks of a paper take; CorpusError if they do not use the corpus."""
        if paper not in self.uses:
            where = f"data/{self.name}/{ENTRY}" if self.table else f"lib/corpora/{self.name}.yaml"
            raise CorpusError(f"{where} states no use in {paper}")
        use = self.uses[paper]
        return use if use.classes else use.model_copy(update={"classes": self.classes})


def names() -> list[str]:
    """Names of all corpora of the catalogue, without those of one's own."""
    return sorted(path.stem for path in _ENTRIES.glob("*.yaml"))


def get(name: str) -> Corpus:
    """Catalogue entry of a corpus, or the entry of one's own in the project's ``data/<name>``.

    CorpusError if there is no such corpus (the message lists those there are), or its entry is malformed.
    """
    if name in names():
        return _published(_ENTRIES / f"{name}.yaml")
    if own := own_entry(name):
        return entry(own, name)
    raise CorpusError(f"unknown corpus {name!r}: one of {', '.join(names())}")


def entry(path: Path, name: str) -> Corpus:
    """Entry of a corpus from its file."""
    with reading(path, CorpusError):
        return Corpus(name=name, **yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def _published(path: Path) -> Corpus:
    return entry(path, path.stem)


def own_entry(name: str) -> Path | None:
    """File of the entry of a corpus of one's own in the project around the working directory."""
    try:
        path = project_path("data") / name / ENTRY
    except FileNotFoundError:  # outside a project
        return None
    return path if re.fullmatch(r"\w+", name) and path.is_file() else None


def reader(name: str) -> Any:
    """Reader of a corpus: the module ``lib.corpora.<name>``, or `lib.corpora.table.Reader` for one's own."""
    corpus = get(name)
    module = import_module(f"lib.corpora.{'table' if corpus.table else corpus.name}")
    return module.Reader(corpus) if corpus.table else module


def _folder(name: str, root: Path) -> Path:
    folder = root / get(name).name
    if not folder.is_dir():
        raise CorpusError(
            f"no corpus folder {folder}: get the corpus as DATASETS.md says and add it with "
            f"`make corpus NAME={name} FROM=<its folder>`, or run `dvc pull` for a sample corpus"
        )
    return folder


def check(name: str, root: Path) -> dict[str, int]:
    """Counts found in ``root/<name>``; `root` is the folder of all corpora.

    CorpusError if the corpus is missing or damaged, or if it is a real copy with wrong counts.
    """
    return reader(name).check(_folder(name, root))


def read(name: str, root: Path, **options: Any) -> "pd.DataFrame":
    """Sample table of ``root/<name>``, after its counts have been checked.

    The table has one row per sample and at least the columns ``sample_id``, ``label``, ``speaker`` and
    ``cluster``. Options are passed to the corpus's own ``read``. CorpusError as in `check`.
    """
    check(name, root)
    return reader(name).read(_folder(name, root), **options)
