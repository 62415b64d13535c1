"""Splits of samples; one that breaks its scheme's promise cannot be built."""

import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from lib.files import write_parquet

PARTS = ("train", "dev", "test")


class SplitError(ValueError):
    """A split breaks the promise of its scheme."""


@dataclass(frozen=True)
class Split:
    """Training, development and test samples of one fold.

    Raises
    ------
    SplitError
        If a part is empty, a sample is in two parts or twice in one, or two parts share a group that
        the scheme keeps apart.

    Parameters
    ----------
    train, dev, test : tuple of str
        Sample ids.
    apart : dict, optional
        Group of each sample, where the scheme promises that no two parts share a group.
    together : tuple of str
        The two parts of which it does not promise this.
    """

    scheme: str
    repeat: int
    fold: int
    seed: int
    train: tuple[str, ...]
    dev: tuple[str, ...]
    test: tuple[str, ...]
    apart: dict[str, str] | None = None
    together: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        name = f"{self.scheme}, repeat {self.repeat}, fold {self.fold}"
        for part in PARTS:
            if not self.part(part):
                raise SplitError(f"{name}: the {part} part is empty")
        everything = [*self.train, *self.dev, *self.test]
        if len(set(everything)) != len(everything):
            twice = pd.Series(everything).loc[lambda ids: ids.duplicated()].unique()
            raise SplitError(f"{name}: {len(twice)} samples are in it twice: {list(twice[:5])}")
        if self.apart is not None:
            groups = {part: {self.apart[sample] for sample in self.part(part)} for part in PARTS}
            for one, other in combinations(PARTS, 2):
                if {one, other} != {*self.together} and (shared := groups[one] & groups[other]):
                    raise SplitError(f"{name}: {one} and {other} share {sorted(shared)[:5]}")

    def part(self, name: str) -> tuple[str, ...]:
        """Sample ids of ``"train"``, ``"dev"`` or ``"test"``."""
        return {"train": self.train, "dev": self.dev, "test": self.test}[name]

    @property
    def origin(self) -> dict[str, Any]:
        """Scheme, repeat, fold and seed."""
        return {name: getattr(self, name) for name in ("scheme", "repeat", "fold", "seed")}


def write(splits: list[Split], path: Path) -> Path:
    """Store splits as parquet: one row per split and sample."""
    rows = pd.concat(
        pd.DataFrame(split.origin | {"part": part, "sample_id": split.part(part)})
        for split in splits
        for part in PARTS
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(path, rows)
    return path


def sizes(splits: list[Split]) -> pd.DataFrame:
    """Samples in each part by fold, means over repetitions."""
    rows = [{"fold": each.fold} | {p: len(each.part(p)) for p in PARTS} for each in splits]
    return pd.DataFrame(rows).groupby("fold").mean().round(1)


def shares_tested(splits: list[Split], samples: int) -> pd.Series:
    """Share of all samples that are tested at least once, by repeat."""
    tested = pd.Series([each.test for each in splits], [each.repeat for each in splits]).explode()
    return tested.groupby(level=0).nunique() / samples


def fingerprint(split: Split) -> str:
    """Canonical text of a split, for content keys."""
    parts = [split.part(part) for part in PARTS]
    return json.dumps([*split.origin.values(), *parts])
