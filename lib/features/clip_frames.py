"""Video frames that represent an audio segment: the paper's three rules."""

import numpy as np
from numpy.typing import NDArray


def within(times: NDArray[np.float64], start: float, end: float) -> NDArray[np.intp]:
    """Indices of the frames with a time in [start, end), or of the nearest frame if none has.

    `times`, (frames,), are in seconds from the clip's start. ValueError if there are no frames.
    """
    if not len(times):
        raise ValueError("a clip without frames has no segment")
    found = np.flatnonzero((times >= start) & (times < end))
    if len(found):
        return found
    return np.array([int(np.abs(times - (start + end) / 2).argmin())])


def exactly(indices: NDArray[np.intp], count: int = 20) -> NDArray[np.intp]:
    """Exactly 20 frames, cut at both ends or extended by copies of the first and last.

    An odd surplus takes one more from the end, an odd shortage copies the first once more (priyasad2020
    section 3.3, rules 2 and 3). Another `count` is spread over the 20: 10 are every other one.
    """
    surplus = len(indices) - 20
    places = np.arange(count) * 20 // count + surplus // 2  # negative before the first frame
    return indices[np.clip(places, 0, len(indices) - 1)]


def nearest_detected(indices: NDArray[np.intp], detected: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Frames with a frontal face: each frame itself or the nearest one, the earlier of two.

    `detected` says of each frame of the clip whether it has one (priyasad2020 section 3.3, rule 1).
    ValueError if no frame of the clip has a face.
    """
    with_face = np.flatnonzero(detected)
    if not len(with_face):
        raise ValueError("no frame of the clip has a face")
    distance = np.abs(with_face[None] - np.asarray(indices)[:, None])
    return with_face[distance.argmin(axis=1)]
