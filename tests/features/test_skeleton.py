import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from lib.features.kinematics import UPPER_BODY
from lib.features.skeleton import (
    FilterSettings,
    ShortSequence,
    cut,
    low_pass,
    pad,
    shortest,
    upper_body,
)

ZERO_PHASE = FilterSettings(order=8, cut_off=0.1, direction="zero phase")
CAUSAL = FilterSettings(order=8, cut_off=0.1, direction="causal")
FPS = 30


def sine(hertz, seconds=40):
    times = np.arange(seconds * FPS) / FPS
    return np.tile(np.sin(2 * np.pi * hertz * times)[:, None, None], (1, 2, 3))


def gain(hertz, settings):
    filtered = low_pass(sine(hertz), settings, "s")[10 * FPS : -10 * FPS, 0, 0]
    return np.sqrt(2 * np.mean(filtered**2))


def test_slow_movement_stays_and_jitter_goes():
    assert gain(0.5, ZERO_PHASE) == pytest.approx(1, abs=0.01)
    assert gain(6.0, ZERO_PHASE) < 1e-6
    assert gain(1.5, ZERO_PHASE) == pytest.approx(0.5, abs=0.02)  # -6 dB at the cut-off
    assert gain(1.5, CAUSAL) == pytest.approx(np.sqrt(0.5), abs=0.02)  # -3 dB


def test_zero_phase_does_not_delay_and_causal_does():
    signal = sine(0.5)[:, 0, 0]
    middle = slice(10 * FPS, 30 * FPS)
    straight = low_pass(sine(0.5), ZERO_PHASE, "s")[:, 0, 0]
    delayed = low_pass(sine(0.5), CAUSAL, "s")[:, 0, 0]
    assert np.abs(straight[middle] - signal[middle]).max() < 0.01
    assert np.abs(delayed[middle] - signal[middle]).max() > 0.5


def test_equals_scipy():
    movement = np.random.default_rng(0).normal(size=(100, 10, 3))
    expected = sosfiltfilt(butter(8, 0.1, output="sos"), movement, axis=0)
    np.testing.assert_allclose(low_pass(movement, ZERO_PHASE, "s"), expected)


def test_too_short_for_the_padding():
    enough = shortest(ZERO_PHASE)
    assert enough == 28
    assert len(low_pass(np.zeros((enough, 1, 3)), ZERO_PHASE, "u")) == enough
    with pytest.raises(ShortSequence, match=r"Ses01F_F003: 27 frames .* whole dialogue"):
        low_pass(np.zeros((enough - 1, 1, 3)), ZERO_PHASE, "Ses01F_F003")
    assert len(low_pass(np.zeros((5, 1, 3)), CAUSAL, "u")) == 5


def test_a_joint_that_is_no_number_is_named():
    movement = np.zeros((60, 2, 3))
    movement[41:44, 1, 2] = np.nan
    with pytest.raises(ValueError, match=r"Ses01F: .* in 3 frames, first in frame 41"):
        low_pass(movement, ZERO_PHASE, "Ses01F")


def test_cutting_and_padding():
    movement = np.arange(90.0)[:, None, None] * np.ones((1, 17, 3))
    assert cut(movement, 1.0, 2.0, FPS)[:, 0, 0].tolist() == list(range(30, 60))
    assert len(cut(movement, 2.9, 9.0, FPS)) == 3
    assert len(cut(movement, 50.0, 60.0, FPS)) == 1
    assert upper_body(movement).shape == (90, len(UPPER_BODY), 3)
    padded, length = pad(movement[:20], 32)
    assert (padded.shape, length) == ((32, 17, 3), 20)
    assert not padded[20:].any()
    cropped, length = pad(movement, 32)
    assert (len(cropped), length, cropped[-1, 0, 0]) == (32, 32, 31)
