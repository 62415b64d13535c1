"""Faces of a clip, frame by frame."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib.papers import settings as shared
from lib.papers.videos import Unusable


class FaceSettings(shared.FaceSettings):
    """Detection and cropping of faces; frames between detections take the nearest box.

    Attributes
    ----------
    margin : float
        Margin around the box, relative to its longer side.
    least_detected : float
        Smallest share of a clip's frames that must have a face.
    """

    margin: float
    least_detected: float


def read_faces(
    path: Path, settings: FaceSettings
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Times of all frames (frames,), faces (frames with a face, size, size, 3), detected (frames,).

    Raises
    ------
    VideoError
        If the file is no video.
    Unusable
        If no frame can be decoded.
    """
    from lib.features import faces, video

    detect = faces.detector(settings.detector, settings.smallest, settings.least)
    decoded = [(time, image) for _, time, image in video.frames(path)]
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
