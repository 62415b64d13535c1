"""Movement of a speaker over a whole dialogue."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from scripts.sample_corpora.actors import DEGREES, PATTERNS, SCALES, Actor, Floats, pose
from scripts.sample_corpora.detections import Picture
from scripts.sample_corpora.iemocap_effects import Movement

AMPLITUDE = 0.8
"""Amplitude of an average pattern, in units of the degrees of freedom."""
LISTENING = 0.35
"""Amplitude of a listener, relative to an average speaker's."""
TRANSITION = 0.13
"""Width in seconds of the change from one posture to the next."""
DRIFT = 0.15
"""Amplitude of slow changes of posture, in units of the degrees of freedom."""


@dataclass(frozen=True)
class Spell:
    """A time in which a speaker speaks with one emotion, seconds; absent: out of the picture."""

    start: float
    end: float
    label: str
    absent: bool = False


def joints(
    actor: Actor,
    spells: Sequence[Spell],
    picture: Picture,
    left: bool,
    generator: np.random.Generator,
    effects: Movement,
) -> Floats:
    """Skeleton of one speaker in every frame of a dialogue.

    Between utterances the speaker listens: rest posture, little movement.

    Parameters
    ----------
    actor : Actor
    spells : sequence of Spell
        The speaker's own utterances, in order.
    picture : Picture
        Of its frames and their rate.
    left : bool
        Whether the speaker sits in the left half of the picture.
    generator : numpy.random.Generator
    effects : Movement

    Returns
    -------
    array, (frames, 17, 3)
        Human3.6M joints in metres, camera space.
    """
    frames, fps = picture.frames, picture.fps
    times = np.arange(frames) / fps
    posture = np.zeros((frames, len(DEGREES)))
    amplitude = np.full((frames, len(PATTERNS)), LISTENING)
    tempo = np.full(frames, 0.6)
    away = np.zeros(frames)
    for spell in spells:
        style = actor.styles.get(spell.label, actor.styles["other"])
        during = (times >= spell.start - TRANSITION) & (times < spell.end + TRANSITION)
        posture[during] = style.posture + generator.normal(0, effects.posture.utterance, len(DEGREES))
        amplitude[during] = style.amplitude * np.exp(
            generator.normal(0, effects.amplitude.utterance, len(PATTERNS))
        )
        tempo[during] = style.tempo * np.exp(generator.normal(0, effects.tempo.utterance))
        if spell.absent:
            away[(times >= spell.start - 0.3) & (times < spell.end + 0.3)] = 1.0
    tempo = np.clip(tempo, effects.slowest, effects.fastest)
    width = TRANSITION * fps
    posture, amplitude, tempo, away = (
        gaussian_filter1d(track, width, axis=0, mode="nearest") for track in (posture, amplitude, tempo, away)
    )
    speeds = tempo[:, None] * np.array([1.0, 0.8, 1.0, 0.9])
    phases = 2 * np.pi * (np.cumsum(speeds, axis=0) / fps + generator.random(len(PATTERNS)))
    waves = AMPLITUDE * amplitude * np.sin(phases)  # (frames, patterns)
    degrees = actor.rest + SCALES * (posture + waves @ PATTERNS + drift(generator, times))
    side = -1.0 if left else 1.0
    root = np.empty((frames, 3))
    root[:] = actor.place * [side, 1.0, 1.0]
    root[:, 0] += side * 1.1 * away  # leaves the picture at the speaker's own side
    return pose(actor, degrees, root, side * actor.turn)


def drift(generator: np.random.Generator, times: Floats) -> Floats:
    """Slow change of posture that has nothing to do with what is said, (frames, 9)."""
    periods = generator.uniform(8, 25, len(DEGREES))
    phases = generator.uniform(0, 2 * np.pi, len(DEGREES))
    return DRIFT * np.sin(2 * np.pi * times[:, None] / periods + phases)
