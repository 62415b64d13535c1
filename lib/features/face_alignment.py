"""Faces moved so that eyes and nose lie at the same pixels in every frame."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.features.faces import Detector, Face, Image, detect_all

Points = NDArray[np.float64]

TEMPLATE: Points = np.array([[0.31, 0.36], [0.69, 0.36], [0.5, 0.58]])
"""Eye on the left of the picture, eye on its right, tip of the nose, as shares of the crop."""


@dataclass(frozen=True)
class AlignedFrame:
    """One frame of a video.

    Attributes
    ----------
    time : float
        Seconds.
    face : array of uint8, (size, size, 3), or None
        None where no face is found.
    """

    time: float
    face: Image | None


def similarity(points: Points, size: int, template: Points = TEMPLATE) -> Points:
    """The rotation, scale and shift that bring points nearest to the template, (3, 3).

    Parameters
    ----------
    points : array, (3, 2)
        Eyes and nose, pixels.
    size : int
        Of the crop, pixels.
    template : array, (3, 2)

    Raises
    ------
    ImportError
        If scikit-image is not installed.
    ValueError
        If the points are all the same.

    References
    ----------
    lee2018 section 3.1: landmarks are mapped to pre-defined pixels. Where is not stated.
    """
    try:
        from skimage.transform import SimilarityTransform
    except ImportError:
        raise ImportError("scikit-image is not installed: install the extra `faces`") from None
    found = SimilarityTransform.from_estimate(points, template * size)
    if not found:
        raise ValueError(f"eyes and nose at {points.tolist()} fix no place")
    return np.asarray(found.params)


def align(image: Image, points: Points, size: int, template: Points = TEMPLATE) -> Image:
    """A face at the template's place; what lies outside the frame is black.

    Parameters
    ----------
    image : array, (height, width, 3)
    points : array, (3, 2)
        Eyes and nose, pixels.
    size : int

    Returns
    -------
    array of uint8, (size, size, 3)
    """
    from PIL import Image as Picture

    back = np.linalg.inv(similarity(points, size, template))
    turned = Picture.fromarray(image).transform(
        (size, size), Picture.Transform.AFFINE, tuple(back[:2].ravel().tolist()),
        Picture.Resampling.BILINEAR,
    )  # fmt: skip
    return np.asarray(turned)


def sampled(
    frames: Iterable[tuple[int, float, Image]], rate: float
) -> Iterator[tuple[float, Image]]:
    """Of a video's frames those nearest to 0, 1 / rate, 2 / rate ... seconds.

    Parameters
    ----------
    frames : iterable of (index, time, image)
        As of `lib.features.video.frames`.
    rate : float
        Frames a second that are wanted; where the video has fewer, one is given more than once.
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
    """Aligned faces of a video, a few frames in memory at a time.

    Parameters
    ----------
    frames : iterable of (time, image)
    detect : Detector
        That gives points; see `lib.features.faces.detector`.
    size : int
        Of the crops, pixels.
    every : int
        A face is looked for in every so many frames; the points of those between lie between.
        Where one of the two neighbours has no face, they have none.

    Raises
    ------
    ValueError
        If the detector gives no points.
    """
    pending: list[tuple[float, Image]] = []  # since the last frame in which a face was looked for
    queue: list[tuple[float, Image]] = []  # seen by the detector's batch, not given yet

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
    for time, image in queue:  # after the last look
        yield AlignedFrame(time, None if last is None else align(image, last, size))


def _points(face: Face | None) -> Points | None:
    if face is None:
        return None
    if face.points is None:
        raise ValueError("the detector gives no eyes and nose: set the file of dlib's landmarks")
    return np.array(face.points)


def steadiness(points: Sequence[Points], size: int) -> float:
    """Root mean square distance of aligned points from their mean place, pixels of the crop."""
    moved = np.array(
        [np.c_[place, np.ones(len(place))] @ similarity(place, size).T[:, :2] for place in points]
    )
    return float(np.sqrt(((moved - moved.mean(axis=0)) ** 2).sum(axis=2).mean()))
