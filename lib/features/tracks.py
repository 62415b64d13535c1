"""One person's keypoints over a video: who is the speaker, and what fills the gaps."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.features.pose import Poses

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")


def speaker(
    poses: Poses, side: Side, width: int, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Keypoints of the person in one half of the picture.

    In each frame the candidates have their centre in that half. The track that most candidates of
    a frame's neighbourhood (the whole video, or what is left of it after a switch) belong to is
    preferred; without it, the candidate with the highest score is taken.

    Parameters
    ----------
    poses : Poses
    side : {"left", "right"}
        Half of the picture, as the viewer sees it.
    width : int
        Width of the picture in pixels.
    frames : int
        Frames of the video.

    Returns
    -------
    keypoints : array, (frames, 17, 3)
        Zero where nobody is seen.
    present : array of bool, (frames,)
        Whether somebody is seen.
    """
    centre = _centres(poses)
    here = (centre < width / 2) if side == "left" else (centre >= width / 2)
    here &= (poses.frame >= 0) & (poses.frame < frames)
    rows = np.flatnonzero(here)
    keypoints = np.zeros((frames, poses.keypoints.shape[1], 3), np.float32)
    present = np.zeros(frames, bool)
    if not len(rows):
        return keypoints, present
    tracks, counts = np.unique(poses.track[rows], return_counts=True)
    frequency = dict(zip(tracks.tolist(), counts.tolist(), strict=True))
    major = np.array([frequency[track] >= len(rows) * 0.05 for track in poses.track[rows].tolist()])
    common = np.where(major, np.array([frequency[t] for t in poses.track[rows].tolist()]), 0)
    order = np.lexsort((poses.score[rows], common, poses.frame[rows]))
    rows = rows[order]
    last = np.append(poses.frame[rows][1:] != poses.frame[rows][:-1], True)
    chosen = rows[last]
    keypoints[poses.frame[chosen]] = poses.keypoints[chosen]
    present[poses.frame[chosen]] = True
    return keypoints, present


def fill_gaps(keypoints: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Linear interpolation between the frames where the person is seen; edges are held.

    Confidences of filled frames are zero.

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


def _centres(poses: Poses) -> NDArray[np.float32]:
    boxed = poses.box[:, 0] + poses.box[:, 2] / 2
    weights = np.maximum(poses.keypoints[..., 2], 1e-6)
    weighted = (poses.keypoints[..., 0] * weights).sum(axis=1) / weights.sum(axis=1)
    return np.where(np.isfinite(boxed), boxed, weighted)
