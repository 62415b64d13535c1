"""Named split schemes. A split that breaks its scheme's promise cannot be built."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

PARTS = ("train", "dev", "test")


class SplitError(ValueError):
    """A split breaks the promise of its scheme."""


@dataclass(frozen=True)
class Split:
    """Training, development and test samples of one fold.

    Raises
    ------
    SplitError
        If a part is empty, a sample is in two parts or twice in one, or a group that the scheme
        keeps apart is shared between training and the other parts.

    Parameters
    ----------
    scheme : str
        Name of the scheme in `SCHEMES`.
    repeat, fold : int
    seed : int
        The seed that drew it.
    train, dev, test : tuple of str
        Sample ids.
    apart : dict, optional
        Group of each sample, where the scheme promises that no group is shared by training and
        test.
    """

    scheme: str
    repeat: int
    fold: int
    seed: int
    train: tuple[str, ...]
    dev: tuple[str, ...]
    test: tuple[str, ...]
    apart: dict[str, str] | None = None

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
            train = {self.apart[sample] for sample in self.train}
            shared = train & {self.apart[sample] for sample in self.test}
            if shared:
                raise SplitError(f"{name}: training and test share {sorted(shared)[:5]}")

    def part(self, name: str) -> tuple[str, ...]:
        """Sample ids of ``"train"``, ``"dev"`` or ``"test"``."""
        return {"train": self.train, "dev": self.dev, "test": self.test}[name]


def mdre_blocks(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Split]:
    """Disjoint random blocks; 30 % of a block is its development part, 70 % its test part.

    The scheme behind the ratio 8 : 0.5 : 1.5 of shi2020 section IV.C, as in the public code of the
    model that the papers build on: over utterances, neither by speaker nor stratified. Over five
    folds only about 70 % of the samples are ever tested.
    """
    generator = np.random.default_rng([seed, repeat])
    ids = np.asarray(table["sample_id"].astype(str))[generator.permutation(len(table))]
    blocks = np.array_split(ids, folds)
    for fold, block in enumerate(blocks):
        dev = generator.random(len(block)) > 0.7
        if dev.all() or not dev.any():  # tiny blocks only
            dev = np.arange(len(block)) == 0
        train = np.concatenate([other for i, other in enumerate(blocks) if i != fold])
        yield Split(
            "mdre_blocks",
            repeat,
            fold,
            seed,
            tuple(train),
            tuple(block[dev]),
            tuple(block[~dev]),
        )


def stratified_kfold(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Split]:
    """Stratified k-fold; an eighth of the training samples is the development part."""
    ids, labels = (
        np.asarray(table["sample_id"].astype(str)),
        np.asarray(table["label"].astype(str)),
    )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=_state(seed, repeat))
    for fold, (rest, test) in enumerate(splitter.split(ids, labels)):
        train, dev = _hold_out(rest, labels[rest], 1 / 8, _state(seed, repeat, fold))
        yield Split(
            "stratified_kfold", repeat, fold, seed, tuple(ids[train]), tuple(ids[dev]),
            tuple(ids[test]),
        )  # fmt: skip


Scheme = Callable[[pd.DataFrame, int, int, int], Iterator[Split]]
SCHEMES: dict[str, Scheme] = {
    "mdre_blocks": mdre_blocks,
    "stratified_kfold": stratified_kfold,
}


def make(scheme: str, table: pd.DataFrame, folds: int, repeats: int, seed: int) -> list[Split]:
    """All splits of a scheme.

    Parameters
    ----------
    scheme : str
        A name in `SCHEMES`.
    table : DataFrame
        Sample table; every row must have a label.
    folds, repeats, seed : int

    Raises
    ------
    SplitError
        If the scheme is unknown, rows lack labels, or a fold breaks the scheme's promise.
    """
    if scheme not in SCHEMES:
        raise SplitError(f"split scheme {scheme!r} is not one of {sorted(SCHEMES)}")
    if table["label"].isna().any():
        raise SplitError("samples without a label cannot be split: drop them first")
    if not table["sample_id"].is_unique:
        raise SplitError("sample ids of the table are not unique")
    return [
        split for repeat in range(repeats) for split in SCHEMES[scheme](table, folds, repeat, seed)
    ]


def write(splits: list[Split], path: Path) -> Path:
    """Store splits as parquet: one row per split and sample."""
    rows = pd.concat(
        pd.DataFrame(
            {"scheme": split.scheme, "repeat": split.repeat, "fold": split.fold,
             "seed": split.seed, "part": part, "sample_id": split.part(part)}
        )
        for split in splits
        for part in PARTS
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(path, index=False)
    return path


def shares_tested(splits: list[Split], samples: int) -> pd.Series:
    """Share of all samples that are tested at least once, by repeat."""
    tested: dict[int, set[str]] = {}
    for split in splits:
        tested.setdefault(split.repeat, set()).update(split.test)
    return pd.Series({repeat: len(ids) / samples for repeat, ids in tested.items()})


def fingerprint(split: Split) -> str:
    """Canonical text of a split, for content keys."""
    return json.dumps(
        [
            split.scheme,
            split.repeat,
            split.fold,
            split.seed,
            *(split.part(p) for p in PARTS),
        ]
    )


def _state(*numbers: int) -> int:
    return int(np.random.default_rng(list(numbers)).integers(2**31))


def _hold_out(
    indices: NDArray[np.intp], labels: NDArray[np.str_], share: float, state: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Training and development indices, stratified."""
    try:
        train, dev = train_test_split(indices, test_size=share, stratify=labels, random_state=state)
    except ValueError as error:
        raise SplitError(f"the development part cannot be stratified: {error}") from None
    return train, dev
