"""Streaming video decoding; memory does not grow with the video."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from lib.content import FileError, reading


class VideoError(FileError):
    """A file is not a video, or is damaged."""


LONGEST_GAP, LIMITS = 3600.0, {"max_pixels": "36000000"}
"""Seconds between two frames, and FFmpeg's option for pixels of one (8K has 33 million)."""


class VideoInfo(NamedTuple):
    """Content of a video's header: number of frames, 0 if not stated; their average number per
    second; width and height in pixels, as it is shown."""

    frames: int
    fps: float
    width: int
    height: int


def probe(path: Path) -> VideoInfo:
    """Read a video's header; the first frame says whether it lies on its side.

    FileNotFoundError if the file does not exist, VideoError if it is not a video.
    """
    with opened(path) as container, reading(path, VideoError):
        stream = container.streams.video[0]
        first = next(decoded(container, stream, Counter()), None)
        sizes = stream.codec_context.width, stream.codec_context.height
        turned = first is not None and _lies(_matrix(first))
        rate = float(stream.average_rate or 0)
        return VideoInfo(stream.frames, rate, *(sizes[::-1] if turned else sizes))


def frames(path: Path, wanted: set[int] | None = None) -> Iterator[tuple[int, float, NDArray[np.uint8]]]:
    """Decode a video from its start.

    Yields index, time (seconds from the first frame) and image (RGB, (height, width, 3)) of the
    frames with a wanted index, and stops after the last; all by default. Images are turned and
    mirrored as the file says. Errors as in `probe`; also if times are missing or go back, or the
    size changes.

    Frames are numbered as they leave the decoder, as in AlphaPose; a damaged frame is counted but
    not yielded. After lost frames, numbers are lower than times suggest.
    """
    last = None if wanted is None else max(wanted, default=-1)
    converter = VideoReformatter()  # is set up once, for all frames
    with reading(path, VideoError):
        for index, time, frame in _timed(path, Counter()):
            if last is not None and index > last:
                return
            if wanted is None or index in wanted:
                yield index, time, _upright(frame, converter)


def count_frames(path: Path) -> tuple[int, int]:
    """Numbers of frames that are there, and that are damaged or missing against the header.

    Truncated AVI files are decoded without an error. Frames hidden by an edit list are not missing.
    Errors as in `frames`.
    """
    count: Counter[str] = Counter()
    there = sum(1 for _ in _timed(path, count))
    missing = count["stated"] - count["discarded"] - there
    return there, max(missing, count["corrupt"] + count["failed"], 0)


def anew(path: Path, what: str, options: str = "-i") -> VideoError:
    """Error for a file that ffmpeg can mend; `options` come before its name."""
    return VideoError(f"{path}: {what}; write it anew (ffmpeg {options} OLD NEW.mp4)")


def opened(path: Path, kind: str = "video") -> "av.container.InputContainer":
    """Container of a file with a stream of a kind; errors as in `probe`, naming the file."""
    if not path.is_file():
        raise FileNotFoundError(f"no video {path}")
    with reading(path, VideoError, "cannot be opened as a video"):
        container = av.open(str(path), options=LIMITS)
    for stream in container.streams.video:
        if stream.codec_context:  # None for an unknown codec
            stream.codec_context.options = LIMITS
    if not getattr(container.streams, kind):
        container.close()
        raise VideoError(f"{path} has no {kind} stream: leave it out, or use another modality")
    return container


def decoded(container: Any, stream: Any, count: Counter[str]) -> Iterator[Any]:
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


def _timed(path: Path, count: Counter[str]) -> Iterator[tuple[int, float, "av.VideoFrame"]]:
    """Index, time and frame, as in `frames`; counts stated and damaged ones.

    Decoders give the times of AVI files with H.264 in the order of storage: a time that is up to
    half a second early is taken to be that of the frame before it.
    """
    with opened(path) as container, reading(path, VideoError):
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"  # threads of frames lose other frames each time where a file is damaged
        count["stated"] = stream.frames
        first, latest = None, -np.inf
        for index, frame in enumerate(decoded(container, stream, count)):
            first = first or frame
            count["corrupt"] += frame.is_corrupt
            if frame.is_corrupt:
                continue
            if frame.time is None:
                raise anew(path, "pictures have no times", "-framerate RATE -i")
            if (frame.width, frame.height) != (first.width, first.height):
                raise anew(path, f"picture {index} has another size than the first")
            time = frame.time - (first.time or 0.0)
            if time < latest - 0.5:
                raise anew(path, f"time goes back at picture {index}, as in joined files")
            if time > max(latest, 0) + LONGEST_GAP:
                raise anew(path, f"time jumps to {time:.2f} s at picture {index}")
            latest = max(latest, time)
            yield index, latest, frame


def _upright(frame: "av.VideoFrame", converter: VideoReformatter) -> NDArray[np.uint8]:
    """Image of a frame, turned and mirrored by its display matrix."""
    image = np.asarray(converter.reformat(frame, format="rgb24", threads=1).to_ndarray(), np.uint8)
    matrix = _matrix(frame)
    a, b, c, d = matrix
    if _lies(matrix):
        image, a, d = image.swapaxes(0, 1), c, b
    return np.ascontiguousarray(image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def _matrix(frame: "av.VideoFrame") -> tuple[int, int, int, int]:
    """a, b, c, d of a frame's display matrix: x = a x + c y, y = b x + d y."""
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
    return a, b, c, d


def _lies(matrix: tuple[int, int, int, int]) -> bool:
    """Whether width and height are exchanged."""
    return abs(matrix[1]) > abs(matrix[0])
