"""Named schemes by which splits are drawn."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from lib.splits.split import Split, SplitError

Texts = NDArray[Any]
Parts = tuple[Texts, Texts, Texts]
"""Sample ids of the training, development and test part."""
SPEAKERS = "speaker or cluster"
"""Where speakers are not named, clusters stand in for them."""


@dataclass(frozen=True)
class Draw:
    """One repetition of a scheme: the sample table, the number of folds and what seeds it."""

    table: pd.DataFrame
    folds: int
    repeat: int
    seed: int

    def column(self, name: str) -> Texts:
        """A column of the table as text; `SPEAKERS` is that of the speakers or their stand-ins."""
        if name == SPEAKERS:
            named = "speaker" in self.table and self.table["speaker"].notna().all()
            name = "speaker" if named else "cluster"
        if name not in self.table:
            raise SplitError(f"the sample table has no column {name!r}")
        return np.asarray(self.table[name].astype(str))

    ids = property(lambda draw: draw.column("sample_id"))
    labels = property(lambda draw: draw.column("label"))

    def generator(self, *fold: int) -> np.random.Generator:
        """Random numbers of the repetition, or of one of its folds."""
        return np.random.default_rng([self.seed, self.repeat, *fold])

    def shuffled(self, *fold: int) -> dict[str, Any]:
        """Options of scikit-learn's splitters."""
        return {"shuffle": True, "random_state": int(self.generator(*fold).integers(2**31))}

    def eighth(self, rest: NDArray[np.intp], fold: int) -> tuple[Texts, Texts]:
        """Ids of a fold's training and development part, stratified, from the indices of both."""
        options = {"test_size": 1 / 8, "stratify": self.labels[rest]} | self.shuffled(fold)
        try:
            train, dev = train_test_split(rest, **options)
        except ValueError as error:
            few = f"{len(rest)} samples outside fold {fold}'s test part: an eighth with each class needs"
            least = f"two of each class, {8 * len(np.unique(self.labels[rest]))} in all"
            raise SplitError(f"{few} {least} ({error})") from None
        return self.ids[train], self.ids[dev]


def mdre_blocks(draw: Draw) -> Iterator[Parts]:
    """Disjoint random blocks; 30 % of a block is its development part, 70 % its test part.

    The scheme behind the ratio 8 : 0.5 : 1.5 of shi2020 section IV.C, as in the public code of the
    model that the papers build on: over utterances, neither by speaker nor stratified. Over five
    folds only about 70 % of the samples are ever tested.
    """
    generator = draw.generator()
    blocks = np.array_split(draw.ids[generator.permutation(len(draw.table))], draw.folds)
    for fold, block in enumerate(blocks):
        dev = generator.random(len(block)) > 0.7
        if dev.all() or not dev.any():  # tiny blocks only
            dev = np.arange(len(block)) == 0
        yield np.concatenate(blocks[:fold] + blocks[fold + 1 :]), block[dev], block[~dev]


def mdre_published(draw: Draw) -> Iterator[Parts]:
    """The blocks of `mdre_blocks` that the public code draws for IEMOCAP, utterance by utterance.

    Python's generator with seed 337 gives the block of every utterance of the four classes in the
    corpus's order (column ``position``), seed 3372 whether it is in the development part. Samples
    that were left out keep their place in the draw. Every repetition has the same folds.
    """
    if draw.folds != 5:
        raise SplitError(f"the published blocks are five folds, not {draw.folds}")
    places = draw.column("position").astype(int)
    blocks, parts = (random.Random(seed) for seed in (337, 3372))
    drawn = np.array([[blocks.random(), parts.random()] for _ in range(places.max() + 1)])[places]
    block, dev = np.digitize(drawn[:, 0], [0.8, 0.6, 0.4, 0.2], right=True), drawn[:, 1] > 0.7
    for fold in range(draw.folds):
        own = block == fold
        yield draw.ids[~own], draw.ids[own & dev], draw.ids[own & ~dev]


