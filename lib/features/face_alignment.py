"""Faces aligned so that eyes and nose are at the same pixels in every frame."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.features.faces import Detector, Face, Image, detect_all, missing

Points = NDArray[np.float64]

TEMPLATE: Points = np.array([[0.31, 0.36], [0.69, 0.36], [0.5, 0.58]])
"""Left eye (in the picture), right eye and tip of the nose, relative to the crop's size."""


@dataclass(frozen=True)
class AlignedFrame:
    """Time of a frame in seconds, and its face, (size, size, 3), if there is one."""

    time: float
    face: Image | None


def similarity(points: Points, size: int) -> Points:
    """Matrix, (3, 3), of the similarity that brings points closest to `TEMPLATE`.

    `points`, (3, 2), are eyes and nose, and `size` is that of the crop, in pixels. Landmarks are
    mapped to pre-defined pixels, which are not stated (lee2018 section 3.1). ImportError if scikit-image
    is not installed, ValueError if the points coincide.
    """
    try:
        from skimage.transform import SimilarityTransform
    except ImportError:
        raise missing("scikit-image") from None
    found = SimilarityTransform.from_estimate(points, TEMPLATE * size)
    if not found:
        raise ValueError(f"eyes and nose at {points.tolist()} do not define an alignment")
    return np.asarray(found.params)


def align(image: Image, points: Points, size: int) -> Image:
    """Crop, (size, size, 3), aligned by `similarity`; pixels outside the image are black."""
    from PIL import Image as Picture
    from PIL.Image import Resampling, Transform

    back = np.linalg.inv(similarity(points, size))[:2].ravel().tolist()
    square = (size, size)
    picture = Picture.fromarray(image)
    return np.asarray(picture.transform(square, Transform.AFFINE, back, Resampling.BILINEAR))


def sampled(frames: Iterable[tuple[int, float, Image]], rate: float) -> Iterator[tuple[float, Image]]:
    """Frames from `lib.features.video.frames` nearest to 0, 1 / rate, 2 / rate ... seconds.

    Frames are repeated if the video has fewer per second.
    """
    previous: tuple[float, Image] | None = None
    wanted = 0
    for _, time, image in frames:
        while previous is not None and wanted / rate <= (previous[0] + time) / 2:
            yield wanted / rate, previous[1]
            wanted += 1
        previous = (time, image)
    if previous is not None and wanted / rate <= previous[0]:
        yield wanted / rate, previous[1]


def track(
    frames: Iterable[tuple[float, Image]], detect: Detector, size: int, every: int = 1
) -> Iterator[AlignedFrame]:
    """Aligned faces of a video, with only a few frames in memory.

    `frames` are pairs of time and image. Faces are detected in one of `every` frames; points in between are
    interpolated, and without a face in both neighbouring detections there is none. Detections more than two
    distances of the eyes apart are of two people: the nearer one counts. ValueError if the detector gives
    no points.
    """
    queue: deque[tuple[float, Image]] = deque()  # read for the detector's batch, not yielded yet

    def examined() -> Iterator[Image]:
        for number, frame in enumerate(frames):
            queue.append(frame)
            if number % every == 0:
                yield frame[1]

    def aligned(points: Points | None) -> AlignedFrame:
        time, image = queue.popleft()
        return AlignedFrame(time, None if points is None else align(image, points, size))

    last: Points | None = None
    gap = 1  # frames since the last detection
    for _, face in detect_all(examined(), detect):
        points = _points(face)
        for step in range(1, gap):
            yield aligned(_between(last, points, step / gap))
        yield aligned(points)
        last, gap = points, every
    while queue:  # after the last detection
        yield aligned(last)


def _between(last: Points | None, following: Points | None, share: float) -> Points | None:
    if last is None or following is None:
        return None
    way = following - last
    if np.linalg.norm(way.mean(axis=0)) > 2 * np.linalg.norm(last[1] - last[0]):
        return last if share < 0.5 else following
    return last + share * way


def _points(face: Face | None) -> Points | None:
    if face is None:
        return None
    if face.points is None:
        raise ValueError("the detector gives no eyes and nose: set the file of dlib's landmarks")
    return np.array(face.points)
