"""Named schemes by which splits are drawn."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from lib.splits.split import Split, SplitError

Texts = NDArray[Any]
Parts = tuple[Texts, Texts, Texts]
"""Sample ids of the training, development and test part."""


def mdre_blocks(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Parts]:
    """Disjoint random blocks; 30 % of a block is its development part, 70 % its test part.

    The scheme behind the ratio 8 : 0.5 : 1.5 of shi2020 section IV.C, as in the public code of the
    model that the papers build on: over utterances, neither by speaker nor stratified. Over five
    folds only about 70 % of the samples are ever tested.
    """
    generator = np.random.default_rng([seed, repeat])
    ids = _text(table, "sample_id")[generator.permutation(len(table))]
    blocks = np.array_split(ids, folds)
    for fold, block in enumerate(blocks):
        dev = generator.random(len(block)) > 0.7
        if dev.all() or not dev.any():  # tiny blocks only
            dev = np.arange(len(block)) == 0
        train = np.concatenate([other for i, other in enumerate(blocks) if i != fold])
        yield train, block[dev], block[~dev]


def stratified_kfold(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Parts]:
    """Stratified k-fold; an eighth of the training samples is the development part."""
    ids, labels = _text(table, "sample_id"), _text(table, "label")
    splitter = StratifiedKFold(folds, shuffle=True, random_state=_state(seed, repeat))
    for fold, (rest, test) in enumerate(splitter.split(ids, labels)):
        train, dev = _hold_out(rest, labels[rest], 1 / 8, _state(seed, repeat, fold))
        yield ids[train], ids[dev], ids[test]


def grouped_kfold(
    table: pd.DataFrame, folds: int, repeat: int, seed: int, column: str
) -> Iterator[Parts]:
    """Stratified k-fold that keeps the groups of a column whole, in the development part too."""
    ids, labels, groups = (_text(table, name) for name in ("sample_id", "label", column))
    if len(set(groups)) < folds:
        raise SplitError(f"{column}: {len(set(groups))} groups are fewer than {folds} folds")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=_state(seed, repeat))
    for fold, (rest, test) in enumerate(splitter.split(ids, labels, groups)):
        inner_folds, state = min(8, len(set(groups[rest]))), _state(seed, repeat, fold)
        inner = StratifiedGroupKFold(inner_folds, shuffle=True, random_state=state)
        train, dev = next(iter(inner.split(ids[rest], labels[rest], groups[rest])))
        yield ids[rest][train], ids[rest][dev], ids[test]


def leave_one_out(
    table: pd.DataFrame, folds: int, repeat: int, seed: int, column: str
) -> Iterator[Parts]:
    """Test each speaker or session once; another one, drawn at random, is the development part."""
    ids, groups = _text(table, "sample_id"), _text(table, column)
    names = sorted(set(groups))
    if len(names) < 3:
        raise SplitError(f"leave one {column} out: {len(names)} of them are fewer than three")
    for fold, test in enumerate(names):
        others = [name for name in names if name != test]
        dev = np.random.default_rng([seed, repeat, fold]).choice(others)
        yield ids[(groups != test) & (groups != dev)], ids[groups == dev], ids[groups == test]


def no_speaker_sharing(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Parts]:
    """Speakers in `folds` groups; a group's own samples are 1/4 development and 3/4 test part.

    The scheme nearest to the 8 : 0.5 : 1.5 of shi2021 section V.B that shares no speakers: of ten
    speakers in five sessions, eight are in the training part and the other two in the development
    and test parts; see `held_out_speakers`.
    """
    ids, speakers = _text(table, "sample_id"), _speakers(table)
    for fold, held in enumerate(held_out_speakers(table, folds, repeat, seed)):
        inside = np.isin(speakers, held)
        order = np.random.default_rng([seed, repeat, fold]).permutation(int(inside.sum()))
        block = ids[inside][order]
        dev = max(1, len(block) // 4)
        yield ids[~inside], block[:dev], block[dev:]


def held_out_speakers(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> list[list[str]]:
    """Speakers in groups, one per fold: those of each session, or drawn ones without sessions.

    Where speakers are not named, clusters stand in for them.
    """
    if "session" in table:
        groups = table.groupby("session")["speaker"].unique()
        return [sorted(map(str, speakers)) for speakers in groups]
    speakers = sorted(set(_speakers(table)))
    if len(speakers) < folds:
        raise SplitError(f"{len(speakers)} speakers are fewer than {folds} folds")
    drawn = np.random.default_rng([seed, repeat]).permutation(speakers)
    return [sorted(map(str, group)) for group in np.array_split(drawn, folds)]


def pretraining(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Parts]:
    """All samples of the held-out speakers are the test part; the others train and develop.

    For shi2021 section V.C: a model is trained on eight speakers, and later fine-tuned on shares of
    the two others' samples, see `fine_tuning`.
    """
    ids, labels = _text(table, "sample_id"), _text(table, "label")
    for fold, held in enumerate(held_out_speakers(table, folds, repeat, seed)):
        inside = np.isin(_speakers(table), held)
        rest = np.flatnonzero(~inside)
        train, dev = _hold_out(rest, labels[rest], 1 / 8, _state(seed, repeat, fold))
        yield ids[train], ids[dev], ids[inside]


def fine_tuning(before: Split, ratio: float, repeat: int, table: pd.DataFrame) -> Split:
    """A share of held-out speakers' samples to train on; of the rest 1/4 develops, 3/4 tests.

    Parameters
    ----------
    before : Split
        From `pretraining`; its test part is the held-out speakers' samples.
    ratio : float
        Share of them that trains, classes in turn (shi2021 section V.C, 2 to 50 %).
    repeat : int
        Number of the draw, counted over all repetitions.
    """
    labels = table.set_index("sample_id")["label"].astype(str)
    ids = np.array(sorted(before.test))
    generator = np.random.default_rng([before.seed, before.fold, repeat])
    ids = ids[generator.permutation(len(ids))]
    rank = pd.Series(range(len(ids))).groupby(labels.loc[list(ids)].to_numpy()).rank().to_numpy()
    ids = ids[np.argsort(rank, kind="stable")]  # classes in turn
    number = max(1, round(ratio * len(ids)))
    rest = ids[number:][generator.permutation(len(ids) - number)]
    dev = max(1, len(rest) // 4)
    parts = (tuple(ids[:number]), tuple(rest[:dev]), tuple(rest[dev:]))
    return Split(f"fine_tuning {ratio:g}", repeat, before.fold, before.seed, *parts)


Scheme = Callable[[pd.DataFrame, int, int, int], Iterator[Parts]]
SCHEMES: Mapping[str, tuple[Scheme, str | None]] = {
    "mdre_blocks": (mdre_blocks, None),
    "stratified_kfold": (stratified_kfold, None),
    "cluster_kfold": (partial(grouped_kfold, column="cluster"), "cluster"),
    "speaker_kfold": (partial(grouped_kfold, column="speaker"), "speaker"),
    "script_kfold": (partial(grouped_kfold, column="script"), "script"),
    "source_kfold": (partial(grouped_kfold, column="group"), "group"),
    "leave_one_speaker_out": (partial(leave_one_out, column="speaker"), "speaker"),
    "leave_one_session_out": (partial(leave_one_out, column="session"), "speaker"),
    "no_speaker_sharing": (no_speaker_sharing, "speaker or cluster"),
    "pretraining": (pretraining, "speaker or cluster"),
}
"""How a scheme draws the folds of a repetition, and the column whose groups it keeps apart."""


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
    draw, column = SCHEMES[scheme]
    apart = None
    if column is not None:
        groups = _speakers(table) if column == "speaker or cluster" else _text(table, column)
        apart = dict(zip(_text(table, "sample_id"), groups, strict=True))
    splits = []
    for repeat in range(repeats):
        for fold, parts in enumerate(draw(table, folds, repeat, seed)):
            train, dev, test = map(tuple, parts)
            splits.append(Split(scheme, repeat, fold, seed, train, dev, test, apart))
    return splits


def _text(table: pd.DataFrame, column: str) -> Texts:
    if column not in table:
        raise SplitError(f"the sample table has no column {column!r}")
    return np.asarray(table[column].astype(str))


def _speakers(table: pd.DataFrame) -> Texts:
    named = "speaker" in table and table["speaker"].notna().all()
    return _text(table, "speaker" if named else "cluster")


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
