"""What a pose detector makes of people in a video: AlphaPose's result file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from scripts.sample_corpora.actors import Floats
from scripts.sample_corpora.iemocap_effects import Iemocap, Jitter, Quirks

# Typical confidence of each keypoint; seated people's legs are guessed.
_CONFIDENCE = np.array(
    [0.95, 0.94, 0.94]
    + [0.88] * 2
    + [0.92] * 2
    + [0.88] * 2
    + [0.85] * 2
    + [0.55] * 2
    + [0.2] * 2
    + [0.1] * 2
)
# Jitter of each keypoint, relative to a shoulder's
_SPREAD = np.array([0.6] * 5 + [1.0] * 2 + [1.2] * 2 + [1.5] * 2 + [1.2] * 2 + [2.2] * 4)


@dataclass(frozen=True)
class Picture:
    """Frame size in pixels, frames per second, number of frames."""

    width: int
    height: int
    fps: float
    frames: int


@dataclass(frozen=True)
class Detected:
    """A person as the detector sees it.

    Attributes
    ----------
    keypoints : array, (frames, 17, 3)
        x, y in pixels and a confidence.
    seen : array of bool, (frames,)
    track : array of int, (frames,)
    """

    keypoints: Floats
    seen: NDArray[np.bool_]
    track: NDArray[np.int64]


def detect(
    pixels: Floats,
    number: int,
    picture: Picture,
    generator: np.random.Generator,
    strengths: Iemocap,
) -> Detected:
    """A person with jitter, guessed legs, short gaps and perhaps a change of track id.

    Parameters
    ----------
    pixels : array, (frames, 17, 2)
        True places of the COCO keypoints.
    number : int
        Track id.
    picture : Picture
    generator : numpy.random.Generator
    strengths : Iemocap
    """
    jitter, quirks = strengths.jitter, strengths.quirks
    frames = picture.frames
    guessed = pixels.copy()
    guessed[:, 13:] = _guessed_legs(pixels, picture)
    guessed += _noise(generator, frames, picture, jitter)
    inside = (pixels[:, :11] > 0).all(axis=2) & (pixels[:, :11] < [picture.width, picture.height]).all(axis=2)
    seen = inside.mean(axis=1) >= 0.6
    gaps = generator.poisson(quirks.missed_a_minute * frames / picture.fps / 60)
    for first in generator.integers(0, frames, gaps):
        seen[first : first + generator.integers(2, 7)] = False
    track = np.full(frames, number)
    if generator.random() < quirks.switched_tracks / 2:  # two people in a picture
        track[int(generator.uniform(0.3, 0.7) * frames) :] = number + 3
    confidence = np.clip(
        _CONFIDENCE + generator.normal(0, 0.04, (frames, 17)) * (1.2 - _CONFIDENCE), 0.02, 0.99
    )
    return Detected(np.concatenate([guessed, confidence[..., None]], axis=2), seen, track)


def strangers(
    people: Sequence[Detected], picture: Picture, generator: np.random.Generator, quirks: Quirks
) -> list[Detected]:
    """Short spells of people who are not there: another's shape, small, pale and somewhere else."""
    found = []
    spells = generator.poisson(quirks.strangers_a_minute * picture.frames / picture.fps / 60)
    for number in range(spells):
        model = people[int(generator.integers(len(people)))]
        first = int(generator.integers(picture.frames))
        seen = np.zeros(picture.frames, bool)
        seen[first : first + int(generator.integers(4, 13))] = True
        keypoints = model.keypoints.copy()
        corner = keypoints[..., :2].min(axis=1, keepdims=True)
        place = [generator.uniform(0.05, 0.8) * picture.width, 0.05 * picture.height]
        keypoints[..., :2] = 0.4 * (keypoints[..., :2] - corner) + place
        keypoints[..., 2] *= generator.uniform(0.2, 0.4)
        found.append(Detected(keypoints, seen, np.full(picture.frames, 20 + number)))
    return found


def write(path: Path, people: Sequence[Detected], picture: Picture, listed_tracks: bool) -> None:
    """Write AlphaPose's ``alphapose-results.json``.

    Coordinates have one decimal and confidences two, where AlphaPose writes all digits.

    Parameters
    ----------
    path : Path
    people : sequence of Detected
    picture : Picture
    listed_tracks : bool
        Whether ``idx`` is a list, as some versions write it.
    """
    rows: list[dict[str, Any]] = []
    for frame in range(picture.frames):
        for person in people:
            if not person.seen[frame]:
                continue
            points = person.keypoints[frame]
            left, top = points[:, :2].min(axis=0) - 4
            right, bottom = points[:, :2].max(axis=0) + 4
            values: list[float] = []
            for x, y, confidence in points:
                values += [_short(x, 1), _short(y, 1), _short(confidence, 2)]
            confidences = points[:, 2]
            track = int(person.track[frame])
            rows.append(
                {
                    "image_id": f"{frame}.jpg",
                    "category_id": 1,
                    "keypoints": values,
                    "score": _short(1.25 * confidences.mean() + confidences.max() + 0.9, 2),
                    "box": [_short(side, 1) for side in (left, top, right - left, bottom - top)],
                    "idx": [track] if listed_tracks else track,
                }
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")


def _short(value: float, decimals: int) -> float:
    return round(float(value), decimals)


def _guessed_legs(pixels: Floats, picture: Picture) -> Floats:
    """Knees and ankles: squeezed between the hips and the lower edge of the picture."""
    hips = pixels[:, 11:13]
    knees = hips + 0.5 * (pixels[:, 13:15] - hips)
    ankles = knees + 0.25 * (pixels[:, 15:17] - pixels[:, 13:15])
    legs = np.concatenate([knees, ankles], axis=1)
    edge = picture.height - np.array([6.0, 6.0, 2.0, 2.0])
    legs[..., 1] = np.minimum(legs[..., 1], edge)
    return legs


def _noise(generator: np.random.Generator, frames: int, picture: Picture, jitter: Jitter) -> Floats:
    """Band-limited noise whose strength comes and goes, (frames, 17, 2)."""
    margin = 60
    white = generator.normal(size=(frames + 2 * margin, 17, 2))
    nyquist = picture.fps / 2
    band = butter(4, [jitter.lowest / nyquist, jitter.highest / nyquist], "bandpass", output="sos")
    noise = sosfiltfilt(band, white, axis=0)[margin:-margin]
    noise /= noise.std()
    slow = butter(2, 0.4 / nyquist, output="sos")
    envelope = sosfiltfilt(slow, generator.normal(size=frames + 2 * margin))[margin:-margin]
    strength = np.exp(jitter.envelope * envelope / envelope.std() - jitter.envelope**2 / 2)
    scale = jitter.pixels * picture.width / 240 * _SPREAD
    rest = 0.1 * generator.normal(size=(frames, 17, 2))
    return scale[:, None] * (noise * strength[:, None, None] + rest)
