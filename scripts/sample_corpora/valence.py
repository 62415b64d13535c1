"""The RECOLA and SEWA samples: drawn faces whose valence changes, in the releases' layouts."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import butter, sosfilt

from lib.corpora import recola, sewa
from lib.corpora.provenance import Provenance
from lib.features.traces import advanced, gold_standard
from scripts.sample_corpora import faces, media, people
from scripts.sample_corpora.description import describe, require_empty
from scripts.sample_corpora.people import Expression, Pose
from scripts.sample_corpora.randomness import stream
from scripts.sample_corpora.valence_effects import Effects

SIZE = (128, 96)
RECOLA_SEED, SEWA_SEED = 2013, 2017
RATE = 100
"""Points a second at which valence and movement are made."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """One person: where the video goes, how long it is, its frame rate, the step of its labels."""

    name: str
    video: str
    seconds: float
    fps: Fraction
    step: float
    longer: float


def write_recola(
    folder: Path,
    seed: int = RECOLA_SEED,
    number: int = 9,
    seconds: float = 60.0,
    effects: Effects | None = None,
) -> Provenance:
    """Write a sample of RECOLA: mp4 of 25 frames per second, a value every 40 ms, six raters.

    Parameters
    ----------
    number : int
        Recordings of each part.
    seconds : float
        Of each recording; 300 in the release.

    Raises
    ------
    FileExistsError
        If the folder holds something.
    """
    planted = effects or Effects.load()
    require_empty(folder)
    for part, index in itertools.product(("train", "dev"), range(1, number + 1)):
        video = f"{recola.ROOT}/recordings_video/{part}_{index}.mp4"
        longer = planted.quirks.longer * (index == 1)
        recording = Recording(f"{part}_{index}", video, seconds, Fraction(25), recola.STEP, longer)
        times, ratings = _record(folder, recording, seed, planted)
        _write_recola_labels(folder, recording.name, times, np.round(ratings, 3))
    return _describe(folder, "recola", recola, seed, planted)


def write_sewa(
    folder: Path,
    seed: int = SEWA_SEED,
    number: int = 10,
    seconds: float = 44.0,
    effects: Effects | None = None,
) -> Provenance:
    """Write a sample of SEWA: avi of 20 frames per second, values every 100 ms; see `write_recola`."""
    planted = effects or Effects.load()
    require_empty(folder)
    for part, index in itertools.product(sewa.PARTS, range(1, number + 1)):
        name, length = f"{part}_{index:02d}", seconds + 2.0 * (index % 3)
        longer = planted.quirks.longer * (index == 1)
        recording = Recording(name, f"video/{name}.avi", length, Fraction(20), sewa.STEP, longer)
        times, ratings = _record(folder, recording, seed, planted)
        _write_sewa_labels(folder, recording.name, times, gold_standard(ratings))
    return _describe(folder, "sewa", sewa, seed, planted)


def smooth(generator: np.random.Generator, number: int, bandwidth: float) -> Floats:
    """A random course of unit spread that changes no faster than `bandwidth`, hertz, (number,)."""
    warm = round(3 * RATE / bandwidth)  # the filter's own start is left out
    noise = generator.normal(size=warm + number)
    sections = butter(2, bandwidth, fs=RATE, output="sos")
    gain = np.std(sosfilt(sections, np.random.default_rng(0).normal(size=400 * RATE)))
    return sosfilt(sections, noise)[warm:] / gain


def _record(folder: Path, recording: Recording, seed: int, effects: Effects) -> tuple[Floats, Floats]:
    """Write a video; return times of the labels and all raters' values, (raters, time)."""
    draw = stream(seed, "recording", recording.name)
    course = effects.valence
    length = recording.seconds + recording.longer
    points = round((length + 10) * RATE)  # some seconds before the start, for delays
    before = 5.0
    valence = course.between * draw.normal() + course.spread * smooth(draw, points, course.bandwidth)
    valence = np.clip(valence, -1, 1)
    times = np.arange(points) / RATE - before
    images = _frames(recording, seed, times, valence, draw, effects)
    media.write_video(folder / recording.video, images, SIZE, recording.fps)
    labels = np.round(np.arange(0, length + 1e-6, recording.step), 3)
    raters = effects.raters
    given = []
    for _ in range(raters.number):
        scale = draw.uniform(*raters.scale)
        own = scale * advanced(times, valence, -draw.uniform(*raters.delay))
        given.append(own + raters.level * draw.normal() + raters.noise * smooth(draw, points, 0.5))
    return labels, np.clip([np.interp(labels, times, own) for own in given], -1, 1)


