"""Faces of a clip, frame by frame."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.features.video import VideoError
from lib.settings import Settings


class FaceSettings(Settings):
    """How faces are found and cut out.

    Attributes
    ----------
    detector : {"mtcnn", "dlib"}
    every : int
        A face is looked for in every so many frames; those between take the nearest one's box.
    smallest : int
        Pixels; MTCNN only.
    least : float
        Least probability; MTCNN only.
    size : int
        Of the crop, pixels; 227 in the paper.
    margin : float
        Around the box, as share of its longer side.
    least_detected : float
        Clips with a face in a smaller share of their frames are left out.
    """

    detector: Literal["mtcnn", "dlib"]
    every: int
    smallest: int
    least: float
    size: int
    margin: float
    least_detected: float


class Unusable(ValueError):
    """A clip is left out, and why."""


def read_faces(
    path: Path, settings: FaceSettings
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Times of all frames (frames,), faces (frames with a face, size, size, 3), detected (frames,).

    Raises
    ------
    Unusable
        If the file cannot be decoded.
    """
    from lib.features import faces, video

    detect = faces.detector(settings.detector, settings.smallest, settings.least)
    try:
        decoded = [(time, image) for _, time, image in video.frames(path)]
    except VideoError as error:
        raise Unusable(reason(error, path)) from None
    if not decoded:
        raise Unusable("no frame can be decoded")
    examined = range(0, len(decoded), settings.every)
    boxes = [box for _, box in faces.detect_all((decoded[i][1] for i in examined), detect)]
    nearest = np.minimum(
        (np.arange(len(decoded)) + settings.every // 2) // settings.every, len(boxes) - 1
    )
    detected = np.array([boxes[index] is not None for index in nearest])
    crops = [
        faces.crop(image, box, settings.size, settings.margin)
        for (_, image), index in zip(decoded, nearest, strict=True)
        if (box := boxes[index]) is not None
    ]
    pictures = (
        np.stack(crops) if crops else np.zeros((0, settings.size, settings.size, 3), np.uint8)
    )
    return np.array([time for time, _ in decoded]), pictures, detected


def reason(error: Exception, path: Path) -> str:
    """An error's message without the folders of this machine."""
    return str(error).replace(str(path), path.name)
