"""Streaming video decoding; memory does not grow with the video."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


class VideoError(ValueError):
    """A file is not a video, or is damaged."""


@dataclass(frozen=True)
class VideoInfo:
    """Content of a video's header; width and height in pixels."""

    frames: int
    """Number of frames; 0 if not stated."""
    fps: float
    """Average frames per second."""
    width: int
    height: int


def probe(path: Path) -> VideoInfo:
    """Read a video's header.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    VideoError
        If it is not a video.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        codec, fps = stream.codec_context, float(stream.average_rate or 0)
        return VideoInfo(stream.frames, fps, codec.width, codec.height)


def frames(
    path: Path, wanted: set[int] | None = None
) -> Iterator[tuple[int, float, NDArray[np.uint8]]]:
    """Decode a video from its start.

    Yields index, time (seconds from the first frame) and image (RGB, (height, width, 3)) of the
    frames with a wanted index, and stops after the last; all by default. Errors as in `probe`.

    Frames are numbered as they leave the decoder, as in AlphaPose; a damaged frame is counted but
    not yielded. After lost frames, numbers are lower than times suggest.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        start: float | None = None
        last = None if wanted is None else max(wanted, default=-1)
        for index, frame in enumerate(_decoded(container, stream, Counter())):
            if last is not None and index > last:
                return
            time = float(frame.time or 0.0)
            start = time if start is None else start
            if not frame.is_corrupt and (wanted is None or index in wanted):
                yield index, time - start, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def lost_frames(path: Path) -> int:
    """Number of frames that are missing, compared with the header, or damaged.

    Truncated AVI files are decoded without an error. Frames hidden by an edit list are not lost.
    """
    count: Counter[str] = Counter()
    with _open(path) as container:
        stream = container.streams.video[0]
        corrupt = [frame.is_corrupt for frame in _decoded(container, stream, count)]
        missing = stream.frames - count["discarded"] - (len(corrupt) - sum(corrupt))
        return max(missing, sum(corrupt) + count["failed"], 0)


def opened(path: Path) -> "av.container.InputContainer":
    """Container of a video file; raises FileNotFoundError or VideoError, naming the file."""
    if not path.is_file():
        raise FileNotFoundError(f"no video {path}")
    try:
        return av.open(str(path))
    except av.error.FFmpegError as error:
        raise VideoError(f"{path} cannot be opened as a video: {error}") from None


def _open(path: Path) -> "av.container.InputContainer":
    container = opened(path)
    if not container.streams.video:
        container.close()
        raise VideoError(f"{path} has no video stream")
    return container


def _decoded(
    container: "av.container.InputContainer",
    stream: "av.video.stream.VideoStream",
    count: Counter[str],
) -> Iterator["av.VideoFrame"]:
    """Frames; counts packets that cannot be decoded, or that the file marks as not to be shown."""
    try:
        for packet in container.demux(stream):
            count["discarded"] += packet.is_discard
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                count["failed"] += 1
    except av.error.FFmpegError:
        count["failed"] += 1  # damaged from here on
