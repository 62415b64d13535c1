"""Pictures of actors, and their encoding as video; the same input gives the same bytes."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, ...]


def room(width: int, height: int, shade: int) -> Image.Image:
    """A wall and a floor."""
    picture = Image.new("RGB", (width, height), (shade, shade, shade + 12))
    ImageDraw.Draw(picture).rectangle(
        (0, round(0.82 * height), width, height), fill=(shade - 50, shade - 62, shade - 70)
    )
    return picture


def draw_person(
    picture: Image.Image,
    joints: NDArray[np.float64],
    face: NDArray[np.float64],
    colours: Sequence[Colour],
    mouth: float,
) -> None:
    """Draw a person over a picture.

    Parameters
    ----------
    joints : array, (17, 2)
        Human3.6M joints in pixels.
    face : array, (5, 2)
        Nose, eyes and ears in pixels.
    colours : sequence of three RGB colours
        Skin, hair, clothes.
    mouth : float
        Opening, 0 to 1.
    """
    skin, hair, clothes = colours
    pen = ImageDraw.Draw(picture)
    size = float(np.linalg.norm(joints[10] - joints[8])) + 1

    def limb(points: Sequence[int], colour: Colour, width: float) -> None:
        corners = [tuple(map(float, joints[point])) for point in points]
        pen.line(corners, fill=colour, width=max(round(width * size), 1), joint="curve")

    dark = tuple(int(0.7 * value) for value in clothes)
    for leg in ((1, 2, 3), (4, 5, 6)):
        limb(leg, dark, 0.45)
    pen.polygon([tuple(map(float, joints[j])) for j in (11, 14, 1, 4)], fill=clothes)
    limb((0, 7, 8), clothes, 0.6)
    limb((8, 9), skin, 0.3)
    for arm in ((11, 12, 13), (14, 15, 16)):
        limb(arm, clothes, 0.3)
        x, y = map(float, joints[arm[-1]])
        pen.ellipse((x - 0.13 * size, y - 0.13 * size, x + 0.13 * size, y + 0.13 * size), fill=skin)
    x, y = map(float, (joints[9] + joints[10]) / 2)
    pen.ellipse((x - 0.42 * size, y - 0.6 * size, x + 0.42 * size, y + 0.3 * size), fill=hair)
    x, y = map(float, face[0])
    pen.ellipse((x - 0.36 * size, y - 0.42 * size, x + 0.36 * size, y + 0.55 * size), fill=skin)
    for eye in face[1:3]:
        ex, ey = map(float, eye)
        pen.ellipse(
            (ex - 0.07 * size, ey - 0.05 * size, ex + 0.07 * size, ey + 0.05 * size),
            fill=(30, 30, 30),
        )
    lips = 0.03 + 0.09 * mouth
    pen.ellipse(
        (x - 0.12 * size, y + (0.28 - lips) * size, x + 0.12 * size, y + (0.28 + lips) * size),
        fill=(140, 50, 50),
    )


def write_avi(
    path: Path,
    pictures: Iterable[Image.Image],
    size: tuple[int, int],
    fps: Fraction,
    sound: NDArray[np.int16],
    rate: int,
    quantiser: int = 9,
) -> None:
    """Encode MPEG-4 part 2 and MP3 in AVI, as DivX files have them.

    Parameters
    ----------
    size : (width, height)
    sound : array of int16, (samples,)
        Mono.
    quantiser : int
        2 is best, 31 smallest.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="avi", options={"fflags": "+bitexact"}) as container:
        video = container.add_stream("mpeg4", rate=fps)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.thread_count = 1
        video.codec_context.gop_size = 90
        video.codec_context.qmin = video.codec_context.qmax = quantiser
        video.options = {"flags": "+bitexact", "qscale": str(quantiser)}
        audio = container.add_stream("mp3", rate=rate, layout="mono")
        audio.bit_rate = 24_000
        audio.options = {"flags": "+bitexact"}
        for picture in pictures:
            container.mux(video.encode(av.VideoFrame.from_image(picture)))
        container.mux(video.encode(None))
        for start in range(0, len(sound), 1152):
            piece = np.ascontiguousarray(sound[None, start : start + 1152])
            frame = av.AudioFrame.from_ndarray(piece, format="s16p", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
