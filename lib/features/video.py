"""Streaming video decoding; memory does not grow with the video."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


class VideoError(ValueError):
    """A file is no video, or it is damaged."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video's header says.

    Attributes
    ----------
    frames : int
        0 where the header does not say.
    fps : float
        Average frames a second.
    width, height : int
        Pixels.
    """

    frames: int
    fps: float
    width: int
    height: int


def probe(path: Path) -> VideoInfo:
    """Read a video's header.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    VideoError
        If it is no video.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        return VideoInfo(
            stream.frames, float(stream.average_rate or 0), stream.codec_context.width,
            stream.codec_context.height,
        )  # fmt: skip


def frames(
    path: Path, wanted: set[int] | None = None
) -> Iterator[tuple[int, float, NDArray[np.uint8]]]:
    """Decode a video from its start.

    Parameters
    ----------
    path : Path
    wanted : set of int, optional
        Indices of the frames to give; decoding stops after the last. All by default.

    Yields
    ------
    index : int
    time : float
        Seconds from the first frame.
    image : array of uint8, (height, width, 3)
        RGB.

    Raises
    ------
    VideoError
        As `probe`.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        start: float | None = None
        last = max(wanted) if wanted else None
        for index, frame in enumerate(_decoded(container, stream)):
            if last is not None and index > last:
                return
            time = float(frame.time or 0.0)
            start = time if start is None else start
            if wanted is None or index in wanted:
                yield index, time - start, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def lost_frames(path: Path) -> int:
    """Frames of the header's count that cannot be decoded; a truncated file is silent otherwise."""
    with _open(path) as container:
        stream = container.streams.video[0]
        decoded = sum(1 for _ in _decoded(container, stream))
        return max(stream.frames - decoded, 0)


def _open(path: Path) -> "av.container.InputContainer":
    if not path.is_file():
        raise FileNotFoundError(f"no video {path}")
    try:
        container = av.open(str(path))
    except av.error.FFmpegError as error:
        raise VideoError(f"{path} cannot be opened as a video: {error}") from None
    if not container.streams.video:
        container.close()
        raise VideoError(f"{path} has no video stream")
    return container


def _decoded(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream"
) -> Iterator["av.VideoFrame"]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            for frame in packet.decode():
                if not frame.is_corrupt:
                    yield frame
        except StopIteration:
            return
        except av.error.FFmpegError:
            continue
