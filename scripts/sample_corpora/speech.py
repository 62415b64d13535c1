"""A synthetic voice: glottal pulses and noise through formants, paced by the letters of a text."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from scripts.sample_corpora.randomness import stream
from scripts.sample_corpora.words import spoken

Floats = NDArray[np.float64]

RATE = 16_000
_BLOCK = 128  # samples in which nothing changes, 8 ms
_MARGIN = 0.04  # seconds of silence before and after the words
_BANDWIDTHS = (80.0, 110.0, 160.0, 220.0)  # hertz, of the formants


@dataclass(frozen=True)
class Voice:
    """A speaker's voice.

    Attributes
    ----------
    pitch : float
        Mean fundamental frequency, hertz.
    tract : float
        Factor on the formants: shorter vocal tracts have higher ones.
    breath : float
        Share of noise in voiced sounds.
    decibels : float
        Loudness relative to the average speaker.
    """

    pitch: float
    tract: float
    breath: float
    decibels: float


@dataclass(frozen=True)
class Manner:
    """How an utterance is spoken, relative to the voice's usual manner.

    Attributes
    ----------
    semitones : float
        Of pitch.
    liveliness : float
        Factor on the movement of pitch.
    decibels : float
        Of loudness.
    tilt : float
        Added to the pole that makes a voice dull; negative is brilliant.
    """

    semitones: float = 0.0
    liveliness: float = 1.0
    decibels: float = 0.0
    tilt: float = 0.0


@dataclass(frozen=True)
class _Sound:
    """Formants in hertz, voicing and noise from 0 to 1, relative length."""

    formants: tuple[float, float, float]
    voicing: float
    noise: float
    length: float
    noise_centre: float = 2500.0


_VOWELS = {
    "i": (300, 2250, 3000),
    "e": (520, 1850, 2550),
    "a": (740, 1250, 2500),
    "o": (500, 900, 2500),
    "u": (340, 950, 2300),
    "y": (320, 2150, 2900),
}
_SPELLINGS = dict(
    pair.split("=")
    for pair in "ee=i ea=i oo=u ou=o ai=e ow=o er=e au=o th=th sh=sh ch=ch ng=n wh=w ph=f ck=k gh=h".split()
)
_CONSONANTS = {
    **{letter: _Sound((450, 1500, 2500), 0.0, 0.9, 0.8, 5500) for letter in ("s", "c", "x")},
    **{letter: _Sound((450, 1500, 2500), 0.0, 0.7, 0.8, 3000) for letter in ("sh", "ch")},
    **{letter: _Sound((400, 1200, 2400), 0.0, 0.35, 0.6, 4500) for letter in ("f", "th")},
    **{letter: _Sound((450, 1500, 2500), 0.5, 0.5, 0.7, 5500) for letter in ("z", "j")},
    "v": _Sound((400, 1200, 2400), 0.5, 0.2, 0.6, 4000),
    "h": _Sound((500, 1500, 2500), 0.0, 0.3, 0.5, 1800),
    **{letter: _Sound((400, 1400, 2500), 0.0, 0.0, 0.7) for letter in ("p", "t", "k", "q")},
    **{letter: _Sound((300, 1300, 2400), 0.25, 0.0, 0.6) for letter in ("b", "d", "g")},
    **{letter: _Sound((260, 1250, 2300), 0.5, 0.0, 0.7) for letter in ("m", "n")},
    **{letter: _Sound((370, 1150, 2400), 0.7, 0.0, 0.6) for letter in ("l", "r", "w")},
}
_PAUSE = _Sound((500, 1500, 2500), 0.0, 0.0, 0.3)


def make(name: str, seed: int, female: bool) -> Voice:
    """The voice of that speaker in the corpus of that seed."""
    generator = stream(seed, "voice", name)
    return Voice(
        (205.0 if female else 115.0) * float(np.exp(generator.normal(0, 0.08))),
        (1.12 if female else 0.97) * float(generator.normal(1, 0.03)),
        float(generator.uniform(0.02, 0.08)),
        float(generator.normal(0, 1.0)),
    )


def speak(text: str, samples: int, voice: Voice, manner: Manner, generator: np.random.Generator) -> Floats:
    """Speech-like sound with the syllable rhythm of a text.

    Parameters
    ----------
    text : str
    samples : int
        Length of the result at 16 kHz; the words fill it but for short margins.
    voice : Voice
    manner : Manner
    generator : numpy.random.Generator

    Returns
    -------
    array, (samples,)
        Sound pressure; speech has a root mean square of about 0.05 at 0 decibels.
    """
    blocks = -(-samples // _BLOCK)
    sounds = _sounds(text)
    lengths = np.array([sound.length for sound in sounds]) * np.exp(generator.normal(0, 0.15, len(sounds)))
    margin = min(_MARGIN * RATE / _BLOCK, blocks / 6)
    ends = margin + np.cumsum(lengths) / lengths.sum() * (blocks - 2 * margin)
    which = np.searchsorted(ends, np.arange(blocks))  # the last index is silence
    table = np.array(
        [(*sound.formants, sound.voicing, sound.noise, sound.noise_centre) for sound in sounds]
        + [(500, 1500, 2500, 0.0, 0.0, 2500)]
    )
    tracks = table[which]
    tracks[: int(margin), 3:5] = 0
    tracks = _smooth(tracks)  # (blocks, 6)
    voiced = _voiced(tracks, voice, manner, generator)
    hiss = _hiss(tracks, generator)
    sound = (voiced + hiss)[:samples]
    active = np.abs(sound) > 0.1 * np.abs(sound).max()
    level = 0.05 * 10 ** ((voice.decibels + manner.decibels) / 20)
    return sound * (level / float(np.sqrt(np.mean(sound[active] ** 2))))


def _sounds(text: str) -> list[_Sound]:
    sounds = []
    for word in re.findall(r"[a-z]+", spoken(text)):
        letters = re.findall("|".join([*_SPELLINGS, "[a-z]"]), re.sub(r"(?<=[a-z]{2})e$", "", word))
        for letter in letters:
            letter = _SPELLINGS.get(letter, letter)
            if letter in _VOWELS:
                sounds.append(_Sound(_VOWELS[letter], 1.0, 0.0, 1.6))
            else:
                sounds.append(_CONSONANTS[letter])
        sounds.append(_PAUSE)
    return sounds[:-1] or [_Sound(_VOWELS["e"], 1.0, 0.0, 1.0)]


def _smooth(tracks: Floats) -> Floats:
    padded = np.pad(tracks, ((2, 2), (0, 0)), "edge")
    weights = (0.1, 0.25, 0.3, 0.25, 0.1)
    return np.sum(
        [weight * padded[shift : shift + len(tracks)] for shift, weight in enumerate(weights)],
        axis=0,
    )


def _voiced(tracks: Floats, voice: Voice, manner: Manner, generator: np.random.Generator) -> Floats:
    """Glottal pulses and breath through the formants, (blocks * 128,)."""
    blocks = len(tracks)
    samples = blocks * _BLOCK
    along = np.linspace(0, 1, blocks)
    accents = np.interp(along, np.linspace(0, 1, 7), generator.normal(0, 1.2, 7))
    semitones = manner.semitones + manner.liveliness * (1.5 - 3 * along + accents)
    pitch = voice.pitch * 2 ** (semitones / 12) * np.exp(generator.normal(0, 0.008, blocks))
    phase = np.cumsum(np.interp(np.arange(samples), _middles(blocks), pitch)) / RATE % 1.0
    # derivative of Rosenberg's glottal pulse: slow opening, fast closing
    opening, closing = 0.45, 0.15
    flow = np.where(
        phase < opening,
        np.sin(np.pi * phase / opening) * 0.5,
        np.where(phase < opening + closing, -np.sin(np.pi / 2 * (phase - opening) / closing) * 1.5, 0.0),
    )
    flow += voice.breath * generator.normal(size=samples)
    pole = float(np.clip(0.55 + manner.tilt, 0.1, 0.95))
    flow = lfilter([1 - pole], [1, -pole], flow)
    flow *= np.interp(np.arange(samples), _middles(blocks), tracks[:, 3])
    formants = np.column_stack([tracks[:, :3], np.full(blocks, 3500.0)]) * voice.tract
    for number, bandwidth in enumerate(_BANDWIDTHS):
        flow = _resonate(flow, formants[:, number], bandwidth)
    return flow


def _hiss(tracks: Floats, generator: np.random.Generator) -> Floats:
    samples = len(tracks) * _BLOCK
    noise = generator.normal(size=samples)
    noise *= 0.5 * np.interp(np.arange(samples), _middles(len(tracks)), tracks[:, 4])
    return 0.3 * _resonate(noise, tracks[:, 5], 1500.0)


def _resonate(sound: Floats, frequency: Floats, bandwidth: float) -> Floats:
    """Second-order resonator with gain 1 at low frequencies; changes from block to block."""
    radius = np.exp(-np.pi * bandwidth / RATE)
    second = radius * radius
    firsts = -2 * radius * np.cos(2 * np.pi * np.minimum(frequency, 7500.0) / RATE)
    result = np.empty_like(sound)
    state = np.zeros(2)
    for block, first in enumerate(firsts):
        part = slice(block * _BLOCK, (block + 1) * _BLOCK)
        result[part], state = lfilter([1 + first + second], [1, first, second], sound[part], zi=state)
    return result


def _middles(blocks: int) -> Floats:
    return (np.arange(blocks, dtype=np.float64) + 0.5) * _BLOCK