def stratified_kfold(draw: Draw) -> Iterator[Parts]:
    """Stratified k-fold; an eighth of the training samples is the development part."""
    splitter = StratifiedKFold(draw.folds, **draw.shuffled())
    for fold, (rest, test) in enumerate(splitter.split(draw.ids, draw.labels)):
        yield *draw.eighth(rest, fold), draw.ids[test]


def grouped_kfold(draw: Draw, column: str) -> Iterator[Parts]:
    """Stratified k-fold that keeps the groups of a column whole, in the development part too."""
    ids, labels, groups = draw.ids, draw.labels, draw.column(column)
    if (number := len(set(groups))) < draw.folds:
        raise SplitError(f"{column}: {number} groups are fewer than {draw.folds} folds")
    splitter = StratifiedGroupKFold(draw.folds, **draw.shuffled())
    for fold, (rest, test) in enumerate(splitter.split(ids, labels, groups)):
        inner = StratifiedGroupKFold(min(8, len(set(groups[rest]))), **draw.shuffled(fold))
        train, dev = next(iter(inner.split(ids[rest], labels[rest], groups[rest])))
        yield ids[rest][train], ids[rest][dev], ids[test]


def leave_one_out(draw: Draw, column: str, another: bool = True) -> Iterator[Parts]:
    """Test each speaker or session once; `another`, or an eighth of the rest, drawn, develops."""
    ids, groups = draw.ids, draw.column(column)
    if len(names := sorted(set(groups))) < 3:
        raise SplitError(f"leave one {column} out: {len(names)} of them are fewer than three")
    for fold, test in enumerate(names):
        rest = groups != test
        dev = groups == draw.generator(fold).choice([name for name in names if name != test])
        parts = (ids[rest & ~dev], ids[dev]) if another else draw.eighth(np.flatnonzero(rest), fold)
        yield *parts, ids[~rest]


