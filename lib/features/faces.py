"""Faces in frames: detectors behind one interface, square crops.

The paper uses a single-shot detector on a ResNet (OpenCV's `res10_300x300` Caffe model). No
maintained library in this environment runs Caffe models, so it is not offered; MTCNN and dlib's
histogram-of-gradients detector include their weights and work offline.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lib.content import reading
from lib.project import project_path

Image = NDArray[np.uint8]
Floats = NDArray[np.floating]
PACKAGED = "face_recognition_models"
Detector = Callable[[list[Image]], list["Face | None"]]


@dataclass(frozen=True)
class Face:
    """The most certain frontal face of a frame."""

    box: tuple[float, float, float, float]
    """x1, y1, x2, y2 in pixels; may exceed the frame."""
    score: float
    """Certainty on the detector's own scale."""
    points: tuple[tuple[float, float], ...] | None = None
    """Left eye (in the picture), right eye and tip of the nose, x and y in pixels."""


@cache
def detector(
    name: Literal["mtcnn", "dlib"], smallest: int = 40, least: float = 0.9, landmarks: Path | None = None
) -> Detector:
    """Function from frames of one size to their faces, None for frames without one.

    MTCNN finds faces of a height of `smallest` pixels and a probability of `least` or more. For
    points, dlib needs its file of 68 `landmarks` (see `landmark_file`); FileNotFoundError if it does not
    exist. ImportError if the detector's library is not installed, ValueError if the name is unknown.
    """
    if name == "mtcnn":
        return _mtcnn(smallest, least)
    if name == "dlib":
        return _dlib(landmarks)
    raise ValueError(f"face detector {name!r} is not mtcnn or dlib")


def missing(library: str, extra: str = "faces") -> ImportError:
    """Error for a library of an extra that cannot be imported."""
    return ImportError(f"{library} is not installed: install the extra `{extra}`")


def landmark_file(name: str | None) -> Path | None:
    """dlib's file of 68 landmarks: by its path in the project, or in the package that is `PACKAGED`.

    Raises ImportError if the package is not installed.
    """
    if name != PACKAGED:
        return None if name is None else project_path(name)
    found = find_spec(name)  # its import needs pkg_resources, which setuptools no longer has
    if found is None or found.origin is None:
        raise missing("face-recognition-models", "landmarks")
    return Path(found.origin).parent / "models" / "shape_predictor_68_face_landmarks.dat"


def _mtcnn(smallest: int, least: float) -> Detector:
    try:
        from facenet_pytorch import MTCNN
    except ImportError:
        raise missing("facenet-pytorch") from None
    network = MTCNN(min_face_size=smallest, keep_all=True, post_process=False, device="cpu")

    def detect(images: list[Image]) -> list[Face | None]:
        if min(images[0].shape[:2]) * (12.0 / smallest) < 12:  # as MTCNN, which raises an error
            return [None] * len(images)
        found = network.detect(np.stack(images), landmarks=True)
        return [None if own[0] is None else best_face(*own) for own in zip(*found, strict=True)]

    def best_face(boxes: Floats, scores: Floats, points: Floats) -> Face | None:
        best = int(np.argmax(scores))
        x1, y1, x2, y2 = boxes[best].astype(float).round(2).tolist()
        places = tuple((x, y) for x, y in points[best][:3].astype(float).round(2).tolist())
        score = float(scores[best])
        return Face((x1, y1, x2, y2), score, places) if score >= least else None

    return detect


_EYE_LEFT, _EYE_RIGHT, _NOSE = slice(36, 42), slice(42, 48), slice(30, 31)
"""Indices among dlib's 68 landmarks."""


def _dlib(landmarks: Path | None) -> Detector:
    try:
        import dlib
    except ImportError:
        raise missing("dlib-bin") from None
    frontal = dlib.get_frontal_face_detector()
    if landmarks is not None and not landmarks.is_file():
        raise FileNotFoundError(f"no file of landmarks {landmarks}: see DATASETS.md")
    with reading(landmarks or "", what="is no file of dlib's landmarks, get it again"):
        shape = None if landmarks is None else dlib.shape_predictor(str(landmarks))

    def points(image: Image, box: Any) -> tuple[tuple[float, float], ...] | None:
        if shape is None:
            return None
        places = np.array([(part.x, part.y) for part in shape(image, box).parts()], float)
        means = [places[part].mean(axis=0).tolist() for part in (_EYE_LEFT, _EYE_RIGHT, _NOSE)]
        return tuple((x, y) for x, y in means)

    def face(image: Image) -> Face | None:
        image = np.ascontiguousarray(image)
        boxes, scores, _ = frontal.run(image, 1, 0.0)
        if not boxes:
            return None
        best = int(np.argmax(scores))
        box = boxes[best]
        edges = float(box.left()), float(box.top()), float(box.right() + 1), float(box.bottom() + 1)
        return Face(edges, float(scores[best]), points(image, box))

    return lambda images: [face(image) for image in images]


def detect_all(
    images: Iterable[Image], detect: Detector, batch: int = 32
) -> Iterator[tuple[Image, Face | None]]:
    """Faces of a stream of frames, with one batch in memory."""
    stream = iter(images)
    while waiting := list(islice(stream, batch)):
        yield from zip(waiting, detect(waiting), strict=True)


def smooth(found: list[Face | None], reach: int) -> list[Face | None]:
    """Boxes as medians over the faces of up to `reach` detections on either side; 0: as found."""
    near = [found[max(0, place - reach) : place + reach + 1] for place in range(len(found))]
    boxes = [np.array([face.box for face in own if face]) for own in near]
    medians: list[Any] = [box.size and tuple(np.median(box, axis=0).tolist()) for box in boxes]
    return [face and replace(face, box=box) for face, box in zip(found, medians, strict=True)]


def crop(image: Image, face: Face, size: int = 227, margin: float = 0.1) -> Image:
    """Square around a face, (size, size, 3); pixels outside the frame are black.

    `size` is 227 in priyasad2020 section 3.3; `margin`, on each side, is relative to the face's
    longer side.
    """
    from PIL import Image as Picture

    x1, y1, x2, y2 = face.box
    half = max(x2 - x1, y2 - y1) * (0.5 + margin)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    x1, y1, x2, y2 = round(x - half), round(y - half), round(x + half), round(y + half)
    height, width = image.shape[:2]
    left, top = min(max(0, x1), width - 1), min(max(0, y1), height - 1)
    seen = image[top : max(top + 1, y2), left : max(left + 1, x2)]  # spares a copy of the frame
    part = Picture.fromarray(seen).crop((x1 - left, y1 - top, x2 - left, y2 - top))
    return np.asarray(part.resize((size, size), Picture.Resampling.BILINEAR))