def _frames(
    recording: Recording,
    seed: int,
    times: Floats,
    valence: Floats,
    draw: np.random.Generator,
    effects: Effects,
) -> Iterator[Image.Image]:
    shown = np.arange(round(recording.seconds * recording.fps)) / float(recording.fps)
    other = effects.distractors

    def course(spread: float, bandwidth: float) -> Floats:
        return spread * np.interp(shown, times, smooth(draw, len(times), bandwidth))

    parts = {
        name: strength * np.interp(shown, times, valence)
        + course(effects.face.moment, effects.face.moment_bandwidth)
        for name, strength in effects.face.shared.items()
    }
    parts |= {name: course(other.brows, other.bandwidth) for name in ("brows", "frown")}
    syllables = np.clip(course(1, 3.0), 0, None)
    parts["jaw"] = other.jaw * syllables * (course(1, other.bandwidth) > 0)  # now and then
    sway, lift = course(other.sway, other.bandwidth), course(other.sway / 2, other.bandwidth)
    roll, gaze = course(other.roll, other.bandwidth), course(0.7, other.bandwidth)
    light = (course(0.3, other.bandwidth), course(0.08, other.bandwidth))
    hidden = _stretches(len(shown), recording, draw, effects)
    who = people.person(seed, recording.name, bool(draw.integers(2)))
    wall = faces.background(who, SIZE, draw)
    for index in range(len(shown)):
        expression = Expression(**{name: float(values[index]) for name, values in parts.items()})
        pose = Pose(float(sway[index]), float(lift[index]), float(roll[index]), 1.25)
        image = faces.draw(
            who, expression, pose, wall, float(np.clip(gaze[index], -1, 1)), bool(hidden[index])
        )
        yield _lit(image, 0.5 + float(light[0][index]), 0.12 + float(light[1][index]), other.light)


def _stretches(
    number: int, recording: Recording, draw: np.random.Generator, effects: Effects
) -> NDArray[np.bool_]:
    """Frames in which the face is turned away."""
    quirks = effects.quirks
    hidden = np.zeros(number, bool)
    for _ in range(draw.poisson(quirks.hidden * recording.seconds / quirks.stretch)):
        start = int(draw.integers(number))
        hidden[start : start + round(quirks.stretch * recording.fps)] = True
    return hidden


def _lit(image: Image.Image, x: float, y: float, strength: float) -> Image.Image:
    """A soft patch of light on a picture, its middle in shares of width and height."""
    width, height = image.size
    across, down = np.arange(width)[None, :], np.arange(height)[:, None]
    distance = ((across - x * width) / (0.12 * width)) ** 2
    distance = distance + ((down - y * height) / (0.1 * height)) ** 2
    patch = strength * np.exp(-distance)[..., None]
    return Image.fromarray(np.clip(np.asarray(image) + patch, 0, 255).astype(np.uint8))


def _write_recola_labels(folder: Path, name: str, times: Floats, ratings: Floats) -> None:
    root = folder / recola.ROOT
    for kind in ("ratings_gold_standard", "ratings_individual"):
        (root / kind / "valence").mkdir(parents=True, exist_ok=True)
    head = (
        "@relation GOLDSTANDARD_VALENCE\n\n@attribute Instance_name string\n"
        "@attribute frameTime numeric\n@attribute GoldStandard numeric\n\n@data\n\n"
    )
    gold = "".join(
        f"'{name}',{time:.2f},{value:.6f}\n"
        for time, value in zip(times, gold_standard(ratings), strict=True)
    )
    path = root / "ratings_gold_standard" / "valence" / f"{name}.arff"
    path.write_text(head + gold, encoding="utf-8")
    lines = ["time;FM1;FM2;FM3;FF1;FF2;FF3"[: 4 + 4 * len(ratings)]]
    lines += [
        ";".join([f"{time:.2f}", *(f"{value:g}" for value in column)])
        for time, column in zip(times, ratings.T, strict=True)
    ]
    path = root / "ratings_individual" / "valence" / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_sewa_labels(folder: Path, name: str, times: Floats, values: Floats) -> None:
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    lines = [
        f"'{name}';{time:.1f};0;{value:.6f};0"  # no arousal, no liking in the sample
        for time, value in zip(times, values, strict=True)
    ]
    (folder / "labels" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _describe(folder: Path, corpus: str, reader: Any, seed: int, effects: Effects) -> Provenance:
    effects.write(folder)
    counts = reader.check(folder, strict=False)
    return describe(folder, corpus, seed, "drawn people in its layout", counts, effects)
