"""Streaming video decoding; memory does not grow with the video."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

REORDERED = 16
"""Largest distance, in frames, between the order of storage and that of showing."""


class VideoError(ValueError):
    """A file is not a video, or is damaged."""


@dataclass(frozen=True)
class VideoInfo:
    """Content of a video's header; width and height in pixels, as it is shown."""

    frames: int
    """Number of frames; 0 if not stated."""
    fps: float
    """Average frames per second."""
    width: int
    height: int


def probe(path: Path) -> VideoInfo:
    """Read a video's header; the first frame says how pictures are turned.

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
        first = next(decoded(container, stream, Counter()), None)
        sides = codec.width, codec.height
        turned = first is not None and abs(first.rotation) == 90
        return VideoInfo(stream.frames, fps, *(sides[::-1] if turned else sides))


def frames(
    path: Path, wanted: set[int] | None = None
) -> Iterator[tuple[int, float, NDArray[np.uint8]]]:
    """Decode a video from its start.

    Yields index, time (seconds from the first frame) and image (RGB, (height, width, 3)) of the
    frames with a wanted index, and stops after the last; all by default. Images are turned and
    mirrored as the file says, for example by a telephone.

    Frames are numbered as they leave the decoder, as in AlphaPose; a damaged frame is counted but
    not yielded. After lost frames, numbers are lower than times suggest.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    VideoError
        If it is not a video, times are missing or go back, or pictures change their size.
    """
    last = None if wanted is None else max(wanted, default=-1)
    for index, time, frame in _timed(path, Counter()):
        if last is not None and index > last:
            return
        if wanted is None or index in wanted:
            yield index, time, _upright(frame)


def lost_frames(path: Path) -> int:
    """Number of frames that are missing, compared with the header, or damaged.

    Truncated AVI files are decoded without an error. Frames hidden by an edit list are not lost.
    Errors as in `frames`.
    """
    count: Counter[str] = Counter()
    missing = -sum(1 for _ in _timed(path, count)) + count["stated"] - count["discarded"]
    return max(missing, count["corrupt"] + count["failed"], 0)


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


def decoded(
    container: "av.container.InputContainer", stream: Any, count: Counter[str]
) -> Iterator[Any]:
    """Pictures or sound; counts packets that cannot be decoded, or that are not to be shown."""
    try:
        for packet in container.demux(stream):
            count["discarded"] += packet.is_discard
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                count["failed"] += 1
    except av.error.FFmpegError:
        count["failed"] += 1  # damaged from here on


def _timed(path: Path, count: Counter[str]) -> Iterator[tuple[int, float, "av.VideoFrame"]]:
    """Frames as in `frames`; counts stated and damaged ones.

    Times of neighbours are sorted: AVI files with H.264 have them in the order of storage.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        count["stated"] = stream.frames
        waiting: deque[tuple[int, av.VideoFrame]] = deque()
        times: list[float] = []
        first, earlier, previous = None, -np.inf, -np.inf
        end = repeat(None, REORDERED)
        for index, frame in enumerate(chain(decoded(container, stream, count), end)):
            if frame is not None:
                first = first or frame
                if frame.is_corrupt:
                    count["corrupt"] += 1
                    continue
                if frame.time is None:
                    raise VideoError(
                        f"{path} has frames without a time: put the raw stream into a container, "
                        "with its rate (ffmpeg -framerate 25 -i OLD -c copy NEW.mp4)"
                    )
                if (frame.width, frame.height) != (first.width, first.height):
                    raise VideoError(
                        f"{path}: frame {index} has another size than the first: bring all to one "
                        "size (ffmpeg -i OLD -vf scale=640:480 NEW.mp4), or cut the file there"
                    )
                heappush(times, frame.time - (first.time or 0.0))
                waiting.append((index, frame))
            if waiting and (frame is None or len(waiting) > REORDERED):
                time = heappop(times)
                number, shown = waiting.popleft()
                if time < previous or time == earlier:
                    raise VideoError(
                        f"{path}: time stands still or goes back near frame {number}, as in joined "
                        "files: write it anew (ffmpeg -i OLD NEW.mp4), or part by part"
                    )
                earlier, previous = previous, time
                yield number, time, shown


def _upright(frame: "av.VideoFrame") -> NDArray[np.uint8]:
    """Image of a frame, turned and mirrored by its display matrix: x = a x + c y, y = b x + d y."""
    image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return image
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
    if abs(b) > abs(a):
        image, a, d = image.swapaxes(0, 1), c, b
    return np.ascontiguousarray(image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])
