"""Strengths of what is planted in the samples of RML and eNTERFACE'05: `audiovisual.yaml`."""

from pathlib import Path

import yaml

from lib.settings import Settings

PATH = Path(__file__).with_name("audiovisual.yaml")


class Timing(Settings):
    """Ranges in seconds."""

    claim: str
    before: tuple[float, float]
    speech: tuple[float, float]
    after: tuple[float, float]
    rise: float


class Face(Settings):
    """How emotion shows in the face."""

    claim: str
    shared: dict[str, dict[str, float]]
    strength: float
    own: float
    utterance: float


class VoiceEffect(Settings):
    """How emotion shows in the voice."""

    claim: str
    shared: dict[str, dict[str, float]]
    own: float
    utterance: float


class Quirks(Settings):
    """Noise, and faces that are turned away."""

    rumble: tuple[float, float]
    hiss: tuple[float, float]
    turned: float
    faceless: int


class Effects(Settings):
    """Effects of both samples."""

    timing: Timing
    face: Face
    voice: VoiceEffect
    quirks: Quirks


def load(path: Path = PATH) -> Effects:
    """Read an effects file; the default is the one that ships with the generator."""
    return Effects.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
