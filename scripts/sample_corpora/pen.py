"""A pen for drawn faces: outlines, lines and soft shades in a head's own coordinates."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


class Pen:
    """Draws in units of half the head's width around the head's middle; y is down.

    Parameters
    ----------
    image : Image
        Drawn on.
    unit : float
        Pixels.
    middle : array, (2,)
        Pixels.
    axes : array, (2, 2)
        Directions of x and y.
    """

    def __init__(
        self,
        image: Image.Image,
        unit: float,
        middle: NDArray[np.float64],
        axes: NDArray[np.float64],
    ) -> None:
        self.image, self.unit, self.middle, self.axes = image, unit, middle, axes
        self.pencil = ImageDraw.Draw(image)

    def place(self, points: NDArray[np.float64]) -> Points:
        """Pixels of points."""
        return [tuple(point) for point in self.middle + self.unit * points @ self.axes]

    def polygon(self, points: NDArray[np.float64], colour: Colour) -> None:
        """Fill an outline."""
        self.pencil.polygon(self.place(points), fill=colour)

    def line(self, points: NDArray[np.float64], colour: Colour, width: float) -> None:
        """Draw an open line."""
        pixels = max(1, round(width * self.unit))
        self.pencil.line(self.place(points), fill=colour, width=pixels, joint="curve")

    def ellipse(self, x: float, y: float, a: float, b: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y) with half axes a and b."""
        self.polygon(ring(x, y, a, b), colour)

    def shade(self, x: float, y: float, a: float, b: float, colour: Colour, depth: float) -> None:
        """A soft spot: a smooth bump of opacity."""
        (left, top), (right, bottom) = self.place(np.array([[x - a, y - b], [x + a, y + b]]))
        box = [round(min(left, right)), round(min(top, bottom))]
        size = (max(2, round(abs(right - left))), max(2, round(abs(bottom - top))))
        spot = _BUMP.resize(size, Image.Resampling.BILINEAR).point(
            [round(depth * value) for value in range(256)]
        )
        self.image.paste(colour, (box[0], box[1]), spot)


def _bump() -> Image.Image:
    line = np.linspace(-1, 1, 48)
    distance = np.hypot(*np.meshgrid(line, line))
    return Image.fromarray((255 * np.clip(1 - distance**2, 0, 1)).astype(np.uint8))


_BUMP = _bump()


def ring(x: float, y: float, a: float, b: float, power: float = 2.0) -> NDArray[np.float64]:
    """Outline of an ellipse, or of a rounder box for a larger power, (40, 2)."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    cosine, sine = np.cos(angles), np.sin(angles)
    across = a * np.sign(cosine) * np.abs(cosine) ** (2 / power)
    return np.column_stack([x + across, y + b * np.sign(sine) * np.abs(sine) ** (2 / power)])


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two."""
    mixed = (round(a + share * (b - a)) for a, b in zip(one, other, strict=True))
    return tuple(mixed)  # type: ignore[return-value]
