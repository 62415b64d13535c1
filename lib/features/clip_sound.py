"""Sound track of a video file."""

from collections import Counter
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from lib.content import reading
from lib.features.speech import RATE, mixed, require_rate
from lib.features.video import LONGEST_GAP, VideoError, anew, decoded, opened

GAP = 0.05
"""Seconds between sound and the sound before it: from `GAP` on, its own time counts."""


def read_sound(path: Path) -> NDArray[np.float32]:
    """Sound of a video as one channel at 16 kHz, (samples,), within [-1, 1].

    Sound stands at its own times, and sample 0 at that of the first frame, as in
    `lib.features.video.frames`; silence fills gaps and damage. Errors as there; also without sound.
    """
    parts, _ = _parts(path)
    with opened(path, "audio") as container, reading(path, VideoError):
        pictures = decoded(container, container.streams.video[:1], Counter())
        frame = next(pictures, None) if container.streams.video else None
    start = 0.0 if frame is None else float(frame.time or 0.0)
    places = [(round((time - start) * RATE), part) for time, part in parts]
    length = max(0, *(place + len(part) for place, part in places))
    if length > sum(len(part) for _, part in parts) + LONGEST_GAP * RATE:
        raise anew(path, f"sound is {length / RATE:.0f} s from the first picture")
    wave = np.zeros(length, np.float32)
    for place, part in places:
        wave[max(place, 0) : max(place + len(part), 0)] = part[max(-place, 0) :]
    return wave


def count_sound(path: Path) -> tuple[float, float]:
    """Seconds of sound that are there, and that are in gaps, damaged or missing against the header.

    Less than a tenth of a second against the header is rounding. Errors as in `read_sound`.
    """
    parts, stated = _parts(path)
    there = sum(len(part) for _, part in parts) / RATE
    gaps = parts[-1][0] - parts[0][0] + len(parts[-1][1]) / RATE - there
    return there, max(round(gaps, 3), stated - there if stated - there > 0.1 else 0.0)


def _parts(path: Path) -> tuple[list[tuple[float, NDArray[np.float32]]], float]:
    """Time and wave of each part without a gap, and the seconds that the header states."""
    parts: list[tuple[float, list[Any]]] = []
    count: Counter[str] = Counter()
    kind, clock = None, 0.0
    with opened(path, "audio") as container, reading(path, VideoError):
        sound: Any = container.streams.audio[0]
        for frame in decoded(container, sound, count):
            time = clock if frame.time is None else float(frame.time)
            own = (frame.sample_rate, frame.layout.name, frame.format.name, count["failed"])
            if own != kind or abs(time - clock) > GAP:
                if parts and not clock - GAP <= time <= clock + LONGEST_GAP:
                    raise anew(path, f"time of the sound jumps to {time:.2f} s, as in joined files")
                parts.append((time, []))
                kind, clock = own, time
            parts[-1][1].append(frame)
            clock += frame.samples / frame.sample_rate
        if not parts:
            raise anew(path, "no sound can be decoded")
        in_avi = container.format.name == "avi"  # whose header has no duration of PCM
        stated = float((sound.frames if in_avi else sound.duration or 0) * sound.time_base)
    with reading(path, VideoError):
        return [(time, _resampled(frames)) for time, frames in parts], stated


def _resampled(frames: list[Any]) -> NDArray[np.float32]:
    require_rate(frames[0].sample_rate)
    resampler = av.AudioResampler(format="fltp", rate=RATE)
    pieces = [piece.to_ndarray() for frame in [*frames, None] for piece in resampler.resample(frame)]
    return mixed(np.concatenate(pieces, axis=1).T.astype(np.float32)) if pieces else np.zeros(0, np.float32)
