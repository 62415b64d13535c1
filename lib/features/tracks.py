"""Keypoints of one person over a video: choice of the speaker, and filling of gaps."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.features.pose import Poses

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")


def speaker(
    poses: Poses, side: Side, width: int, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Keypoints, (frames, 17, 3), of the person in one half of the picture, and whether seen.

    Candidates are the people whose centre is in that half, as the viewer sees it, of a picture that
    is `width` pixels wide. In each frame the candidate whose track is most frequent over the video
    is chosen; tracks of less than 5 % of the candidates count as equal, and among equals the score
    decides. Frames without a candidate are zero.
    """
    boxed = poses.box[:, 0] + poses.box[:, 2] / 2
    weights = np.maximum(poses.keypoints[..., 2], 1e-6)
    weighted = (poses.keypoints[..., 0] * weights).sum(axis=1) / weights.sum(axis=1)
    centre = np.where(np.isfinite(boxed), boxed, weighted)
    here = (centre < width / 2) if side == "left" else (centre >= width / 2)
    here &= (poses.frame >= 0) & (poses.frame < frames)
    rows = np.flatnonzero(here)
    keypoints = np.zeros((frames, poses.keypoints.shape[1], 3), np.float32)
    present = np.zeros(frames, bool)
    if not len(rows):
        return keypoints, present
    _, track, counts = np.unique(poses.track[rows], return_inverse=True, return_counts=True)
    common = np.where(counts >= len(rows) * 0.05, counts, 0)[track]
    rows = rows[np.lexsort((poses.score[rows], common))]  # the last candidate of a frame wins
    keypoints[poses.frame[rows]] = poses.keypoints[rows]
    present[poses.frame[rows]] = True
    return keypoints, present


def fill_gaps(keypoints: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Linear interpolation between the frames where the person is seen; constant at the edges.

    Filled frames have a confidence of zero.

    Raises
    ------
    ValueError
        If the person is never seen.
    """
    seen = np.flatnonzero(present)
    if not len(seen):
        raise ValueError("the person is in no frame: there is nothing to interpolate from")
    filled = keypoints.copy()
    times = np.arange(len(keypoints))
    places = keypoints[..., :2].reshape(len(keypoints), -1)  # (T, 34)
    columns = [np.interp(times, seen, column[seen]) for column in places.T]
    filled[..., :2] = np.stack(columns, axis=1).reshape(len(keypoints), -1, 2)
    filled[~present, :, 2] = 0
    return filled
