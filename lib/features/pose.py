"""People in frames as 2D keypoints, in AlphaPose's result format."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.features.kinematics import COCO_KEYPOINTS

KEYPOINTS = len(COCO_KEYPOINTS)


class PoseError(ValueError):
    """A pose file is not AlphaPose's COCO-17 result format."""


@dataclass(frozen=True)
class Poses:
    """Detected people, one row each, sorted by frame.

    Attributes
    ----------
    frame : array of int, (people,)
        Index of the video frame, from 0.
    keypoints : array, (people, 17, 3)
        x and y in pixels and a confidence, in the order of `COCO_KEYPOINTS`.
    score : array, (people,)
        The detector's score of the person.
    box : array, (people, 4)
        x, y, width, height in pixels; NaN where the file has none.
    track : array of int, (people,)
        Identity over frames; -1 where the file has none.
    """

    frame: NDArray[np.int64]
    keypoints: NDArray[np.float32]
    score: NDArray[np.float32]
    box: NDArray[np.float32]
    track: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.frame)


def read_alphapose(path: Path) -> Poses:
    """Read ``alphapose-results.json``.

    Accepted are the differences between AlphaPose's versions: ``image_id`` as file name or
    number; ``idx`` missing, a number, or a list whose first number counts; ``box`` missing.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    PoseError
        If the file is not JSON, has another layout (``--format cmu`` or ``open``), another number
        of keypoints than 17, or a keypoint that is not a finite number.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise PoseError(f"{path} is not JSON: {error}") from None
    if not isinstance(rows, list):
        raise PoseError(
            f"{path} is not a list of people but another layout (--format cmu or open?): "
            "run AlphaPose with --format coco"
        )
    if not rows:
        raise PoseError(f"{path} has no person in any frame")
    frames, keypoints, scores, boxes, tracks = [], [], [], [], []
    for number, row in enumerate(rows):
        where = f"{path}, entry {number}"
        if not isinstance(row, dict) or not {"image_id", "keypoints"} <= set(row):
            raise PoseError(f"{where}: no image_id and keypoints: run AlphaPose with --format coco")
        points = _numbers(row["keypoints"], where)
        if points.size != 3 * KEYPOINTS:
            raise PoseError(
                f"{where}: {points.size // 3} keypoints instead of COCO's {KEYPOINTS}: use a model "
                "that was trained on COCO"
            )
        frames.append(_frame(row["image_id"], where))
        keypoints.append(points.reshape(KEYPOINTS, 3))
        scores.append(float(row.get("score", np.nan)))
        boxes.append(_numbers(row["box"], where) if "box" in row else np.full(4, np.nan))
        tracks.append(_track(row.get("idx")))
    order = np.argsort(frames, kind="stable")
    return Poses(
        np.array(frames)[order],
        np.array(keypoints, np.float32)[order],
        np.array(scores, np.float32)[order],
        np.array(boxes, np.float32)[order],
        np.array(tracks)[order],
    )


def write_alphapose(path: Path, poses: Poses) -> Path:
    """Write people in the format that `read_alphapose` reads."""
    rows: list[dict[str, Any]] = []
    for index in range(len(poses)):
        row: dict[str, Any] = {
            "image_id": f"{poses.frame[index]}.jpg",
            "category_id": 1,
            "keypoints": [round(float(value), 3) for value in poses.keypoints[index].ravel()],
            "score": round(float(poses.score[index]), 4),
        }
        if np.isfinite(poses.box[index]).all():
            row["box"] = [round(float(value), 2) for value in poses.box[index]]
        if poses.track[index] >= 0:
            row["idx"] = int(poses.track[index])
        rows.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")
    return path


def _numbers(values: Iterable[Any], where: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError):
        raise PoseError(f"{where}: keypoints or box are not plain numbers") from None
    if not np.isfinite(array).all():
        raise PoseError(f"{where}: a keypoint or box is not a finite number")
    return array


def _frame(image_id: object, where: str) -> int:
    if isinstance(image_id, int):
        return image_id
    found = re.findall(r"\d+", Path(str(image_id)).stem)
    if not found:
        raise PoseError(f"{where}: image_id {image_id!r} has no frame number")
    return int(found[-1])


def _track(idx: Any) -> int:
    while isinstance(idx, list):
        idx = idx[0] if idx else None
    return -1 if idx is None else int(idx)
