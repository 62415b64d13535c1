"""Sound track of a video file."""

from collections import Counter
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from lib.features.speech import RATE
from lib.features.video import VideoError, decoded, opened

GAP, LONGEST_GAP = 0.05, 3600.0
"""Seconds between a packet and the sound before it: from `GAP` on, its own time counts."""


def read_sound(path: Path) -> NDArray[np.float32]:
    """Sound of a video as one channel at 16 kHz, (samples,), within [-1, 1].

    Sound stands at its own times, and sample 0 at that of the first frame, as in
    `lib.features.video.frames`: earlier sound is removed, and silence fills what is missing before,
    between damaged packets or in gaps.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    VideoError
        If it is not a video with sound, or times of the sound go back; names the file.
    """
    parts, *_ = _parts(path)
    with opened(path) as container:
        pictures = container.streams.video
        frame = next(decoded(container, pictures[0], Counter()), None) if pictures else None
    first = 0.0 if frame is None else float(frame.time or 0.0)
    places = [(round((time - first) * RATE), part) for time, part in parts]
    wave = np.zeros(max(0, *(place + len(part) for place, part in places)), np.float32)
    for place, part in places:
        wave[max(place, 0) : max(place + len(part), 0)] = part[max(-place, 0) :]
    return wave


def lost_sound(path: Path) -> float:
    """Seconds of sound that are damaged, in gaps, or missing, compared with the header.

    Less than a tenth of a second against the header is rounding. Errors as in `read_sound`.
    """
    parts, stated, damaged = _parts(path)
    ends = [time + len(part) / RATE for time, part in parts]
    gaps = sum(max(0.0, time - end) for (time, _), end in zip(parts[1:], ends, strict=False))
    missing = stated - sum(len(part) for _, part in parts) / RATE
    return max(gaps, damaged, missing if missing > 0.1 else 0.0)


def _parts(path: Path) -> tuple[list[tuple[float, NDArray[np.float32]]], float, float]:
    """Time and wave of each part without a gap; seconds that are stated, and that are damaged."""
    parts: list[tuple[float, list[Any]]] = []
    count: Counter[str] = Counter()
    kind, clock, length = None, 0.0, 0.0
    with opened(path) as container:
        if not container.streams.audio:
            raise VideoError(f"{path} has no sound: leave the clip out or use one modality")
        sound: Any = container.streams.audio[0]
        for frame in decoded(container, sound, count):
            time = clock if frame.time is None else float(frame.time)
            own = (frame.sample_rate, frame.layout.name, frame.format.name, count["failed"])
            if own != kind or abs(time - clock) > GAP:
                if parts and not clock - GAP <= time <= clock + LONGEST_GAP:
                    raise VideoError(
                        f"{path}: the time of the sound jumps from {clock:.2f} to {time:.2f} s, as "
                        "in joined files: write it anew (ffmpeg -i OLD NEW.mp4), or part by part"
                    )
                parts.append((time, []))
                kind, clock = own, time
            parts[-1][1].append(frame)
            length = frame.samples / frame.sample_rate
            clock += length
        in_avi = container.format.name == "avi"  # whose header has no duration of PCM
        stated = (sound.frames if in_avi else sound.duration or 0) * sound.time_base
    if not parts:
        raise VideoError(f"{path}: no sound can be decoded")
    waves = [(time, _resampled(frames)) for time, frames in parts]
    return waves, float(stated), count["failed"] * length


def _resampled(frames: list[Any]) -> NDArray[np.float32]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    pieces = [piece for frame in [*frames, None] for piece in resampler.resample(frame)]
    return np.concatenate([np.zeros(0, np.float32), *(piece.to_ndarray()[0] for piece in pieces)])
