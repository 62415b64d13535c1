"""Emotion-Gait: walking people as 16 joints over 75 frames, with perceived emotions.

Bhattacharya et al. (2020), "STEP: spatial temporal graph convolutional networks for emotion
perception from gaits". ``features.h5`` holds an array (frames, 48) for each gait, ``labels.h5`` its
class number under the same key. ``index.csv``, if present, must agree with both.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError

CLASSES = catalogue.get("egait").classes
LABELS = {0: "happy", 1: "angry", 2: "sad", 3: "neutral"}
"""Class numbers of labels.h5, inferred, because the files contain no names.

With this order 50 of the 84 gaits whose key names the acted emotion are perceived as acted, the
most of all 24 orders; with angry, neutral, happy, sad, as the authors once said, 13 are.
"""

_ARM, _LEG = ("shoulder", "elbow", "hand"), ("hip", "knee", "foot")
JOINTS = (
    *("root", "spine", "neck", "head"),
    *(f"{side}_{part}" for limb in (_ARM, _LEG) for side in ("left", "right") for part in limb),
)
PARENTS = (-1, 0, 1, 2, 2, 4, 5, 2, 7, 8, 0, 10, 11, 0, 13, 14)
FRAMES = 75
FRAME_RATE: float | None = None
"""Not published. The median gait cycle has 36 frames, so about 30 per second is plausible."""

RELEASES = {
    342: {"happy": 112, "angry": 33, "sad": 78, "neutral": 119},
    222: {"happy": 76, "angry": 26, "sad": 45, "neutral": 75},
}
"""Class counts of the known releases by number of gaits; the smaller is part of the larger."""

_ACTED = {"an": "angry", "ha": "happy", "ne": "neutral", "nu": "neutral", "sa": "sad"}

# Forms of the keys by source; the part named `walker` is the same for gaits of one walker.
_SOURCES = (
    ("seq_take", re.compile(r"(?P<walker>\d{3})_(?P<acted>Angry|Happy|Neutral|Sad)")),
    ("walk_take", re.compile(r"(?P<walker>.+)_walk_(?P<acted>an|ha|ne|nu|sa)_\d+.*")),
    ("#_#", re.compile(r"(?P<walker>\d+)_\d+")),
    ("#_#_#", re.compile(r"(?P<walker>\d+_\d+)_\d+")),
    ("S#_#", re.compile(r"(?P<walker>S\d+)_\d+")),
    ("File#", re.compile(r"(?P<walker>File)\d+")),
)


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy of Emotion-Gait.

    Returns
    -------
    DataFrame
        One row per gait, in the order of keys: sample_id (the key), label (perceived emotion, one
        of `CLASSES`), speaker (missing: walkers are not named), group (source of the recording: the
        key with its numbers as ``#``, ``seq_take`` or ``walk_take``), acted (acted emotion if the
        key names it), cluster.

    Raises
    ------
    CorpusError
        If a file is missing or damaged, keys or labels do not agree, or a label is not 0 to 3.

    Notes
    -----
    Clusters are gaits that are probably one person's, as inferred from the keys (DATASETS.md): of
    the same actor, leading number or two leading numbers of three, and all named ``File#``.
    """
    with _open(folder / "features.h5") as features:
        keys = list(features)
    with _open(folder / "labels.h5") as numbers:
        if set(keys) != set(numbers):
            odd = sorted(set(keys) ^ set(numbers))
            raise CorpusError(
                f"{folder}: {len(odd)} keys are in only one of features.h5 and labels.h5, first {odd[0]}"
            )
        found = {key: _array(numbers, key, 9).ravel().tolist() for key in keys}
    wrong = [key for key, own in found.items() if len(own) != 1 or own[0] not in LABELS]
    if wrong:
        raise CorpusError(
            f"{folder / 'labels.h5'}: {wrong[0]} has the label {found[wrong[0]]}, not a class "
            f"number from 0 to 3, like {len(wrong)} of {len(found)} gaits: store class numbers"
        )
    labels = {key: LABELS[own[0]] for key, own in found.items()}
    _require_index(folder, labels)
    rows = [{"sample_id": key, "label": label, **_source(key)} for key, label in labels.items()]
    table = checks.sample_table(rows, folder, "features.h5 holds no gait")
    table.insert(2, "speaker", pd.Series(pd.NA, index=table.index, dtype="str"))
    return table


