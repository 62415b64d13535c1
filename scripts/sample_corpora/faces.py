"""Drawn faces that move: an identity, an expression, a frame."""

from dataclasses import dataclass, fields

import numpy as np
from PIL import Image, ImageFilter

from scripts.sample_corpora.pen import Colour, Pen, mix, ring
from scripts.sample_corpora.randomness import stream

_SCALE = 2  # drawn larger, then reduced


@dataclass(frozen=True)
class Expression:
    """Movement of the face's parts, 0 at rest; about 1 is as far as a face goes.

    Attributes
    ----------
    jaw : float
        Opening of the mouth; what speech moves.
    corners : float
        Of the mouth, up; negative is down.
    width : float
        Of the mouth.
    brows : float
        Up.
    frown : float
        Inner ends of the brows down and together.
    eyes : float
        Opening of the lids beyond rest.
    """

    jaw: float = 0.0
    corners: float = 0.0
    width: float = 0.0
    brows: float = 0.0
    frown: float = 0.0
    eyes: float = 0.0

    def __add__(self, other: "Expression") -> "Expression":
        return Expression(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __mul__(self, factor: float) -> "Expression":
        return Expression(*(factor * getattr(self, field.name) for field in fields(self)))


@dataclass(frozen=True)
class Pose:
    """Where the head is: shift in head widths, roll in degrees, size as factor."""

    x: float = 0.0
    y: float = 0.0
    roll: float = 0.0
    size: float = 1.0


@dataclass(frozen=True)
class Person:
    """What a face looks like, in units of half the head's width.

    Attributes
    ----------
    rest : Expression
        The face at rest; people differ.
    """

    skin: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    wall: Colour
    length: float
    jaw_width: float
    eye_distance: float
    eye_size: float
    brow_height: float
    brow_width: float
    nose: float
    mouth_width: float
    lips: float
    hairline: float
    long_hair: bool
    beard: float
    rest: Expression


_SKINS: tuple[Colour, ...] = (
    (236, 196, 168), (222, 176, 144), (205, 156, 122), (184, 136, 104), (160, 114, 86),
)  # fmt: skip
_HAIRS: tuple[Colour, ...] = (
    (40, 30, 26), (72, 48, 32), (112, 78, 46), (160, 128, 84), (92, 92, 96),
)  # fmt: skip


def person(seed: int, name: str, female: bool) -> Person:
    """The face of that person in the corpus of that seed."""
    draw = stream(seed, "face", name)

    def near(value: float, spread: float) -> float:
        return float(value + spread * np.clip(draw.normal(), -1.6, 1.6))

    skin = _SKINS[draw.integers(len(_SKINS))]
    return Person(
        skin=skin,
        hair=_HAIRS[draw.integers(len(_HAIRS))],
        iris=((60, 80, 110), (70, 50, 36), (70, 96, 66))[draw.integers(3)],
        clothes=tuple(int(value) for value in draw.integers(30, 170, 3)),  # type: ignore[arg-type]
        wall=tuple(int(value) for value in draw.integers(120, 215, 3)),  # type: ignore[arg-type]
        length=near(1.36, 0.05),
        jaw_width=near(0.72 if female else 0.8, 0.04),
        eye_distance=near(0.42, 0.015),
        eye_size=near(0.185 if female else 0.17, 0.01),
        brow_height=near(0.27, 0.025),
        brow_width=near(0.045 if female else 0.065, 0.01),
        nose=near(0.2, 0.02),
        mouth_width=near(0.36, 0.025),
        lips=near(0.085 if female else 0.065, 0.01),
        hairline=near(0.78, 0.06),
        long_hair=female,
        beard=0.0 if female else float(draw.choice([0.0, 0.0, 0.35])),
        rest=Expression(
            corners=near(0, 0.15), width=near(0, 0.15), brows=near(0, 0.15), frown=near(0, 0.15),
            eyes=near(0, 0.1),
        ),
    )  # fmt: skip


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
        pen.line(
            np.column_stack([brow_x, height + arch + slant]),
            mix(who.hair, (30, 20, 16), 0.4), who.brow_width,
        )  # fmt: skip


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
    pen.polygon(
        np.vstack([np.column_stack([x, upper_out]), np.column_stack([x, lower_out])[::-1]]), lip
    )
    inside = np.vstack([np.column_stack([x, upper_in]), np.column_stack([x, lower_in])[::-1]])
    if opening > 0.02:
        pen.polygon(inside, (52, 18, 20))
        if opening > 0.06:
            teeth = np.vstack(
                [np.column_stack([0.75 * x, upper_in + 0.01]),
                 np.column_stack([0.75 * x, upper_in + 0.3 * opening])[::-1]]
            )  # fmt: skip
            pen.polygon(teeth, (228, 222, 212))
    else:
        pen.line(np.column_stack([x, y + curve]), mix(lip, (30, 8, 10), 0.6), 0.03)
