"""Drawing seated people in a room, with Pillow, from their skeletons."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Floats = NDArray[np.float64]
Colour = tuple[int, int, int]

OVERSAMPLING = 2
"""Pictures are drawn larger by this factor and averaged, which smooths their edges."""

_SKINS = ((236, 196, 170), (224, 176, 144), (198, 146, 112), (150, 104, 76), (112, 76, 56))
_HAIRS = ((40, 30, 26), (84, 56, 36), (130, 92, 50), (176, 140, 86), (96, 96, 100))
_SHIRTS = (
    *((52, 84, 128), (128, 58, 58), (66, 104, 78), (96, 82, 120)),
    *((140, 116, 70), (64, 64, 72), (44, 112, 120), (150, 88, 104)),
)
_TROUSERS = ((44, 48, 60), (60, 52, 46), (70, 76, 88), (36, 36, 40))


@dataclass(frozen=True)
class Looks:
    """Colours of a person, and whether the hair is long."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    long_hair: bool


def looks(generator: np.random.Generator, female: bool) -> Looks:
    """Random looks of a person."""

    def one_of(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(generator.integers(len(colours)))]

    return Looks(one_of(_SKINS), one_of(_HAIRS), one_of(_SHIRTS), one_of(_TROUSERS), female)


def room(width: int, height: int, generator: np.random.Generator) -> Image.Image:
    """A room's wall and floor with a window and a door, larger by `OVERSAMPLING`."""
    wide, high = width * OVERSAMPLING, height * OVERSAMPLING
    wall = np.array([168, 172, 170]) + generator.integers(-16, 16) + generator.integers(-7, 7, 3)
    floor = np.array([112, 100, 88]) + generator.integers(-12, 12, 3)
    rows = np.linspace(0.92, 1.06, high)[:, None, None]
    edge = int(0.8 * high)
    pixels = np.where(np.arange(high)[:, None, None] < edge, wall * rows, floor * rows)
    pixels = np.clip(np.broadcast_to(pixels, (high, wide, 3)), 0, 255)
    image = Image.fromarray(pixels.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, edge - 6, wide, edge), fill=_shade(wall, 0.75))
    left = int(generator.uniform(0.4, 0.5) * wide)
    top, bottom = 0.08 * high, 0.42 * high
    window, frame = (left, top, left + 0.14 * wide, bottom), _shade(wall, 0.6)
    draw.rectangle(window, fill=(214, 224, 230))
    draw.rectangle(window, outline=frame, width=4)
    draw.line((left + 0.07 * wide, top, left + 0.07 * wide, bottom), fill=frame, width=3)
    return image


def seat(image: Image.Image, hip: Floats, unit: float) -> None:
    """Draw a chair into a background.

    Parameters
    ----------
    image : PIL.Image.Image
        Larger by `OVERSAMPLING`; changed in place.
    hip : array, (2,)
        Where its sitter's hip rests, pixels of the small picture.
    unit : float
        Pixels a metre at that distance.
    """
    draw = ImageDraw.Draw(image)
    x, y = hip * OVERSAMPLING
    metre = unit * OVERSAMPLING
    back = (x - 0.24 * metre, y - 0.5 * metre, x + 0.24 * metre, y + 0.12 * metre)
    draw.rounded_rectangle(back, 0.06 * metre, fill=(74, 62, 54))
    cushion = (x - 0.26 * metre, y + 0.06 * metre, x + 0.26 * metre, y + 0.16 * metre)
    draw.rectangle(cushion, fill=(58, 48, 42))


def person(
    image: Image.Image,
    joints: Floats,
    face: Floats,
    unit: float,
    dress: Looks,
    mouth: float,
    eyes_open: bool,
) -> None:
    """Draw a person into a picture.

    Parameters
    ----------
    image : PIL.Image.Image
        Larger by `OVERSAMPLING`; changed in place.
    joints : array, (17, 2)
        Human3.6M joints, pixels of the small picture.
    face : array, (5, 2)
        Nose, left and right eye, left and right ear, pixels of the small picture.
    unit : float
        Pixels a metre at the person's distance.
    dress : Looks
    mouth : float
        How far it is open, 0 to 1.
    eyes_open : bool
    """
    draw = ImageDraw.Draw(image)
    places = joints * OVERSAMPLING
    metre = unit * OVERSAMPLING
    _torso(draw, places, metre, dress)
    for hip, knee in ((1, 2), (4, 5)):
        _limb(draw, places[[hip, knee]], 0.15 * metre, dress.trousers)
    if dress.long_hair:
        _hair(draw, places, metre, dress)
    _limb(draw, places[[8, 9]] + [0, -0.02 * metre], 0.1 * metre, _shade(dress.skin, 0.85))
    _head(draw, places, face * OVERSAMPLING, metre, dress, mouth, eyes_open)
    for shoulder, elbow, wrist in ((14, 15, 16), (11, 12, 13)):
        _limb(draw, places[[shoulder, elbow]], 0.1 * metre, _shade(dress.shirt, 0.9))
        _limb(draw, places[[elbow, wrist]], 0.085 * metre, _shade(dress.shirt, 1.1))
        hand = places[wrist] + 0.25 * (places[wrist] - places[elbow])
        _disc(draw, hand, 0.05 * metre, dress.skin)


