"""Strengths of the effects that are planted in the sample corpora: `effects.yaml`, checked."""

from pathlib import Path

import yaml

from lib.settings import Settings

PATH = Path(__file__).with_name("effects.yaml")


class Strength(Settings):
    """Of one quantity: the speaker's own part, the part shared by all, the spread around both."""

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


class Effects(Settings):
    """Effects of all sample corpora."""

    iemocap: Iemocap


def load(path: Path = PATH) -> Effects:
    """Read an effects file; the default is the one that ships with the generator.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    pydantic.ValidationError
        If a strength is unknown, missing or of the wrong type.
    """
    return Effects.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def write(effects: Effects, path: Path) -> None:
    """Keep a copy of the effects beside the data in which they are planted.

    The file that ships with the generator is copied as it is, with its comments.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if effects == load():
        path.write_bytes(PATH.read_bytes())
    else:
        path.write_text(yaml.safe_dump(effects.model_dump(), sort_keys=False), encoding="utf-8")
