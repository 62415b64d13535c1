"""Writing sound and video so that the same content gives the same bytes."""

import wave
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

MPEG4 = {
    "qmin": "14",  # quantiser, 1 (best) to 31
    "qmax": "14",
    "b": "60000",
    "mbd": "bits",  # of the ways to code a block, the shortest
    "g": "300",
}
SOUND_BITS = 16_000  # bits a second of MP3


def samples16(sound: Floats) -> NDArray[np.int16]:
    """Sound pressure in [-1, 1] as 16-bit samples, clipped."""
    return np.clip(np.rint(sound * 32767), -32768, 32767).astype("<i2")


def write_wav(path: Path, sound: Floats, rate: int) -> None:
    """Write mono 16-bit PCM."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples16(sound).tobytes())


def write_avi(
    path: Path,
    images: Iterable[Image.Image],
    size: tuple[int, int],
    fps: Fraction,
    sound: Floats,
    rate: int,
    bits: int = SOUND_BITS,
) -> None:
    """Write MPEG-4 part 2 video and MP3 sound as AVI.

    Parameters
    ----------
    path : Path
    images : iterable of PIL.Image.Image
        Frames, RGB.
    size : tuple of int
        Width and height in pixels.
    fps : Fraction
        Frames a second.
    sound : array, (samples,)
        Mono.
    rate : int
        Samples a second.
    bits : int
        Of sound, a second; MP3 has no less than 32,000 above 24 kHz.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(
        str(path),
        "w",
        format="avi",
        options={"fflags": "+bitexact", "avoid_negative_ts": "disabled"},
    ) as container:
        video = _add_video(container, "mpeg4", size, fps, MPEG4)
        video.codec_context.codec_tag = "DIVX"
        audio = container.add_stream(
            "libmp3lame", rate=rate, options={"flags": "+bitexact", "compression_level": "2"}
        )
        audio.codec_context.layout = "mono"
        audio.codec_context.bit_rate = bits
        pieces = _pieces(sound, rate)
        heard = 0.0
        for index, frame in enumerate(_frames(images, fps)):
            while heard <= index / fps and (piece := next(pieces, None)) is not None:
                container.mux(audio.encode(piece))
                heard += piece.samples / rate
            container.mux(video.encode(frame))
        for piece in pieces:
            container.mux(audio.encode(piece))
        container.mux(video.encode())
        container.mux(audio.encode())


def write_video(path: Path, images: Iterable[Image.Image], size: tuple[int, int], fps: Fraction) -> None:
    """Write video without sound: H.264 as mp4, MPEG-4 part 2 as avi, by the file's suffix.

    Parameters
    ----------
    path : Path
    images : iterable of PIL.Image.Image
        Frames, RGB.
    size : tuple of int
        Width and height in pixels.
    fps : Fraction
        Frames a second.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix[1:]
    codec, quality = {
        "mp4": ("libx264", {"crf": "32", "preset": "slower", "x264-params": "keyint=250"}),
        "avi": ("mpeg4", MPEG4),
    }[kind]
    with av.open(str(path), "w", format=kind, options={"fflags": "+bitexact"}) as container:
        video = _add_video(container, codec, size, fps, quality)
        for frame in _frames(images, fps):
            container.mux(video.encode(frame))
        container.mux(video.encode())


def _add_video(
    container: av.container.OutputContainer,
    codec: str,
    size: tuple[int, int],
    fps: Fraction,
    options: dict[str, str],
) -> av.VideoStream:
    same = {"flags": "+bitexact", "threads": "1"}
    video = container.add_stream(codec, rate=fps, options=options | same)
    assert isinstance(video, av.VideoStream)
    video.width, video.height = size
    video.pix_fmt = "yuv420p"
    video.codec_context.thread_count = 1
    return video


def _frames(images: Iterable[Image.Image], fps: Fraction) -> Iterator[av.VideoFrame]:
    for index, image in enumerate(images):
        frame = av.VideoFrame.from_image(image)
        frame.pts = index
        frame.time_base = 1 / fps
        yield frame


def _pieces(sound: Floats, rate: int) -> Iterator[av.AudioFrame]:
    step = 576 if rate <= 24_000 else 1152  # MP3's frame
    values = samples16(sound)
    for start in range(0, len(values), step):
        piece = av.AudioFrame.from_ndarray(values[None, start : start + step], format="s16p", layout="mono")
        piece.sample_rate = rate
        piece.pts = start
        piece.time_base = Fraction(1, rate)
        yield piece
