"""Named schemes by which splits are drawn."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from lib.splits.split import Split, SplitError


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


def grouped_kfold(
    table: pd.DataFrame, folds: int, repeat: int, seed: int, name: str, column: str
) -> Iterator[Split]:
    """Stratified k-fold that keeps groups whole, in the development part too.

    Groups are the values of a column of the table; see `SCHEMES`.
    """
    ids, labels, groups = (_text(table, name) for name in ("sample_id", "label", column))
    if len(set(groups)) < folds:
        raise SplitError(f"{name}: {len(set(groups))} groups are fewer than {folds} folds")
    apart = dict(zip(ids, groups, strict=True))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=_state(seed, repeat))
    for fold, (rest, test) in enumerate(splitter.split(ids, labels, groups)):
        inner = StratifiedGroupKFold(
            min(8, len(set(groups[rest]))), shuffle=True, random_state=_state(seed, repeat, fold)
        )
        train, dev = next(iter(inner.split(ids[rest], labels[rest], groups[rest])))
        yield Split(
            name, repeat, fold, seed, tuple(ids[rest][train]), tuple(ids[rest][dev]),
            tuple(ids[test]), apart,
        )  # fmt: skip


def leave_one_speaker_out(
    table: pd.DataFrame, folds: int, repeat: int, seed: int
) -> Iterator[Split]:
    """Each speaker is tested once; another speaker, drawn, is the development part."""
    speakers = sorted(set(_text(table, "speaker")))
    if len(speakers) < 3:
        raise SplitError(f"leave_one_speaker_out: {len(speakers)} speakers are fewer than three")
    ids, of = _text(table, "sample_id"), _text(table, "speaker")
    apart = dict(zip(ids, of, strict=True))
    for fold, test in enumerate(speakers):
        others = [speaker for speaker in speakers if speaker != test]
        dev = np.random.default_rng([seed, repeat, fold]).choice(others)
        yield Split(
            "leave_one_speaker_out", repeat, fold, seed,
            tuple(ids[(of != test) & (of != dev)]), tuple(ids[of == dev]), tuple(ids[of == test]),
            apart,
        )  # fmt: skip


def no_speaker_sharing(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Split]:
    """Speakers in `folds` groups; a group's own samples are 1/4 development and 3/4 test part.

    The nearest to shi2021 section V.B's 8 : 0.5 : 1.5 without shared speakers: with ten speakers
    in five sessions eight train, and the two others are developed and tested on; see
    `held_out_speakers`.
    """
    ids, of = _text(table, "sample_id"), _speakers(table)
    apart = dict(zip(ids, of, strict=True))
    for fold, held in enumerate(held_out_speakers(table, folds, repeat, seed)):
        inside = np.isin(of, held)
        block = ids[inside][
            np.random.default_rng([seed, repeat, fold]).permutation(int(inside.sum()))
        ]
        dev = max(1, len(block) // 4)
        yield Split(
            "no_speaker_sharing", repeat, fold, seed, tuple(ids[~inside]), tuple(block[:dev]),
            tuple(block[dev:]), apart,
        )  # fmt: skip


def held_out_speakers(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> list[list[str]]:
    """Speakers in groups, one a fold: those of a session where there are sessions, or drawn ones.

    Clusters stand for speakers who are not named.
    """
    if "session" in table:
        of = table.groupby("session")["speaker"].unique()
        return [sorted(map(str, speakers)) for speakers in of]
    speakers = sorted(set(_speakers(table)))
    if len(speakers) < folds:
        raise SplitError(f"{len(speakers)} speakers are fewer than {folds} folds")
    drawn = np.random.default_rng([seed, repeat]).permutation(speakers)
    return [sorted(map(str, group)) for group in np.array_split(drawn, folds)]


def pretraining(table: pd.DataFrame, folds: int, repeat: int, seed: int) -> Iterator[Split]:
    """All samples of the held-out speakers are the test part; the others train and develop.

    For shi2021 section V.C: a model is trained on eight speakers, and later fine-tuned on shares of
    the two others' samples, see `fine_tuning`.
    """
    ids, of, labels = _text(table, "sample_id"), _speakers(table), _text(table, "label")
    apart = dict(zip(ids, of, strict=True))
    for fold, held in enumerate(held_out_speakers(table, folds, repeat, seed)):
        inside = np.isin(of, held)
        rest = np.flatnonzero(~inside)
        train, dev = _hold_out(rest, labels[rest], 1 / 8, _state(seed, repeat, fold))
        yield Split(
            "pretraining", repeat, fold, seed, tuple(ids[train]), tuple(ids[dev]),
            tuple(ids[inside]), apart,
        )  # fmt: skip


def leave_one_session_out(
    table: pd.DataFrame, folds: int, repeat: int, seed: int
) -> Iterator[Split]:
    """Each session is tested once; another session, drawn, is the development part."""
    if "session" not in table:
        raise SplitError("leave_one_session_out: the corpus has no sessions")
    ids, of, speakers = (_text(table, name) for name in ("sample_id", "session", "speaker"))
    apart = dict(zip(ids, speakers, strict=True))
    sessions = sorted(set(of))
    for fold, test in enumerate(sessions):
        others = [session for session in sessions if session != test]
        dev = np.random.default_rng([seed, repeat, fold]).choice(others)
        yield Split(
            "leave_one_session_out", repeat, fold, seed,
            tuple(ids[(of != test) & (of != dev)]), tuple(ids[of == dev]), tuple(ids[of == test]),
            apart,
        )  # fmt: skip


def fine_tuning(before: Split, ratio: float, repeat: int, table: pd.DataFrame) -> Split:
    """A share of held-out speakers' samples to train on; of the rest 1/4 develops, 3/4 tests.

    Parameters
    ----------
    before : Split
        Of `pretraining`; its test part are the held-out speakers' samples.
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
    return Split(
        f"fine_tuning {ratio:g}", repeat, before.fold, before.seed,
        tuple(ids[:number]), tuple(rest[:dev]), tuple(rest[dev:]),
    )  # fmt: skip


Scheme = Callable[[pd.DataFrame, int, int, int], Iterator[Split]]
SCHEMES: dict[str, Scheme] = {
    "mdre_blocks": mdre_blocks,
    "stratified_kfold": stratified_kfold,
    "cluster_kfold": partial(grouped_kfold, name="cluster_kfold", column="cluster"),
    "speaker_kfold": partial(grouped_kfold, name="speaker_kfold", column="speaker"),
    "script_kfold": partial(grouped_kfold, name="script_kfold", column="script"),
    "source_kfold": partial(grouped_kfold, name="source_kfold", column="group"),
    "leave_one_speaker_out": leave_one_speaker_out,
    "leave_one_session_out": leave_one_session_out,
    "no_speaker_sharing": no_speaker_sharing,
    "pretraining": pretraining,
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


def _text(table: pd.DataFrame, column: str) -> NDArray[Any]:
    if column not in table:
        raise SplitError(f"the sample table has no column {column!r}")
    return np.asarray(table[column].astype(str))


def _speakers(table: pd.DataFrame) -> NDArray[Any]:
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
