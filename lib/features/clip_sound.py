"""Sound track of a video file."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from lib.features.speech import RATE
from lib.features.video import VideoError, opened


def read_sound(path: Path) -> NDArray[np.float32]:
    """Sound of a video as one channel at 16 kHz, (samples,), within [-1, 1].

    Silence is added in front, or sound removed, so that sample 0 is at the time of the first
    frame, as in `lib.features.video.frames`. Sound after damage is left out.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    VideoError
        If it is not a video with sound; names the file.
    """
    with opened(path) as container:
        if not container.streams.audio:
            raise VideoError(f"{path} has no sound: leave the clip out or use one modality")
        sound = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        pieces: list[NDArray[np.float32]] = []
        first: float | None = None
        try:
            for frame in container.decode(sound):
                first = float(frame.time or 0.0) if first is None else first
                pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        except av.error.FFmpegError:
            pass  # damaged from here on
        pieces += [part.to_ndarray()[0] for part in resampler.resample(None)]
    if first is None:
        raise VideoError(f"{path}: no sound can be decoded")
    wave = np.concatenate(pieces).astype(np.float32)
    shift = round((first - _first_frame(path)) * RATE)
    return np.pad(wave, (shift, 0)) if shift > 0 else wave[-shift:]


def _first_frame(path: Path) -> float:
    """Time of the first video frame, seconds; 0 without video."""
    with av.open(str(path)) as container:
        if not container.streams.video:
            return 0.0
        try:
            return float(next(container.decode(video=0)).time or 0.0)
        except (av.error.FFmpegError, StopIteration):
            return 0.0
