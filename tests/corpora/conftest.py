"""Tiny corpora in the layout of the real ones."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import av
import h5py
import numpy as np
import pytest
import soundfile
import yaml


def wav() -> bytes:
    """A hundredth of a second of silence."""
    content = BytesIO()
    soundfile.write(content, np.zeros(160), 16_000, format="WAV")
    return content.getvalue()


def avi(frames: int = 3) -> bytes:
    """Black pictures."""
    content = BytesIO()
    with av.open(content, "w", format="avi") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 16
        for _ in range(frames):
            picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return content.getvalue()


WAV, AVI = wav(), avi()
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"


def write_iemocap(root: Path, dialogues: Mapping[str, Sequence[str]]) -> Path:
    """IEMOCAP with media of a few bytes: labels of the turns by dialogue, speakers alternating."""
    for dialogue, labels in dialogues.items():
        session = root / "IEMOCAP_full_release" / f"Session{dialogue[4]}"
        wavs = session / "sentences" / "wav" / dialogue
        folders = ("EmoEvaluation", "transcriptions", "avi/DivX")
        for folder in [wavs, *(session / "dialog" / name for name in folders)]:
            folder.mkdir(parents=True, exist_ok=True)
        turns, words = [HEADER], []
        for number, label in enumerate(labels):
            letter = "FM"[number % 2]
            turn = f"{dialogue}_{letter}{number:03d}"
            start = 6.25 + 3 * number
            turns.append(
                f"[{start:.4f} - {start + 2:.4f}]\t{turn}\t{label}\t[2.5000, 3.0000, 3.5000]\n"
                "C-E2:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  2;\t(so: what)\n\n"
            )
            words.append(f"{turn} [{start:08.4f}-{start + 2:08.4f}]: He said: [LAUGHTER] no]: {turn}")
            (wavs / f"{turn}.wav").write_bytes(WAV)
        words.insert(1, "M: stray words")
        words.append(f"{dialogue}_MXX0 [099.0000-100.0000]: a turn without a label")
        dialog = session / "dialog"
        (dialog / "EmoEvaluation" / f"{dialogue}.txt").write_text("".join(turns))
        (dialog / "transcriptions" / f"{dialogue}.txt").write_text("\n".join(words) + "\n")
        (dialog / "avi" / "DivX" / f"{dialogue}.avi").write_bytes(AVI)
        # what the release has besides, to be left alone
        for rater in ("Attribute", "Categorical", "Self-evaluation"):
            (dialog / "EmoEvaluation" / rater).mkdir(exist_ok=True)
            (dialog / "EmoEvaluation" / rater / f"{dialogue}_e2.txt").write_text("[not a turn]\n")
        (dialog / "EmoEvaluation" / f"._{dialogue}.txt").write_bytes(b"\x00\x05\x16\x07[\xff")
        (dialog / "avi" / "DivX" / f"._{dialogue}.avi").write_bytes(b"\x00\x05\x16\x07")
    return root


def write_egait(root: Path, gaits: Mapping[str, int], frames: int = 75) -> Path:
    """Emotion-Gait with random joints: class numbers by key."""
    root.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    with (
        h5py.File(root / "features.h5", "w") as features,
        h5py.File(root / "labels.h5", "w") as labels,
    ):
        for key, label in gaits.items():
            features[key] = generator.normal(size=(frames, 48)).astype(np.float32)
            labels[key] = label
    return root


@pytest.fixture
def libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser in C, which gives the same nodes and reads the project's parameters ten times faster."""
    monkeypatch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)


@pytest.fixture
def make_iemocap() -> Callable[..., Path]:
    """`write_iemocap`."""
    return write_iemocap


@pytest.fixture
def make_egait() -> Callable[..., Path]:
    """`write_egait`."""
    return write_egait


@pytest.fixture
def iemocap_folder(tmp_path: Path) -> Path:
    """Two sessions, three dialogues, ten turns."""
    return write_iemocap(
        tmp_path / "iemocap",
        {
            "Ses01F_impro01": ["ang", "hap", "exc", "xxx"],
            "Ses01M_script01_1": ["sad", "neu", "fru"],
            "Ses02F_script03_2b": ["neu", "ang", "dis"],
        },
    )


@pytest.fixture
def egait_release(tmp_path: Path) -> Path:
    """As many gaits of each class as in the release of 222."""
    numbers = [0] * 76 + [1] * 26 + [2] * 45 + [3] * 75
    gaits = {f"{row:03d}_{row % 7:02d}_positions.csv": label for row, label in enumerate(numbers)}
    return write_egait(tmp_path / "source" / "egait", gaits)
