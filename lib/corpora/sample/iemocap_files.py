"""Text files of the IEMOCAP sample release: annotations, transcriptions, motion capture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib.corpora.sample.actors import FPS

if TYPE_CHECKING:
    from lib.corpora.sample.iemocap import Turn

MOCAP_HERTZ = 4.0
"""Rate of the sample's motion capture; the full release has 120."""

_WORDS = {"ang": "Anger", "hap": "Happiness", "exc": "Excited", "sad": "Sadness",
          "neu": "Neutral state", "fru": "Frustration", "xxx": "Other"}  # fmt: skip


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_annotations(
    release: Path,
    name: str,
    turns: Sequence["Turn"],
    ratings: Mapping[str, tuple[float, float]],
    generator: np.random.Generator,
) -> None:
    """EmoEvaluation with the sub-folders that readers skip, and transcriptions with stray lines.

    Parameters
    ----------
    release : Path
        The session's folder.
    name : str
        Dialogue.
    ratings : mapping
        Mean valence and activation of each label, 1 to 5.
    """
    blocks, lines = [], []
    categorical, attribute = [], []
    for turn in turns:
        valence, activation = ratings[turn.label]
        means = np.clip(np.array([valence, activation, 3.0]) + generator.normal(0, 0.3, 3), 1, 5)
        span = f"[{turn.start:.4f} - {turn.end:.4f}]"
        values = ", ".join(f"{value:.4f}" for value in means)
        word = _WORDS[turn.label]
        raters = [f"C-E{rater}:\t{word};\t()" for rater in (2, 3, 4)]
        raters += [
            f"A-E{rater}:\tval {round(means[0])}; act {round(means[1])}; dom  3;\t()"
            for rater in (3, 4)
        ]
        blocks.append("\n".join([f"{span}\t{turn.utterance}\t{turn.label}\t[{values}]", *raters]))
        lines.append(f"{turn.utterance} [{turn.start:08.4f}-{turn.end:08.4f}]: {turn.text}")
        categorical.append(f"{turn.utterance} :{word};  ()")
        attribute.append(f"{turn.utterance} :act {round(means[1])}; :val {round(means[0])};  ()")
    header = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
    evaluation = release / "dialog" / "EmoEvaluation"
    _write(evaluation / f"{name}.txt", header + "\n\n".join(blocks) + "\n\n")
    _write(evaluation / "Categorical" / f"{name}_e2_cat.txt", "\n".join(categorical) + "\n")
    _write(evaluation / "Attribute" / f"{name}_e3_atr.txt", "\n".join(attribute) + "\n")
    _write(evaluation / "Self-evaluation" / f"{name}_f1_cat.txt", "\n".join(categorical) + "\n")
    if name.endswith("impro01"):
        (evaluation / f"._{name}.txt").write_bytes(b"\x00\x05\x16\x07")
        lines.insert(2, "M: sorry")
        lines.append(f"{name}_MXX0 [{turns[-1].end:08.4f}-{turns[-1].end + 0.3:08.4f}]: [LAUGHTER]")
    _write(release / "dialog" / "transcriptions" / f"{name}.txt", "\n".join(lines) + "\n")


def write_mocap(
    release: Path, name: str, body: NDArray[np.float64], generator: np.random.Generator
) -> None:
    """Motion capture of the actor with the markers, whose letter the dialogue bears.

    Parameters
    ----------
    body : array, (frames, 17, 3)
        Joints of that actor in metres, camera space.
    """
    rows = np.arange(0, len(body), FPS / MOCAP_HERTZ).astype(int)
    joints = 1000 * body[rows]  # millimetres
    head = joints[:, 10] - joints[:, 9]
    angles = np.degrees(np.stack([head[:, 2], head[:, 0], head[:, 1]], axis=1) / 150)
    face = generator.normal(0, 45, (55, 3))
    spread = 1 + 0.02 * np.linalg.norm(head, axis=1) / 100
    rotated = spread[:, None, None] * face + generator.normal(0, 0.6, (len(rows), 55, 3))
    hands = np.concatenate(
        [
            joints[:, [wrist]] + np.array([[0, 0, 0], [30, 10, 0], [0, 30, 10]])
            for wrist in (13, 16)
        ],
        axis=1,
    )
    tables = {
        "head": np.concatenate([angles, joints[:, 10]], axis=1),
        "hand": hands.reshape(len(rows), 18),
        "rotated": rotated.reshape(len(rows), 165),
    }
    columns = {
        "head": "pitch roll yaw tra_x tra_y tra_z",
        "hand": " ".join(f"{hand}H{number}" for hand in "LR" for number in (1, 2, 3)),
        "rotated": " ".join(f"M{number:02d}" for number in range(1, 56)),
    }
    for kind, values in tables.items():
        lines = [f"Frame# Time {columns[kind]}", "X Y Z " * (values.shape[1] // 3)]
        for number, (frame, row) in enumerate(zip(rows, values, strict=True), 1):
            numbers = " ".join(f"{value:.1f}" for value in row)
            lines.append(f"{number} {frame / FPS:.5f} {numbers}")
        _write(release / "dialog" / f"MOCAP_{kind}" / f"{name}.txt", "\n".join(lines) + "\n")
