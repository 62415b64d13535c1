"""People in frames as 2D keypoints, in AlphaPose's result format."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.content import FileError, reading
from lib.features.kinematics import COCO_KEYPOINTS
from lib.files import write_text

KEYPOINTS = len(COCO_KEYPOINTS)
HALPE = (26, 136)
LONGEST = 10_000_000  # frames, four days: larger numbers are times
LARGEST = 100_000_000  # of coordinates and numbers of tracks


class PoseError(FileError):
    """A pose file is not in AlphaPose's COCO-17 result format."""


@dataclass(frozen=True)
class Poses:
    """Detected people, one per row, sorted by frame."""

    frame: NDArray[np.int64]
    """Index of the video frame, from 0, (people,)."""
    keypoints: NDArray[np.float32]
    """x and y in pixels and a confidence, (people, 17, 3), in the order of `COCO_KEYPOINTS`."""
    score: NDArray[np.float32]
    """The detector's score of the person, (people,)."""
    box: NDArray[np.float32]
    """x, y, width, height in pixels, (people, 4); NaN if not in the file."""
    track: NDArray[np.int64]
    """Identity over frames, (people,); -1 if not in the file."""

    def __len__(self) -> int:
        return len(self.frame)


def read_alphapose(path: Path, frames: int | None = None) -> Poses:
    """Read ``alphapose-results.json``.

    The variants of AlphaPose's versions are accepted: ``image_id`` as file name or number; ``idx``
    missing, a number, also as text, or a list whose first number counts; ``box`` missing; frames
    without people absent; Halpe's 26 or 136 keypoints, which begin with COCO's 17. Of several numbers in
    the names of pictures, the one that changes is the frame's. With `frames`, the video's number of them,
    names from 1 count from 1. A person without ``score`` gets the mean confidence of the keypoints.
    Confidences reach 1, or 6 with old COCO models.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    PoseError
        If the file is not JSON, has another layout (``--format cmu`` or ``open``), other keypoints,
        no person at all, a value that is not a finite number, names without one number a frame, or
        frames beyond the video's end. The message names file and entry, and says what to do.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no AlphaPose result {path}: run AlphaPose on the video")
    with reading(path, PoseError, "is not JSON, or incomplete"):
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise PoseError(f"{path} is {_layout(rows)}: run AlphaPose with --format coco")
        if not rows:
            raise PoseError(f"{path} has no person in any frame: run AlphaPose again")
        people = [_person(row, f"{path}, entry {number}") for number, row in enumerate(rows)]
        numbers = _frames(path, [row["image_id"] for row in rows], frames)
        order = np.argsort(numbers, kind="stable")  # people of a frame keep their order
        kinds = (np.float32, np.float32, np.float32, np.int64)
        columns = zip(zip(*people, strict=True), kinds, strict=True)
        return Poses(numbers[order], *(np.array(column, kind)[order] for column, kind in columns))


def write_alphapose(path: Path, poses: Poses) -> Path:
    """Write people in AlphaPose's format, pixels to three decimals.

    PoseError if a keypoint or score is not finite; nothing is written.
    """
    if not (np.isfinite(poses.keypoints).all() and np.isfinite(poses.score).all()):
        raise PoseError(f"{path}: not all keypoints and scores to be written are finite")
    rows = []
    columns = (poses.frame, poses.keypoints, poses.score, poses.box, poses.track)
    for frame, keypoints, score, box, track in zip(*columns, strict=True):
        row: dict[str, Any] = {"image_id": f"{frame}.jpg", "category_id": 1}
        row["keypoints"] = [round(float(value), 3) for value in keypoints.ravel()]
        row["score"] = round(float(score), 4)
        if np.isfinite(box).all():
            row["box"] = [round(float(value), 2) for value in box]
        if track >= 0:
            row["idx"] = int(track)
        rows.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(rows, separators=(",", ":")))
    return path


_Person = tuple[NDArray[np.float64], float, NDArray[np.float64], int]


def _person(row: Any, where: str) -> _Person:
    if not isinstance(row, dict) or not {"image_id", "keypoints"} <= set(row):
        raise PoseError(
            f"{where}: no image_id and keypoints, but {_layout(row)}: run AlphaPose with --format coco"
        )
    points = _numbers(row["keypoints"], f"{where}, keypoints")
    if len(points) / 3 not in (KEYPOINTS, *HALPE):
        raise PoseError(
            f"{where}: {len(points) / 3:g} keypoints with confidence instead of COCO's "
            f"{KEYPOINTS}: use a model that was trained on COCO's {KEYPOINTS} keypoints"
        )
    keypoints = points.reshape(-1, 3)[:KEYPOINTS]
    if np.abs(keypoints[:, 2]).max() > 10:
        raise PoseError(f"{where}: a confidence of {np.abs(keypoints[:, 2]).max():g}, which reach 1 or 6")
    score = keypoints[:, 2].mean()
    if row.get("score") is not None:
        (score,) = _numbers([row["score"]], f"{where}, score")
    box = np.full(4, np.nan)
    if row.get("box") is not None:
        box = _numbers(row["box"], f"{where}, box")
        if len(box) != 4:
            raise PoseError(f"{where}: the box has {len(box)} numbers instead of 4")
    return keypoints, float(score), box, _track(row, where)


def _layout(content: Any) -> str:
    if isinstance(content, dict) and {"people", "bodies"} & set(content):
        return "the layout of --format cmu or open"
    if isinstance(content, dict):
        return f"an object with {', '.join(sorted(map(str, content))[:4]) or 'nothing'}"
    return f"a {type(content).__name__}"


def _numbers(values: Any, where: str) -> NDArray[np.float64]:
    """Flat JSON list of finite numbers; strings, true and null are not numbers."""
    if not isinstance(values, list) or any(type(value) not in (int, float) for value in values):
        raise PoseError(f"{where}: not plain numbers")
    array = np.array(values, float)
    if not (np.abs(array) < LARGEST).all():
        raise PoseError(f"{where}: not a finite number below {LARGEST:,}")
    return array


def _frames(path: Path, names: list[Any], frames: int | None) -> NDArray[np.int64]:
    """Frame of every entry from ``12``, ``"000012.jpg"``, ``"cam2_12.png"`` or ``"12 (1).png"``."""
    digits = [re.findall(r"\d+", Path(str(name)).stem) for name in names]
    parts = [[str(n)] if type(n) is int else own for n, own in zip(names, digits, strict=True)]
    columns = enumerate(zip(*parts, strict=False))
    changing = [k for k, column in columns if len(set(column)) > 1] or [-1]
    for name, own in zip(names, parts, strict=True):
        if not own or len(own) != len(parts[0]) or len(changing) > 1 or not own[-1].isdigit():
            raise PoseError(
                f"{path}: image_id {name!r} has no one number of a frame beside {names[0]!r}: name "
                "the pictures by their frames"
            )
    numbers = [int(own[changing[0]]) for own in parts]
    first, last = min(numbers), max(numbers)
    if (frames is not None and last > frames - (first < 1)) or last > LONGEST:
        raise PoseError(
            f"{path}: frames {first} to {last}, of a video of {frames}: numbers are no frames, or "
            "the result is another video's"
        )
    return np.array(numbers) - (last == frames)


def _track(row: dict[str, Any], where: str) -> int:
    """Track number in ``3``, ``3.0``, ``"3"``, ``[3]`` or ``[[3.0, 1.0]]``; -1 without one."""
    idx = row.get("idx")
    while isinstance(idx, list):
        idx = idx[0] if idx else None
    if idx is None:
        return -1
    if isinstance(idx, str) and re.fullmatch(r"-?\d+(\.0*)?", idx):
        idx = float(idx)
    (number,) = _numbers([idx], f"{where}, idx")
    if number != round(number):
        raise PoseError(f"{where}: idx {row['idx']!r} is not a whole number")
    return int(number)