def joints(folder: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Joint positions of each gait, in the order of keys.

    Positions, (75, 16, 3), of `JOINTS` are in metres, y up. The root stays in one place, up to 0.1 m from
    the origin. Gaits shorter than 75 frames are repeated up to 75, as in the authors' loader; in the
    release of 222 all are stored that way (see `cycle_length`). CorpusError if an array has another shape
    or values that are not finite; the message names the gait.
    """
    path = folder / "features.h5"
    with _open(path) as features:
        for key in features:
            values = _array(features, key, FRAMES * 3 * len(JOINTS)).astype(np.float32)
            frames, width = values.shape if values.ndim == 2 else (0, 0)
            if width != 3 * len(JOINTS) or not 1 <= frames <= FRAMES:
                wanted = f"(1 to {FRAMES}, {3 * len(JOINTS)})"
                raise CorpusError(f"{path}: {key} has shape {values.shape}, not {wanted}")
            positions = values.reshape(frames, len(JOINTS), 3)
            broken = int((~(np.abs(positions) < 100)).any(axis=-1).sum())
            if broken:
                what = f"{broken} joint positions that are not finite, or 100 m away; drop or repair the gait"
                raise CorpusError(f"{path}: {key} has {what}")
            yield key, np.resize(positions, (FRAMES, len(JOINTS), 3))


def cycle_length(positions: NDArray[np.floating]) -> int | None:
    """Frames after which positions, (frames, joints, 3), repeat exactly; None if they do not."""
    lengths = range(1, len(positions))
    return next((n for n in lengths if np.array_equal(positions[n:], positions[:-n])), None)


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Counts of a copy, compared with those of the release of its size.

    Any other part of the release of 342 is accepted if no class has more gaits than there.
    """
    table = read(folder)
    gaits = [positions for _, positions in joints(folder)]
    found = {
        "gaits": len(table),
        **checks.tally(table["label"], CLASSES),
        "frames": FRAMES,
        "joints": len(JOINTS),
        "clusters": table["cluster"].nunique(),
        "repeat a cycle": sum(cycle_length(positions) is not None for positions in gaits),
        "copies of another gait": len(gaits) - len({positions.tobytes() for positions in gaits}),
    }
    nearest = {name: min(found[name], most) for name, most in RELEASES[max(RELEASES)].items()}
    expected = RELEASES.get(len(table), nearest) | catalogue.get("egait").expected
    checks.published("egait", found, folder, strict, expected)
    return found | {f"not in the copy, of {max(RELEASES)}": max(RELEASES) - len(table)}


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    import h5py

    if not path.is_file():
        raise CorpusError(f"no {path}: Emotion-Gait is features.h5 and labels.h5 in one folder")
    with checks.reading(path), h5py.File(path, "r") as file:
        yield file


def _array(file: Any, key: str, most: int) -> NDArray[Any]:
    """Numbers under a key, whose shape is checked before they are read."""
    if file[key].size > most:
        raise CorpusError(f"{file.filename}: {key} has shape {file[key].shape}, not at most {most} values")
    return np.asarray(file[key][()])


def _source(key: str) -> dict[str, str | None]:
    """Source group, acted emotion and cluster according to a key."""
    stem = key.removesuffix(".csv").removesuffix("_positions")
    group, acted, walker = re.sub(r"\d+", "#", stem), None, stem
    for source, pattern in _SOURCES:
        if match := pattern.fullmatch(stem):
            group, walker = source, match["walker"]
            acted = match.groupdict().get("acted")
            acted = acted and _ACTED[acted[:2].lower()]
            break
    return {"group": group, "acted": acted, "cluster": f"{group}:{walker}"}


def _require_index(folder: Path, labels: dict[str, str]) -> None:
    """Raise CorpusError if there is an index.csv and it contradicts labels.h5."""
    path = folder / "index.csv"
    if not path.is_file():
        return
    with checks.reading(path):
        index = pd.read_csv(path, dtype="str", keep_default_na=False)
    if not {"key", "perceived_emotion"} <= set(index.columns):
        raise CorpusError(f"{path}: needs the columns key and perceived_emotion")
    listed = dict(zip(index["key"], index["perceived_emotion"], strict=True))
    odd = sorted(key for key in set(listed) | set(labels) if listed.get(key) != labels.get(key))
    if odd or len(index) != len(listed):
        what = f"{len(odd)} gaits, first {odd[0]}" if odd else "a key occurs twice"
        raise CorpusError(f"{path} does not agree with labels.h5: {what}")
