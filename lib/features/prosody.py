"""Prosody of an utterance: five contours of pitch, voice and loudness, by seven functionals."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from lib.features.speech import RATE

CONTOURS = ("F0", "log F0", "voicing", "harmonics-to-noise ratio", "loudness")
FUNCTIONALS = ("mean", "deviation", "slope", "centroid", "10 %", "90 %", "range")
NAMES = [f"{contour}, {functional}" for contour in CONTOURS for functional in FUNCTIONALS]

HOP = RATE // 100
_LONG, _SHORT = round(0.055 * RATE), round(0.020 * RATE)
_LOWEST, _HIGHEST = 52.0, 620.0
_HARMONICS, _COMPRESSION, _CANDIDATES = 15, 0.85, 6
_QUIET = 0.0008  # root mean square below which nothing is pitched
_VOICED = 0.7  # voicing from which a frame is voiced

Array = NDArray[np.float64]


def prosody35(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 35 prosodic values of MDRE, by definitions that need no openSMILE.

    F0 by sub-harmonic summation of 55 ms Gaussian windows on an octave scale, smoothed by the
    Viterbi algorithm; voicing and harmonics-to-noise ratio; loudness from 26 auditory bands; each
    contour smoothed over three frames. Functionals of the first four are over voiced frames.

    Parameters
    ----------
    wave : array, (samples,)
        16 kHz, within [-1, 1], at least 55 ms.

    Returns
    -------
    array, (35,)
        Columns `NAMES`; functionals of a contour without voiced frames are 0.

    References
    ----------
    shi2020 section IV.B; shi2021 section IV.B; the contours from MDRE's public configuration.
    """
    found = contours(wave)
    values = [functionals(contour, nonzero=True) for contour in found[:, :4].T]
    return np.concatenate([*values, functionals(found[:, 4], nonzero=False)]).astype(np.float32)


def contours(wave: NDArray[np.float32]) -> Array:
    """The five smoothed contours, (frames, 5); the first four are 0 where there is no voice."""
    pitch, voicing, ratio = _pitch(np.asarray(wave, float))
    loudness = _loudness(np.asarray(wave, float))
    number = min(len(pitch), len(loudness))
    voiced = pitch > 0
    semitones = np.where(voiced, 12 * np.log2(np.maximum(pitch, 1) / 27.5), 0)
    first = [smooth(contour, nonzero=True) for contour in (pitch, semitones, voicing, ratio)]
    return np.column_stack([*(c[:number] for c in first), smooth(loudness)[:number]])


def smooth(contour: Array, nonzero: bool = False) -> Array:
    """Moving average over three frames; with `nonzero`, zeros stay and do not count."""
    padded = np.pad(contour, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3)  # (frames, 3)
    if not nonzero:
        return windows.mean(axis=1)
    counted = windows != 0
    return np.where(contour != 0, windows.sum(axis=1) / np.maximum(counted.sum(axis=1), 1), 0)


def functionals(contour: Array, nonzero: bool) -> Array:
    """Mean, standard deviation, slope a frame, centroid, 10th and 90th percentile, their range.

    Parameters
    ----------
    contour : array, (frames,)
    nonzero : bool
        Only the frames whose value is not 0 count, as if they followed each other.

    Returns
    -------
    array, (7,)
        The centroid lies between 0, the first frame, and 1. Zeros if no frame counts.
    """
    values = contour[contour != 0] if nonzero else contour
    if not len(values):
        return np.zeros(len(FUNCTIONALS))
    frames = np.arange(len(values))
    slope = np.polyfit(frames, values, 1)[0] if len(values) > 1 else 0.0
    total = values.sum()
    centroid = (values * frames).sum() / total / len(values) if total else 0.0
    low, high = np.percentile(values, [10, 90])
    return np.array([values.mean(), values.std(), slope, centroid, low, high, high - low])


