"""People of the talking-face samples: identity, expression, position of the head."""

from dataclasses import dataclass, fields

import numpy as np

from scripts.sample_corpora.pen import Colour
from scripts.sample_corpora.randomness import stream


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


_SKINS = ((236, 196, 168), (222, 176, 144), (205, 156, 122), (184, 136, 104), (160, 114, 86))
_HAIRS = ((40, 30, 26), (72, 48, 32), (112, 78, 46), (160, 128, 84), (92, 92, 96))


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
            corners=near(0, 0.15),
            width=near(0, 0.15),
            brows=near(0, 0.15),
            frown=near(0, 0.15),
            eyes=near(0, 0.1),
        ),
    )
