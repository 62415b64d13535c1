"""Folds of a corpus by the schemes of the papers and the valid ones beside them."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

from lib.corpora import catalogue, provenance
from lib.corpora.provenance import Provenance
from lib.splits import schemes
from lib.splits.split import PARTS
from scripts.folds.files import FoldsError
from scripts.folds.naming import FOLD_PARTS, TABLES

RELEASE_PARTS = "release_parts"
NAMING = "naming of the release"


class Made(NamedTuple):
    """Folds of one corpus by one scheme, and what they were made from."""

    corpus: str
    scheme: str
    folds: pd.DataFrame
    samples: int
    origin: str


@cache
def recipes() -> dict[str, dict[str, Any]]:
    """What is made for each corpus; see ``recipes.yaml``."""
    text = Path(__file__).with_name("recipes.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def recipe(corpus: str) -> dict[str, Any]:
    """Recipe of a corpus; FoldsError names those that there are."""
    if corpus not in recipes():
        raise FoldsError(f"NAME={corpus}: no folds are made for it, only for {', '.join(sorted(recipes()))}")
    return recipes()[corpus]


@cache
def samples(corpus: str, root: Path) -> pd.DataFrame:
    """Labelled samples of a copy in the corpus's own order, with their ``position`` (from 0).

    `root` is the folder of all corpora; CorpusError if the copy is missing or damaged.
    """
    table = catalogue.read(corpus, root)
    if "part" not in table:
        table = table[table["label"].notna()].reset_index(drop=True)
    return table.assign(position=range(len(table)))


def draw(corpus: str, scheme: str, table: pd.DataFrame, key: str = "id") -> pd.DataFrame:
    """Folds of a table of samples by one scheme, in the order of the table.

    Returns
    -------
    DataFrame
        ``id`` (or another name for it, `key`), ``repeat``, ``fold``, ``part``; a row for each sample
        in each fold.
    """
    own = recipe(corpus)
    if scheme == RELEASE_PARTS:
        found = table[["sample_id"]].assign(repeat=0, fold=0, part=table["part"].map(FOLD_PARTS))
        return found.rename(columns={"sample_id": key}).reset_index(drop=True)
    made = schemes.make(scheme, table, own["folds"], own["schemes"][scheme], own["seed"])
    places = {sample: place for place, sample in enumerate(table["sample_id"].astype(str))}
    rows = [
        (split.repeat, split.fold, places[sample], part)
        for split in made
        for part in PARTS
        for sample in split.part(part)
    ]
    found = pd.DataFrame(rows, columns=["repeat", "fold", "place", "part"])
    found = found.sort_values(["repeat", "fold", "place"], ignore_index=True)
    names = table["sample_id"].astype(str).to_numpy()[found.pop("place")]
    found.insert(0, key, names)
    return found


def by_naming(corpus: str) -> list[Made]:
    """Folds that need no copy of a corpus."""
    own = recipe(corpus)
    made = []
    for scheme in own["named"]:
        table = TABLES[corpus]()
        if own["key"] == "speaker":  # clips of speakers are not known: which fold tests a speaker
            names = sorted(table["speaker"])
            folds = pd.DataFrame({"speaker": names, "repeat": 0, "fold": range(len(names))})
        else:
            folds = draw(corpus, scheme, table, own["key"])
        made.append(Made(corpus, scheme, folds, own["samples"], NAMING))
    return made


def by_copy(corpus: str, root: Path) -> list[Made]:
    """Folds with ids, of the copy below `root` (the folder of all corpora); CorpusError as `samples`."""
    table, about = samples(corpus, root), provenance.read(root / corpus)
    origin = f"{about.marker}, version {about.version}"
    return [
        Made(corpus, scheme, draw(corpus, scheme, table), len(table), origin)
        for scheme in recipe(corpus)["schemes"]
    ]


def by_position(made: Made, table: pd.DataFrame, about: Provenance) -> Made:
    """The same folds with places in place of ids, which may leave the laboratory.

    Raises
    ------
    FoldsError
        If the copy is a synthetic sample, whose folds are nobody's.
    """
    if about.is_synthetic:
        raise FoldsError(
            f"KEEP=1: data/{made.corpus} is a {about.marker}; only folds of a real copy are kept"
        )
    places = table.set_index(table["sample_id"].astype(str))["position"]
    folds = made.folds.rename(columns={"id": "position"})
    return made._replace(folds=folds.assign(position=folds["position"].map(places)))
