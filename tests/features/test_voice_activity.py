import numpy as np
import pytest

from lib.features.voice_activity import (
    VoiceActivitySettings,
    active_windows,
    speech_ratio,
    speech_region,
)

RATE = 16_000


def tone(frequency, seconds, level=0.3):
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def test_ratio_by_equation_one():
    settings = VoiceActivitySettings(window=0.02, hop=0.02, high_pass=0)
    wave = tone(1000, 0.1) + tone(200, 0.1, 0.6)
    times, ratio = speech_ratio(wave, RATE, settings)
    window = wave[320:640]
    amplitude = [abs(sum(window * np.exp(-2j * np.pi * k * np.arange(320) / 320)))
                 for k in range(161)]  # fmt: skip
    frequency = np.arange(161) * RATE / 320
    inside = [a**2 for a, f in zip(amplitude, frequency, strict=True) if 300 <= f <= 3000]
    assert ratio[1] == pytest.approx(sum(inside) / sum(a**2 for a in amplitude))
    assert ratio[1] == pytest.approx(0.2, abs=0.01) and times[1] == pytest.approx(0.03)


@pytest.mark.parametrize("frequency, voice", [(1000, True), (150, False), (5000, False)])
def test_only_the_band_of_speech_is_active(frequency, voice):
    _, active = active_windows(tone(frequency, 1), RATE, VoiceActivitySettings())
    assert active.all() if voice else not active.any()


def test_region_keeps_pauses_and_adds_margins():
    silence = np.zeros(RATE)
    voice, pause = tone(800, 0.8), np.zeros(int(0.1 * RATE))
    wave = np.concatenate([silence, voice, pause, voice, silence])
    wave = wave + np.random.default_rng(0).normal(0, 1e-3, len(wave))
    start, end = speech_region(wave, RATE, VoiceActivitySettings(before=0.2, after=0.3))
    assert start == pytest.approx(0.8, abs=0.05) and end == pytest.approx(3.0, abs=0.05)
    whole = speech_region(voice, RATE, VoiceActivitySettings())
    assert whole == (0.0, pytest.approx(0.8))


def test_silence_has_no_region_and_noise_is_no_voice():
    assert speech_region(np.zeros(RATE), RATE, VoiceActivitySettings()) is None
    noise = np.random.default_rng(1).normal(0, 0.1, RATE)
    assert speech_region(noise, RATE, VoiceActivitySettings()) is None
    with pytest.raises(ValueError, match="shorter than a window"):
        speech_region(np.zeros(10), RATE, VoiceActivitySettings())


OFFSET, HUM = np.full(3 * RATE, 0.05), tone(50, 3)


@pytest.mark.parametrize("damage", [OFFSET, HUM, OFFSET + HUM])
def test_offset_and_hum_do_not_hide_speech(damage):
    silence = np.zeros(RATE)
    wave = np.concatenate([silence, tone(800, 1, 0.1) + tone(2000, 1, 0.1), silence])
    settings = VoiceActivitySettings(high_pass=60)
    clean, damaged = (active_windows(sound, RATE, settings)[1] for sound in (wave, wave + damage))
    assert 0.9 < clean.sum() * settings.hop < 1.1 and (clean != damaged).sum() <= 4
    assert speech_region(wave + damage, RATE, settings) == pytest.approx((0.75, 2.25), abs=0.05)
    ratio = speech_ratio(wave + damage, RATE, settings)[1]
    assert ratio[110:190].min() > 0.9
    unfiltered = VoiceActivitySettings(high_pass=0)
    assert speech_ratio(wave + damage, RATE, unfiltered)[1].max() < 0.9


@pytest.mark.parametrize("wave", [0.1, -0.37, 0.05, HUM])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_rounding_leaves_of_an_offset_is_no_speech(wave, kind):
    for length in (RATE, 3 * RATE - 7):
        sound = np.broadcast_to(wave, 3 * RATE)[:length].astype(kind)
        assert speech_region(sound, RATE, VoiceActivitySettings(high_pass=60)) is None


def test_without_the_high_pass_the_wave_is_as_it_is():
    settings = VoiceActivitySettings(high_pass=0, hop=0.02)
    wave = tone(800, 1, 0.1) + 0.1
    window = np.abs(np.fft.rfft(wave[:320])) ** 2
    expected = window[6:61].sum() / window.sum()
    assert speech_ratio(wave, RATE, settings)[1] == pytest.approx(expected)
    assert expected == pytest.approx(0.2)
    assert not active_windows(wave, RATE, settings)[1].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("high_pass", [0, 60])
@pytest.mark.parametrize("function", [speech_ratio, active_windows, speech_region])
def test_values_that_are_not_finite_are_an_error(function, high_pass, value):
    wave = tone(800, 1)
    wave[5000] = value
    with pytest.raises(ValueError, match="sound has values that are not finite"):
        function(wave, RATE, VoiceActivitySettings(high_pass=high_pass))
