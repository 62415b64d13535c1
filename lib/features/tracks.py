"""Keypoints of one person over a video: choice of the speaker, and filling of gaps."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.features.kinematics import COCO_KEYPOINTS, coco_from_h36m, forward_kinematics
from lib.features.pose import Poses

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")
SHOULDERS = [COCO_KEYPOINTS.index(f"{side}_shoulder") for side in SIDES]


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


def fill_gaps(
    keypoints: NDArray[np.float32], present: NDArray[np.bool_], least_score: float
) -> NDArray[np.float32]:
    """Linear interpolation of joints between frames where they are seen; constant at the edges.

    A joint below the least score, or at (0, 0) with a score of 0, is not seen. One that never is stands
    below the middle of the shoulders as in a person at rest. Filled joints have a score of zero, and no
    others have. ValueError if the person is never seen, or never with both shoulders.
    """
    seen = present[:, None] & keypoints.any(axis=2) & (keypoints[..., 2] >= least_score)  # (T, 17)
    if not seen[:, SHOULDERS].any(axis=0).all():
        raise ValueError("the actor is never in the picture, with both shoulders")
    filled, times = keypoints.copy(), np.arange(len(keypoints))
    for joint, own in enumerate(seen.T):
        for axis in range(2 * int(own.any())):
            known = keypoints[own, joint, axis]
            filled[:, joint, axis] = np.interp(times, np.flatnonzero(own), known)
    left, right = (filled[:, shoulder, :2] for shoulder in SHOULDERS)
    rest = coco_from_h36m(forward_kinematics(np.zeros((1, 17, 3)), np.zeros((1, 3))))[0, :, :2]
    width = np.median(np.linalg.norm(left - right, axis=1))
    scale = width / np.linalg.norm(rest[SHOULDERS[0]] - rest[SHOULDERS[1]])
    below = scale * (rest - rest[SHOULDERS].mean(axis=0))
    never = ~seen.any(axis=0)
    filled[:, never, :2] = (left + right)[:, None] / 2 + below[never]
    filled[..., 2] = np.where(seen, np.maximum(filled[..., 2], 1e-6), 0)
    return filled


def gaps(scores: NDArray[np.floating]) -> tuple[float, int]:
    """Share of filled joints and longest gap of one of them, frames, from scores, (frames, joints)."""
    filled = np.pad(scores == 0, [(1, 1), (0, 0)])  # (T + 2, joints)
    edges = np.diff(filled.T.astype(int), axis=1)  # (joints, T + 1)
    lengths = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    return float(filled[1:-1].mean()), int(lengths.max(initial=0))
