"""People in frames as 2D keypoints, in AlphaPose's result format."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.features.kinematics import COCO_KEYPOINTS

KEYPOINTS = len(COCO_KEYPOINTS)


class PoseError(ValueError):
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


def read_alphapose(path: Path) -> Poses:
    """Read ``alphapose-results.json``.

    The variants of AlphaPose's versions are accepted: ``image_id`` as file name or number; ``idx``
    missing, a number, or a list whose first number counts; ``box`` missing; frames without people
    absent. A person without ``score`` gets the mean confidence of the keypoints. Confidences reach
    1, or 6 with old COCO models.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    PoseError
        If the file is not JSON, has another layout (``--format cmu`` or ``open``), keypoints other
        than COCO's 17, no person at all, or a value that is not a finite number. The message names
        file and entry, and says what to do.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no AlphaPose result {path}: run AlphaPose on the video")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise PoseError(f"{path} is not JSON, or incomplete: {error}") from None
    if not isinstance(rows, list):
        raise PoseError(f"{path} is {_layout(rows)}: run AlphaPose with --format coco")
    if not rows:
        raise PoseError(f"{path} has no person in any frame: run AlphaPose again")
    people = [_person(row, f"{path}, entry {number}") for number, row in enumerate(rows)]
    people.sort(key=lambda person: person[0])  # stable: people of a frame keep their order
    kinds = (np.int64, np.float32, np.float32, np.float32, np.int64)
    columns = zip(zip(*people, strict=True), kinds, strict=True)
    return Poses(*(np.array(column, kind) for column, kind in columns))


def write_alphapose(path: Path, poses: Poses) -> Path:
    """Write people in AlphaPose's format, pixels to three decimals.

    Raises
    ------
    PoseError
        If a keypoint or score is not finite; nothing is written.
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
    path.write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")
    return path


_Person = tuple[int, NDArray[np.float64], float, NDArray[np.float64], int]


def _person(row: Any, where: str) -> _Person:
    if not isinstance(row, dict) or not {"image_id", "keypoints"} <= set(row):
        raise PoseError(
            f"{where}: no image_id and keypoints, but {_layout(row)}: run AlphaPose "
            "with --format coco"
        )
    points = _numbers(row["keypoints"], f"{where}, keypoints")
    if len(points) != 3 * KEYPOINTS:
        raise PoseError(
            f"{where}: {len(points) / 3:g} keypoints with confidence instead of COCO's "
            f"{KEYPOINTS}: use a model that was trained on COCO's {KEYPOINTS} keypoints"
        )
    keypoints = points.reshape(KEYPOINTS, 3)
    score = keypoints[:, 2].mean()
    if row.get("score") is not None:
        (score,) = _numbers([row["score"]], f"{where}, score")
    box = np.full(4, np.nan)
    if row.get("box") is not None:
        box = _numbers(row["box"], f"{where}, box")
        if len(box) != 4:
            raise PoseError(f"{where}: the box has {len(box)} numbers instead of 4")
    return _frame(row["image_id"], where), keypoints, float(score), box, _track(row, where)


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
    if not np.isfinite(array).all():
        raise PoseError(f"{where}: not a finite number")
    return array


def _frame(image_id: Any, where: str) -> int:
    """Frame number in ``12``, ``"12.jpg"``, ``"000012.jpg"`` or ``"frame_12.png"``."""
    if isinstance(image_id, int) and not isinstance(image_id, bool) and image_id >= 0:
        return image_id
    found = re.findall(r"\d+", Path(image_id).stem) if isinstance(image_id, str) else []
    if not found:
        raise PoseError(f"{where}: image_id {image_id!r} has no frame number")
    return int(found[-1])


def _track(row: dict[str, Any], where: str) -> int:
    """Track number in ``3``, ``3.0``, ``[3]`` or ``[[3.0, 1.0]]``; -1 without one."""
    idx = row.get("idx")
    while isinstance(idx, list):
        idx = idx[0] if idx else None
    if idx is None:
        return -1
    (number,) = _numbers([idx], f"{where}, idx")
    if number != round(number):
        raise PoseError(f"{where}: idx {row['idx']!r} is not a whole number")
    return int(number)
