"""A synthetic voice whose pitch, loudness and timbre follow arousal."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE = 16_000
# First two formants of five vowels, hertz.
_VOWELS = ((730, 1090), (530, 1840), (270, 2290), (570, 840), (300, 870))


def utterance(
    seconds: float,
    pitch: float,
    arousal: float,
    effects: dict[str, Any],
    generator: np.random.Generator,
) -> NDArray[np.int16]:
    """Syllables of a voice.

    Parameters
    ----------
    seconds : float
    pitch : float
        The speaker's mean fundamental frequency in hertz.
    arousal : float
        About -1 to 1; raises pitch, loudness, speaking rate and high frequencies.
    effects : dict
        The ``voice`` part of the effects file.

    Returns
    -------
    array of int16, (round(seconds * 16000),)
    """
    samples = round(seconds * RATE)
    times = np.arange(samples) / RATE
    rate = 4.0 * 2 ** (0.3 * arousal) * generator.normal(1, 0.05)
    contour = 0.12 * np.sin(2 * np.pi * 0.7 * times + generator.uniform(0, 6)) - 0.1 * times
    frequency = pitch * 2 ** (effects["pitch_octaves"] * arousal + contour)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    harmonics = np.arange(1, 25)
    slope = harmonics ** (-1.4 + effects["tilt"] * arousal)
    source = np.sin(phase[:, None] * harmonics) * slope * (frequency[:, None] * harmonics < 7000)
    voice = source.sum(axis=1)
    voice = voice / np.sqrt((voice**2).mean()) + generator.normal(0, 0.08, samples)
    syllable = np.floor(rate * times).astype(int)
    vowels = generator.integers(len(_VOWELS), size=int(syllable.max(initial=0)) + 1)
    spoken = np.zeros(samples)
    for vowel in range(len(_VOWELS)):
        shaped = voice
        for formant in _VOWELS[vowel]:
            radius = np.exp(-np.pi * 110 / RATE)
            angle = 2 * np.pi * formant / RATE
            shaped = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], shaped)
        spoken += np.where(vowels[syllable] == vowel, shaped, 0)
    envelope = np.abs(np.sin(np.pi * rate * times)) ** 0.6
    spoken *= envelope / np.sqrt(((spoken * envelope) ** 2).mean() + 1e-12)
    gain = 10 ** ((-26 + effects["loudness_decibels"] * arousal) / 20)
    noise = generator.normal(0, 10 ** (-58 / 20), samples)
    return np.round(np.clip(gain * spoken + noise, -0.99, 0.99) * 32767).astype(np.int16)
