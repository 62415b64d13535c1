"""Faces of a clip, frame by frame."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.features.video import VideoError
from lib.settings import Settings


class FaceSettings(Settings):
    """Detection and cropping of faces.

    Attributes
    ----------
    detector : {"mtcnn", "dlib"}
    every : int
        Faces are detected in one of `every` frames; the others take the nearest box.
    smallest : int
        Height of the smallest face, pixels; MTCNN only.
    least : float
        Lowest accepted probability; MTCNN only.
    size : int
        Size of the crop, pixels; 227 in the paper.
    margin : float
        Margin around the box, relative to its longer side.
    least_detected : float
        Smallest share of a clip's frames that must have a face.
    """

    detector: Literal["mtcnn", "dlib"]
    every: int
    smallest: int
    least: float
    size: int
    margin: float
    least_detected: float


class Unusable(ValueError):
    """A clip that is left out, with the reason."""


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
    rounded = (np.arange(len(decoded)) + settings.every // 2) // settings.every
    nearest = np.minimum(rounded, len(boxes) - 1)
    detected = np.array([boxes[index] is not None for index in nearest])
    size = settings.size
    crops = [
        faces.crop(image, box, size, settings.margin)
        for (_, image), index in zip(decoded, nearest, strict=True)
        if (box := boxes[index]) is not None
    ]
    pictures = np.stack(crops) if crops else np.zeros((0, size, size, 3), np.uint8)
    return np.array([time for time, _ in decoded]), pictures, detected


def reason(error: Exception, path: Path) -> str:
    """Message of an error without absolute paths."""
    return str(error).replace(str(path), path.name)
