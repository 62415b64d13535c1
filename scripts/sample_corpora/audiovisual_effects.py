"""Strengths of what is planted in the samples of RML and eNTERFACE'05: `audiovisual.yaml`."""

from typing import ClassVar

from lib.settings import Settings
from scripts.sample_corpora.effects import Planted


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


class Effects(Planted):
    """Effects of both samples."""

    SHIPPED: ClassVar[str] = "audiovisual.yaml"
    COPY: ClassVar[str] = "audiovisual.yaml"

    timing: Timing
    face: Face
    voice: VoiceEffect
    quirks: Quirks
