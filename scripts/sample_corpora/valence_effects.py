"""Strengths of what is planted in the samples of RECOLA and SEWA: `valence.yaml`."""

from pathlib import Path

import yaml

from lib.settings import Settings

PATH = Path(__file__).with_name("valence.yaml")


class Course(Settings):
    """How valence runs."""

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


class Effects(Settings):
    """Effects of both samples."""

    valence: Course
    face: Face
    distractors: Distractors
    raters: Raters
    quirks: Quirks


def load(path: Path = PATH) -> Effects:
    """Read an effects file; the default is the one that ships with the generator."""
    return Effects.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
