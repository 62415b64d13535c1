"""Voice activity from the share of energy in the frequency band of speech."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from lib.settings import Settings

Samples = NDArray[np.floating]


class VoiceActivitySettings(Settings):
    """Parameters of equation 1, none of which is stated in the paper; seconds and hertz.

    The margins `before` and `after` are delta 1 and delta 2.
    """

    lowest: float = 300.0
    highest: float = 3000.0
    window: float = 0.02
    hop: float = 0.01
    high_pass: float = 60.0
    """The mean and what lies under this are removed from the wave; 0 leaves the wave as it is."""
    threshold: float = 0.6
    """Share of energy in the band from which a window is active."""
    quiet: float = 0.0
    """Share of the loudest window's root mean square up to which sound is no speech; 0: no such limit."""
    smoothing: float = 0.5
    """Length of the median filter over windows."""
    before: float = 0.25
    after: float = 0.25


def speech_ratio(
    wave: Samples, rate: int, settings: VoiceActivitySettings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle of each window, seconds, and the share of its energy in the band of speech.

    SR of priyasad2020 section 3.1, equation 1; 0 without energy. `wave`: (samples,), `rate`: Hz. ValueError
    if the wave is shorter than a window or has values that are not finite.
    """
    windows = _windows(wave, rate, settings)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2  # (windows, frequencies)
    frequencies = np.fft.rfftfreq(windows.shape[1], 1 / rate)
    band = (frequencies >= settings.lowest) & (frequencies <= settings.highest)
    total = power.sum(axis=1)
    ratio = np.where(total > 0, power[:, band].sum(axis=1) / np.where(total > 0, total, 1), 0)
    times = (np.arange(len(windows)) * round(settings.hop * rate) + windows.shape[1] / 2) / rate
    return times, ratio


def active_windows(
    wave: Samples, rate: int, settings: VoiceActivitySettings
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Middle of each window, and whether it is active after the median filter."""
    times, ratio = speech_ratio(wave, rate, settings)
    loudness = np.sqrt((_windows(wave, rate, settings) ** 2).mean(axis=1))
    active = (ratio >= settings.threshold) & (loudness > settings.quiet * loudness.max())
    length = max(1, round(settings.smoothing / settings.hop)) // 2 * 2 + 1
    return times, median_filter(active.astype(np.uint8), size=length, mode="nearest").astype(bool)


def speech_region(wave: Samples, rate: int, settings: VoiceActivitySettings) -> tuple[float, float] | None:
    """Start and end in seconds of the region from the first to the last active window.

    Margins are added, pauses inside are kept; None if no window is active (priyasad2020
    section 3.1: t_start - delta 1 to t_end + delta 2).
    """
    times, active = active_windows(wave, rate, settings)
    if not active.any():
        return None
    start = times[active][0] - settings.window / 2 - settings.before
    end = times[active][-1] + settings.window / 2 + settings.after
    return max(0.0, float(start)), min(len(wave) / rate, float(end))


def _windows(wave: Samples, rate: int, settings: VoiceActivitySettings) -> NDArray[np.float64]:
    """Windows of the wave after the high pass, (windows, samples)."""
    from scipy.signal import butter, sosfiltfilt

    size, hop = round(settings.window * rate), round(settings.hop * rate)
    if len(wave) < size:
        raise ValueError(f"{len(wave)} samples are shorter than a window of {size}")
    if not np.isfinite(wave).all():
        raise ValueError("sound has values that are not finite")
    if settings.high_pass:
        sections = butter(8, settings.high_pass, "highpass", output="sos", fs=rate)
        left = sosfiltfilt(sections, wave - wave.mean())
        wave = np.where(np.abs(left) > 1e-6 * np.abs(wave).max(), left, 0)  # less is rounding
    return np.lib.stride_tricks.sliding_window_view(np.asarray(wave, float), size)[::hop]
