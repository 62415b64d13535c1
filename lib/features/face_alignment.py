"""Faces aligned so that eyes and nose are at the same pixels in every frame."""

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

    Parameters
    ----------
    points : array, (3, 2)
        Eyes and nose, pixels.
    size : int
        Size of the crop, pixels.

    Raises
    ------
    ImportError
        If scikit-image is not installed.
    ValueError
        If the points coincide.

    References
    ----------
    lee2018 section 3.1: landmarks are mapped to pre-defined pixels, which are not stated.
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
    """Aligned crop, (size, size, 3), of an image; pixels outside the image are black.

    See `similarity` for the parameters.
    """
    from PIL import Image as Picture
    from PIL.Image import Resampling, Transform

    back = np.linalg.inv(similarity(points, size))[:2].ravel().tolist()
    square = (size, size)
    picture = Picture.fromarray(image)
    return np.asarray(picture.transform(square, Transform.AFFINE, back, Resampling.BILINEAR))


def sampled(
    frames: Iterable[tuple[int, float, Image]], rate: float
) -> Iterator[tuple[float, Image]]:
    """Frames of a video nearest to 0, 1 / rate, 2 / rate ... seconds.

    Parameters
    ----------
    frames : iterable of (index, time, image)
        See `lib.features.video.frames`.
    rate : float
        Frames per second; a frame is repeated if the video has fewer.
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

    Parameters
    ----------
    frames : iterable of (time, image)
    detect : Detector
        Detector with points; see `lib.features.faces.detector`.
    size : int
        Size of the crops, pixels.
    every : int
        Faces are detected in one of `every` frames. Points in between are interpolated; without a
        face in both neighbouring detections there is none.

    Raises
    ------
    ValueError
        If the detector gives no points.
    """
    pending: list[tuple[float, Image]] = []  # since the last detection
    queue: list[tuple[float, Image]] = []  # read for the detector's batch, not yielded yet

    def examined() -> Iterator[Image]:
        for number, frame in enumerate(frames):
            queue.append(frame)
            if number % every == 0:
                yield frame[1]

    last: Points | None = None
    for image, face in detect_all(examined(), detect):
        points = _points(face)
        while queue[0][1] is not image:
            pending.append(queue.pop(0))
        for number, (time, between) in enumerate(pending, 1):
            both = last is not None and points is not None
            share = number / (len(pending) + 1)
            place = last + share * (points - last) if both else None  # type: ignore[operator]
            yield AlignedFrame(time, None if place is None else align(between, place, size))
        pending.clear()
        yield AlignedFrame(queue.pop(0)[0], None if points is None else align(image, points, size))
        last = points
    for time, image in queue:  # after the last detection
        yield AlignedFrame(time, None if last is None else align(image, last, size))


def _points(face: Face | None) -> Points | None:
    if face is None:
        return None
    if face.points is None:
        raise ValueError("the detector gives no eyes and nose: set the file of dlib's landmarks")
    return np.array(face.points)
