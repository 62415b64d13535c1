"""Drawn faces that move, frame by frame."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from scripts.sample_corpora.pen import Pen, mix, ring
from scripts.sample_corpora.people import Expression, Person, Pose

Floats = NDArray[np.float64]

_SCALE = 2  # frames are drawn larger by this factor, then reduced


def background(who: Person, size: tuple[int, int], generator: np.random.Generator) -> Image.Image:
    """An uneven wall, the same through a clip."""
    coarse = generator.normal(0, 9, (5, 7, 1)) + np.array(who.wall, dtype=float)
    wall = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8))
    return wall.resize((size[0] * _SCALE, size[1] * _SCALE), Image.Resampling.BICUBIC)


def draw(
    who: Person,
    expression: Expression,
    pose: Pose,
    wall: Image.Image,
    gaze: float = 0.0,
    hidden: bool = False,
) -> Image.Image:
    """One frame.

    Parameters
    ----------
    who : Person
    expression : Expression
        Added to the person's face at rest.
    pose : Pose
    wall : Image
        Of `background`; its size is twice the frame's.
    gaze : float
        Sideways, -1 to 1.
    hidden : bool
        The head is turned away, so that hair is seen where the face was.

    Returns
    -------
    Image, RGB
    """
    now = who.rest + expression
    image = wall.copy()
    width, height = image.size
    unit = 0.235 * height * pose.size  # half the head's width, in drawn pixels
    middle = np.array([width / 2 + 2 * unit * pose.x, height * 0.47 + 2 * unit * pose.y])
    turn = np.deg2rad(pose.roll)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    pen = Pen(image, unit, middle, axes)
    _body(pen, who)
    _head(pen, who)
    if hidden:
        pen.ellipse(0, -0.1, 1.0, 1.25, who.hair)
    else:
        _eyes(pen, who, now, gaze)
        _nose(pen, who)
        _mouth(pen, who, now)
    small = pen.image.reduce(_SCALE)
    return small.filter(ImageFilter.GaussianBlur(0.5))


def _body(pen: Pen, who: Person) -> None:
    pen.polygon(ring(0, 3.1, 2.1, 1.5), who.clothes)
    pen.polygon(ring(0, 1.35, 0.5, 0.6), mix(who.skin, (60, 30, 20), 0.3))
    if who.long_hair:
        pen.polygon(ring(0, 0.15, 1.2, 1.55), mix(who.hair, (0, 0, 0), 0.15))


def _head(pen: Pen, who: Person) -> None:
    outline = ring(0, 0, 1, who.length)
    low = np.clip(outline[:, 1], 0, None) / who.length
    outline[:, 0] *= 1 - (1 - who.jaw_width) * low**1.5
    top = ring(0, -0.28, 1.1, 1.28)
    pen.polygon(top, who.hair)
    dark = mix(who.skin, (70, 36, 24), 0.32)
    pen.polygon(outline, dark)
    pen.shade(0.0, 0.05, 1.15, 1.5, who.skin, 1.0)
    pen.shade(-0.15, -0.05, 0.85, 1.15, mix(who.skin, (255, 245, 235), 0.25), 0.6)
    fringe = ring(0, -0.42, 1.02, 1.02)
    fringe = fringe[fringe[:, 1] < -who.hairline]
    pen.polygon(fringe, who.hair)
    if who.beard:
        pen.shade(0, 0.95, 0.8, 0.55, who.hair, who.beard)


def _eyes(pen: Pen, who: Person, now: Expression, gaze: float) -> None:
    y = -0.12
    opening = float(np.clip(0.09 * (1 + 0.8 * now.eyes), 0.012, 0.19))
    for side in (-1, 1):
        x = side * who.eye_distance
        pen.shade(x, y - 0.02, 0.34, 0.27, mix(who.skin, (60, 30, 24), 0.55), 0.75)
        across = np.linspace(-1, 1, 13)
        lids = np.sqrt(1 - across**2)
        upper = np.column_stack([x + who.eye_size * across, y - opening * lids])
        lower = np.column_stack([x + who.eye_size * across, y + 0.75 * opening * lids])
        pen.polygon(np.vstack([upper, lower[::-1]]), (240, 238, 234))
        radius = 0.085
        iris = ring(x + 0.05 * gaze, y, radius, min(radius, 1.05 * opening))
        pen.polygon(iris, who.iris)
        pen.polygon(ring(x + 0.05 * gaze, y, 0.045, min(0.045, opening)), (16, 14, 14))
        pen.ellipse(x + 0.05 * gaze - 0.025, y - 0.03, 0.016, 0.016, (250, 250, 250))
        pen.line(upper, (52, 34, 28), 0.035)
        pen.line(lower, mix(who.skin, (70, 40, 30), 0.5), 0.015)
        height = y - who.brow_height - 0.13 * now.brows
        along = np.linspace(0, 1, 8)  # from the inner end
        inner = who.eye_distance - 0.23 + 0.05 * -max(now.frown, 0)
        brow_x = side * (inner + 0.46 * along)
        arch = -0.06 * np.sin(np.pi * along)
        slant = 0.13 * now.frown * (1 - along) ** 1.5
        brow = np.column_stack([brow_x, height + arch + slant])
        pen.line(brow, mix(who.hair, (30, 20, 16), 0.4), who.brow_width)


def _nose(pen: Pen, who: Person) -> None:
    shadow = mix(who.skin, (80, 40, 30), 0.5)
    pen.shade(0.1, 0.16, 0.13, 0.4, shadow, 0.5)
    pen.shade(0, 0.4, who.nose + 0.1, 0.14, shadow, 0.7)
    pen.shade(-0.03, 0.26, 0.1, 0.26, mix(who.skin, (255, 250, 240), 0.4), 0.7)
    for side in (-1, 1):
        pen.ellipse(side * who.nose * 0.5, 0.41, 0.05, 0.028, mix(who.skin, (40, 16, 14), 0.75))


def _mouth(pen: Pen, who: Person, now: Expression) -> None:
    y = 0.74
    half = who.mouth_width * (1 + 0.28 * now.width)
    opening = float(np.clip(0.26 * now.jaw, 0.0, 0.34))
    across = np.linspace(-1, 1, 15)
    curve = -0.13 * now.corners * (across**2 - 0.4)
    x = half * across
    round_ = np.sqrt(1 - across**2)
    upper_in = y + curve - 0.25 * opening * round_
    lower_in = y + curve + 0.75 * opening * round_
    upper_out = upper_in - who.lips * (round_ - 0.25 * np.exp(-((across / 0.18) ** 2)))
    lower_out = lower_in + 1.25 * who.lips * round_
    lip = mix(who.skin, (150, 40, 52), 0.55)
    pen.shade(0, float(lower_out.max()) + 0.07, 0.3, 0.09, mix(who.skin, (60, 30, 24), 0.5), 0.6)
    pen.polygon(_between(x, upper_out, lower_out), lip)
    if opening > 0.02:
        pen.polygon(_between(x, upper_in, lower_in), (52, 18, 20))
        if opening > 0.06:
            teeth = _between(0.75 * x, upper_in + 0.01, upper_in + 0.3 * opening)
            pen.polygon(teeth, (228, 222, 212))
    else:
        pen.line(np.column_stack([x, y + curve]), mix(lip, (30, 8, 10), 0.6), 0.03)


def _between(x: Floats, upper: Floats, lower: Floats) -> Floats:
    """Outline of the area between two curves over the same x, (points, 2)."""
    return np.vstack([np.column_stack([x, upper]), np.column_stack([x, lower])[::-1]])