def finished(image: Image.Image) -> Image.Image:
    """The picture in its final size."""
    return image.reduce(OVERSAMPLING)


def _torso(draw: ImageDraw.ImageDraw, places: Floats, metre: float, dress: Looks) -> None:
    right, left, hips = places[14], places[11], places[[1, 4]]
    out = np.array([0.05 * metre, 0.0])
    outline = [right - out, places[8] - [0, 0.05 * metre], left + out, hips[1] + out, hips[0] - out]
    draw.polygon([tuple(point) for point in outline], fill=dress.shirt)
    middle = [places[8] - [0, 0.05 * metre], left + out, hips[1] + out, hips.mean(axis=0)]
    draw.polygon([tuple(point) for point in middle], fill=_shade(dress.shirt, 0.88))
    _disc(draw, right, 0.06 * metre, dress.shirt)
    _disc(draw, left, 0.06 * metre, _shade(dress.shirt, 0.88))


def _hair(draw: ImageDraw.ImageDraw, places: Floats, metre: float, dress: Looks) -> None:
    _limb(draw, places[[10, 9]] + [0, 0.03 * metre], 0.23 * metre, _shade(dress.hair, 0.85))


def _head(
    draw: ImageDraw.ImageDraw,
    places: Floats,
    face: Floats,
    metre: float,
    dress: Looks,
    mouth: float,
    eyes_open: bool,
) -> None:
    up = places[10] - places[9]
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    centre = (places[9] + places[10]) / 2
    across = np.array([-up[1], up[0]])
    _disc(draw, centre + 0.03 * metre * up, 0.112 * metre, dress.hair)
    _oval(draw, centre - 0.015 * metre * up, up, 0.088 * metre, 0.115 * metre, dress.skin)
    nose, eyes = face[0], face[1:3]
    middle = eyes.mean(axis=0)
    for eye in eyes:
        size = 0.02 * metre
        if eyes_open:
            _oval(draw, eye, up, 0.95 * size, 0.6 * size, (236, 232, 226))
            _disc(draw, eye, 0.5 * size, (46, 36, 30))
        else:
            ends = eye - size * across, eye + size * across
            draw.line([tuple(end) for end in ends], fill=_shade(dress.skin, 0.6), width=2)
        brow = eye + 0.028 * metre * up
        ends = brow - 1.4 * size * across, brow + 1.4 * size * across
        draw.line([tuple(end) for end in ends], fill=dress.hair, width=2)
    draw.line([tuple(middle), tuple(nose)], fill=_shade(dress.skin, 0.86), width=2)
    lips = nose - 0.04 * metre * up + 0.15 * (middle - centre)
    _oval(draw, lips, up, 0.034 * metre, (0.008 + 0.022 * mouth) * metre, (140, 62, 60))


def _limb(draw: ImageDraw.ImageDraw, ends: Floats, width: float, colour: Colour) -> None:
    draw.line([tuple(end) for end in ends], fill=colour, width=max(round(width), 1))
    for end in ends:
        _disc(draw, end, width / 2, colour)


def _disc(draw: ImageDraw.ImageDraw, centre: Floats, radius: float, colour: Colour) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _oval(
    draw: ImageDraw.ImageDraw,
    centre: Floats,
    up: Floats,
    across: float,
    along: float,
    colour: Colour,
) -> None:
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    side = np.array([-up[1], up[0]])
    points = centre + across * np.cos(angles)[:, None] * side + along * np.sin(angles)[:, None] * up
    draw.polygon([tuple(point) for point in points], fill=colour)


def _shade(colour: "Colour | NDArray[np.integer]", factor: float) -> Colour:
    red, green, blue = (int(min(max(value * factor, 0), 255)) for value in colour)
    return red, green, blue