def _frames(wave: Array, size: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(wave, size)[::HOP]  # (frames, size)


@cache
def _gaussian() -> Array:
    half = (_LONG - 1) / 2
    return np.exp(-0.5 * ((np.arange(_LONG) - half) / (0.4 * half)) ** 2)


def _pitch(wave: Array) -> tuple[Array, Array, Array]:
    """F0 in hertz, voicing and harmonics-to-noise ratio in dB; 0 where unvoiced."""
    frames = _frames(wave, _LONG) * _gaussian()
    spectrum = np.abs(np.fft.rfft(frames, 1024))  # (frames, 513)
    frequencies, scores = _subharmonic_sums(spectrum)
    candidates, strength = _peaks(frequencies, scores)
    voicing = _voicing(scores, strength)
    path = _viterbi(candidates, strength, voicing)
    loud = np.sqrt((frames**2).mean(axis=1)) > _QUIET
    rows = np.arange(len(frames))
    chosen = np.where((path >= 0) & loud, candidates[rows, np.maximum(path, 0)], 0)
    voiced = chosen > 0
    ratio = _harmonics_to_noise(spectrum, chosen)
    return chosen, np.where(voiced, voicing, 0), np.where(voiced, ratio, 0)


def _subharmonic_sums(spectrum: Array) -> tuple[Array, Array]:
    """Sub-harmonic sums, (frames, points), at frequencies on an octave scale, (points,)."""
    bins = np.arange(spectrum.shape[1]) * RATE / 1024
    points = spectrum.shape[1]
    octaves = np.linspace(np.log2(25), np.log2(RATE / 2), points)
    step = octaves[1] - octaves[0]
    scaled = np.maximum(CubicSpline(bins, spectrum, axis=1)(2**octaves), 0)
    smoothed = np.copy(scaled)
    smoothed[:, 1:-1] = (scaled[:, :-2] + 2 * scaled[:, 1:-1] + scaled[:, 2:]) / 4
    weight = 0.5 + np.arctan(3 * (octaves - octaves[0]) / (octaves[-1] - octaves[0]) * 2) / np.pi
    weighted = smoothed * weight
    sums = np.zeros_like(weighted)
    for harmonic in range(1, _HARMONICS + 1):
        shift = round(np.log2(harmonic) / step)
        if shift < points:
            part = weighted[:, shift:]
            sums[:, : part.shape[1]] += _COMPRESSION ** (harmonic - 1) * part
    return 2**octaves, sums / _HARMONICS


def _peaks(frequencies: Array, scores: Array) -> tuple[Array, Array]:
    """Highest local maxima within the range of pitch, (frames, candidates), 0 where fewer."""
    inside = (frequencies >= _LOWEST) & (frequencies <= _HIGHEST)
    inside[[0, -1]] = False
    places = np.flatnonzero(inside)
    centre = scores[:, places]
    peak = (centre > scores[:, places - 1]) & (centre >= scores[:, places + 1])
    ranked = np.where(peak, centre, 0)
    order = np.argsort(-ranked, axis=1, kind="stable")[:, :_CANDIDATES]
    strength = np.take_along_axis(ranked, order, axis=1)
    left, right = scores[:, places - 1], scores[:, places + 1]
    curve = left - 2 * centre + right
    offset = np.where(curve < 0, 0.5 * (left - right) / np.where(curve < 0, curve, 1), 0)
    step = np.log2(frequencies[1] / frequencies[0])
    exact = frequencies[places] * 2 ** (np.clip(offset, -0.5, 0.5) * step)
    return np.where(strength > 0, np.take_along_axis(exact, order, axis=1), 0), strength


def _voicing(scores: Array, strength: Array) -> Array:
    """How far the best candidate stands out of the mean of all sums, 0 to 1, (frames,)."""
    mean = scores.mean(axis=1)
    best = strength[:, 0]
    return np.where(best > mean, 1 - mean / np.maximum(best, 1e-12), 0)


def _viterbi(candidates: Array, strength: Array, voicing: Array) -> NDArray[np.intp]:
    """Cheapest path through the candidates of each frame; -1 is unvoiced, (frames,)."""
    frames, number = candidates.shape
    relative = strength / np.maximum(strength[:, :1], 1e-12)
    local = np.where(candidates > 0, 2 * (1 - relative), 1e6)
    local += 4 * np.maximum(_VOICED - voicing, 0)[:, None] / _VOICED
    local = np.column_stack([local, 4 * np.maximum(voicing - _VOICED, 0) / (1 - _VOICED)])
    octaves = np.log2(np.maximum(candidates, 1))
    cost = local[0]
    back = np.zeros((frames, number + 1), np.intp)
    for frame in range(1, frames):
        jump = np.zeros((number + 1, number + 1))
        jump[:-1, :-1] = 10 * np.abs(octaves[frame - 1][:, None] - octaves[frame][None])
        jump[-1, :-1] = jump[:-1, -1] = 0.5
        total = cost[:, None] + jump
        back[frame] = total.argmin(axis=0)
        cost = total.min(axis=0) + local[frame]
    path = np.empty(frames, np.intp)
    path[-1] = cost.argmin()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return np.where(path == number, -1, path)


def _harmonics_to_noise(spectrum: Array, pitch: Array) -> Array:
    """Autocorrelation at the pitch's period by what is left of that at lag 0, dB, (frames,)."""
    correlation = np.fft.irfft(spectrum**2, 1024)  # (frames, 1024)
    lag = np.where(pitch > 0, RATE / np.maximum(pitch, 1), 1).round().astype(int)
    rows = np.arange(len(pitch))
    around = np.stack([correlation[rows, np.clip(lag + shift, 1, 511)] for shift in (-1, 0, 1)])
    harmonic, whole = around.max(axis=0), correlation[:, 0]
    share = np.clip(harmonic / np.maximum(whole, 1e-12), 1e-6, 1 - 1e-6)
    return 10 * np.log10(share / (1 - share))


@cache
def _mel_bands() -> tuple[Array, Array]:
    """Triangular mel filters, (257, 26), and the equal-loudness weight of each band."""
    lowest, highest = 2595 * np.log10(1 + np.array([20.0, 8000.0]) / 700)
    edges = np.linspace(lowest, highest, 28)
    bins = 2595 * np.log10(1 + np.arange(257) * RATE / 512 / 700)
    rise = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    centre = (2 * np.pi * 700 * (10 ** (edges[1:-1] / 2595) - 1)) ** 2
    loudness = (centre + 56.8e6) * centre**2 / ((centre + 6.3e6) ** 2 * (centre + 0.38e9))
    loudness *= 1 / (centre**3 / 9.58e26 + 1)
    return np.clip(np.minimum(rise, fall), 0, None), loudness


def _loudness(wave: Array) -> Array:
    """Mean over auditory bands, each weighted by equal loudness and raised to 0.33, (frames,).

    openSMILE's sum is the same contour in another scale.
    """
    power = np.abs(np.fft.rfft(_frames(wave, _SHORT) * np.hamming(_SHORT), 512)) ** 2
    filters, loudness = _mel_bands()
    return ((power @ filters * loudness) ** 0.33).mean(axis=1)
