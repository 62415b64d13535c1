"""Strengths of what is planted in the samples of RECOLA and SEWA: `valence.yaml`."""

from typing import ClassVar

from lib.settings import Settings
from scripts.sample_corpora.effects import Planted


class Course(Settings):
    """How valence changes over time."""

    claim: str
    bandwidth: float
    spread: float
    between: float


class Face(Settings):
    """How valence shows, and what hides it."""

    shared: dict[str, float]
    moment: float
    moment_bandwidth: float


class Distractors(Settings):
    """What moves without valence."""

    claim: str
    brows: float
    jaw: float
    sway: float
    roll: float
    light: float
    bandwidth: float


class Raters(Settings):
    """How people annotate."""

    claim: str
    number: int
    delay: tuple[float, float]
    scale: tuple[float, float]
    level: float
    noise: float


class Quirks(Settings):
    """Faces that are turned away, labels that are longer than the video."""

    hidden: float
    stretch: float
    longer: float


class Effects(Planted):
    """Effects of both samples."""

    SHIPPED: ClassVar[str] = "valence.yaml"
    COPY: ClassVar[str] = "valence.yaml"

    valence: Course
    face: Face
    distractors: Distractors
    raters: Raters
    quirks: Quirks