def held_out_speakers(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> list[list[str]]:
    """Speakers in groups, one per fold: those of each session, or drawn ones without sessions."""
    if "session" in table:
        groups = table.groupby("session")["speaker"].unique()
        return [sorted(map(str, speakers)) for speakers in groups]
    draw = Draw(table, folds, repeat, seed)
    speakers = sorted(set(draw.column(SPEAKERS)))
    if len(speakers) < folds:
        raise SplitError(f"{len(speakers)} speakers are fewer than {folds} folds")
    return [sorted(map(str, own)) for own in np.array_split(draw.generator().permutation(speakers), folds)]


def _held_out(draw: Draw) -> Iterator[NDArray[np.bool_]]:
    """Which samples are the held-out speakers', for each fold."""
    for held in held_out_speakers(draw.table, draw.folds, draw.repeat, draw.seed):
        yield np.isin(draw.column(SPEAKERS), held)


def no_speaker_sharing(draw: Draw, share: float = 1 / 4) -> Iterator[Parts]:
    """Speakers in `folds` groups; a `share` of a group's own samples develops, the others test.

    The scheme nearest to the 8 : 0.5 : 1.5 of shi2021 section V.B that shares no speakers: of ten
    speakers in five sessions, eight are in the training part and the other two in the development
    and test parts; see `held_out_speakers`.
    """
    for fold, held in enumerate(_held_out(draw)):
        block = draw.ids[held][draw.generator(fold).permutation(int(held.sum()))]
        dev = max(1, int(share * len(block)))
        yield draw.ids[~held], block[:dev], block[dev:]


def pretraining(draw: Draw, pairs: bool = False) -> Iterator[Parts]:
    """All samples of the held-out speakers are the test part; the others train and develop.

    For shi2021 section V.C: eight speakers train, `fine_tuning` takes shares of the others' samples.
    Held out are the speakers of `held_out_speakers`, or all `pairs`.
    """
    every = combinations(sorted(set(draw.column(SPEAKERS))), 2)
    groups = (np.isin(draw.column(SPEAKERS), pair) for pair in every) if pairs else _held_out(draw)
    for fold, held in enumerate(groups):
        yield *draw.eighth(np.flatnonzero(~held), fold), draw.ids[held]


def fine_tuning(
    before: Split, ratio: float, repeat: int, table: pd.DataFrame, by_class: bool = False
) -> Split:
    """A share of held-out speakers' samples to train on; of the rest 1/4 develops, 3/4 tests.

    Parameters
    ----------
    before : Split
        From `pretraining`; its test part is the held-out speakers' samples.
    ratio : float
        Share of them that trains, drawn at random (shi2021 section V.C, 2 to 50 %).
    repeat : int
        Number of the draw, counted over all repetitions.
    by_class : bool
        Whether classes are drawn in turn.
    """
    labels = table.set_index("sample_id")["label"].astype(str)
    ids = np.array(sorted(before.test))
    generator = np.random.default_rng([before.seed, before.fold, repeat])
    ids = ids[generator.permutation(len(ids))]
    if by_class:
        rank = pd.Series(range(len(ids))).groupby(labels.loc[list(ids)].to_numpy()).rank().to_numpy()
        ids = ids[np.argsort(rank, kind="stable")]
    number = max(1, round(ratio * len(ids)))
    rest = ids[number:][generator.permutation(len(ids) - number)]
    dev = max(1, len(rest) // 4)
    parts = (tuple(ids[:number]), tuple(rest[:dev]), tuple(rest[dev:]))
    return Split(f"fine_tuning {ratio:g}", repeat, before.fold, before.seed, *parts)


Scheme = Callable[[Draw], Iterator[Parts]]
DRAWN, HELD = ("train", "dev"), ("dev", "test")
SCHEMES: Mapping[str, tuple[Scheme, str | None, tuple[str, ...]]] = {
    "mdre_published": (mdre_published, None, ()),
    "mdre_blocks": (mdre_blocks, None, ()),
    "stratified_kfold": (stratified_kfold, None, ()),
    "cluster_kfold": (partial(grouped_kfold, column="cluster"), "cluster", ()),
    "speaker_kfold": (partial(grouped_kfold, column="speaker"), "speaker", ()),
    "script_kfold": (partial(grouped_kfold, column="script"), "script", ()),
    "source_kfold": (partial(grouped_kfold, column="group"), "group", ()),
    "leave_one_speaker_out": (partial(leave_one_out, column="speaker"), "speaker", ()),
    "leave_one_subject_out": (partial(leave_one_out, column="speaker", another=False), "speaker", DRAWN),
    "leave_one_session_out": (partial(leave_one_out, column="session"), "speaker", ()),
    "no_speaker_sharing": (no_speaker_sharing, SPEAKERS, HELD),
    "no_speaker_sharing_30_dev": (partial(no_speaker_sharing, share=0.3), SPEAKERS, HELD),
    "pretraining": (pretraining, SPEAKERS, DRAWN),
    "pretraining_all_pairs": (partial(pretraining, pairs=True), SPEAKERS, DRAWN),
}
"""How a scheme draws folds, whose groups it keeps apart, and two parts that may share them all the same."""


def keeps_apart(scheme: str, column: str) -> bool:
    """Whether no speaker, or no group of a column, is in both the training and the test part."""
    kept = SCHEMES[scheme][1]
    return kept == column or (column == "speaker" and kept == SPEAKERS)


def make(scheme: str, table: pd.DataFrame, folds: int, repeats: int, seed: int) -> list[Split]:
    """All splits of a scheme, a name in `SCHEMES`, of a sample table whose rows all have a label.

    SplitError if the scheme is unknown, rows lack labels, or a fold breaks the scheme's promise.
    """
    if scheme not in SCHEMES:
        raise SplitError(f"split scheme {scheme!r} is not one of {sorted(SCHEMES)}")
    if table["label"].isna().any():
        raise SplitError("samples without a label cannot be split: drop them first")
    if not table["sample_id"].is_unique:
        raise SplitError("sample ids of the table are not unique")
    parts_of, column, together = SCHEMES[scheme]
    splits = []
    for repeat in range(repeats):
        draw = Draw(table, folds, repeat, seed)
        apart = None if column is None else dict(zip(draw.ids, draw.column(column), strict=True))
        for fold, parts in enumerate(parts_of(draw)):
            train, dev, test = map(tuple, parts)
            splits.append(Split(scheme, repeat, fold, seed, train, dev, test, apart, together))
    return splits
