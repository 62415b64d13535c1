"""Strengths of what is planted in the IEMOCAP sample: `effects.yaml`."""

from typing import ClassVar

from lib.settings import Settings
from scripts.sample_corpora.effects import Planted


class Strength(Settings):
    """How much of a quantity is the speaker's own, shared by all, and chance around both."""

    own: float
    shared: float
    utterance: float


class Movement(Settings):
    """How emotion shows in a seated speaker's movement."""

    claim: str
    posture: Strength
    amplitude: Strength
    tempo: Strength
    slowest: float
    fastest: float
    shared_posture: dict[str, dict[str, float]]
    shared_energy: dict[str, float]


class Jitter(Settings):
    """Noise of 2D detections, whatever the emotion."""

    claim: str
    pixels: float
    lowest: float
    highest: float
    envelope: float


class Voice(Settings):
    """How arousal shows in the voice."""

    claim: str
    arousal: dict[str, float]
    utterance: float
    semitones: float
    decibels: float
    tilt: float
    rate: float


class Words(Settings):
    """How valence shows in the words."""

    claim: str
    sentences: dict[str, dict[str, float]]


class Quirks(Settings):
    """Flaws of recording and detection, whatever the emotion."""

    absent: float
    missed_a_minute: float
    strangers_a_minute: float
    switched_tracks: float


class Iemocap(Settings):
    """Effects of the IEMOCAP sample."""

    movement: Movement
    jitter: Jitter
    voice: Voice
    words: Words
    quirks: Quirks


class Effects(Planted):
    """Content of the file."""

    SHIPPED: ClassVar[str] = "effects.yaml"
    COPY: ClassVar[str] = "effects.yaml"

    iemocap: Iemocap
