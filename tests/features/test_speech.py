import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from lib.features import prosody, speech

needs_opensmile = pytest.mark.skipif(
    find_spec("opensmile") is None, reason="the extra `prosody` is not installed"
)
MFCC_CONFIGURATION = Path(__file__).with_name("opensmile_mfcc.conf")


def voice(seconds=1.6, pitch=140.0, seed=0):
    """A buzz of harmonics whose pitch rises and falls, between two pauses of faint noise."""
    generator = np.random.default_rng(seed)
    time = np.arange(int(seconds * speech.RATE)) / speech.RATE
    frequency = pitch * (1 + 0.15 * np.sin(2 * np.pi * 1.5 * time))
    phase = 2 * np.pi * np.cumsum(frequency) / speech.RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20))
    inside = (time > 0.3) & (time < seconds - 0.3)
    noise = generator.normal(0, 0.002, len(time))
    samples = np.round((0.15 * buzz * inside + noise) * 32768)  # as a wav file holds them
    return (samples / 32768).astype(np.float32), frequency


def recordings(shared_data):
    return [speech.read_speech(p) for p in sorted(shared_data("ravdess").glob("Actor_0[1-4]/*"))[::20]]


def assert_mfcc_agree(wave):
    reference = prosody.opensmile_features(wave, MFCC_CONFIGURATION, "lld")
    ours = speech.mfcc39(wave)
    assert reference.shape == ours.shape and ours.shape[1] == len(speech.MFCC_NAMES) == 39
    inner = slice(0, -2)  # openSMILE's accelerations end two frames earlier
    np.testing.assert_allclose(ours[:, :26], reference[:, :26], atol=2e-3)
    np.testing.assert_allclose(ours[inner], reference[inner], atol=2e-3)


@needs_opensmile
def test_mfcc_equal_opensmile():
    assert_mfcc_agree(voice()[0])
    assert_mfcc_agree(np.zeros(3200, np.float32))


@needs_opensmile
def test_mfcc_equal_opensmile_on_speech(shared_data):
    for wave in recordings(shared_data):
        assert_mfcc_agree(wave)


def test_deltas_by_hand():
    ours = speech.mfcc39(voice()[0])
    static = np.pad(ours[:, :13], ((2, 2), (0, 0)), mode="edge")
    for frame in (0, 7, len(ours) - 1):
        window = static[frame : frame + 5]
        expected = sum(n * (window[2 + n] - window[2 - n]) for n in (1, 2)) / 10
        np.testing.assert_allclose(ours[frame, 13:26], expected, atol=1e-4)


@needs_opensmile
@pytest.mark.parametrize("pitch", [90, 140, 260])
def test_pitch_is_found(pitch):
    wave, frequency = voice(pitch=pitch)
    contours = prosody.opensmile_features(wave, prosody.CONFIGURATION, "lld")
    centre = (np.arange(len(contours)) * 160 + 440).clip(max=len(frequency) - 1)
    steady = (centre > 0.4 * speech.RATE) & (centre < 1.2 * speech.RATE)
    found, true = contours[steady, 0], frequency[centre[steady]]
    assert (found > 0).mean() > 0.9
    assert np.median(np.abs(found / true - 1)) < 0.03
    silent = (centre < 0.25 * speech.RATE) | (centre > 1.35 * speech.RATE)
    assert (contours[silent, 0] > 0).mean() < 0.1


@needs_opensmile
def test_prosody_columns_are_those_of_opensmile():
    wave = voice()[0]
    values = dict(zip(prosody.NAMES, prosody.prosody35(wave), strict=True))
    contours = prosody.opensmile_features(wave, prosody.CONFIGURATION, "lld")
    for contour, column in zip(prosody.CONTOURS, contours.T, strict=True):
        counted = column if contour == "loudness" else column[column != 0]
        low, high = (values[f"{contour}, {edge} %"] for edge in (10, 90))
        expected = [counted.mean(), counted.std(), high - low]
        found = [values[f"{contour}, {name}"] for name in ("mean", "deviation", "range")]
        np.testing.assert_allclose(found, expected, rtol=0.02)
        assert low == pytest.approx(np.percentile(counted, 10), rel=0.05, abs=5e-3)
        assert 0 < values[f"{contour}, centroid"] < 1
    assert 120 < values["F0, mean"] < 160 and abs(values["F0, slope"]) < 1


PUBLISHED = [
    14.044, 135.99, -0.022123, 0.49372, 120.03, 158.42, 38.394,
    1.7565, 27.581, -0.0030819, 0.49415, 25.51, 30.315, 4.8047,
    0.16784, 0.67954, 0.00023654, 0.50122, 0.42432, 0.81569, 0.39137,
    1.5586, 8.2605, -0.0020348, 0.493, 7.8408, 10.177, 2.3357,
    0.51805, 0.84836, 4.0162e-05, 0.49748, 0.16181, 1.3581, 1.1963,
]  # fmt: skip
"""Values of `voice` by MDRE's public configuration (modified_prosodyShsViterbiLoudness.conf)."""


@needs_opensmile
def test_prosody_equals_the_public_configuration():
    np.testing.assert_allclose(prosody.prosody35(voice()[0]), PUBLISHED, rtol=2e-4)


@needs_opensmile
def test_silence_has_no_voice_and_no_missing_value():
    values = prosody.prosody35(np.zeros(4000, np.float32))
    assert values.shape == (35,) and np.isfinite(values).all()
    assert (values[:28] == 0).all()


def test_prosody_is_refused_by_name_without_opensmile(monkeypatch):
    prosody._extractor.cache_clear()
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(ImportError, match=r"prosody columns \(F0, .*loudness.*extra `prosody`"):
        prosody.prosody35(np.zeros(4000, np.float32))


def test_reading_mixes_resamples_and_names_the_file(tmp_path):
    path = tmp_path / "u.wav"
    soundfile.write(path, np.stack([np.full(8000, 0.5), np.zeros(8000)], axis=1), 8000)
    wave = speech.read_speech(path)
    assert len(wave) == 16000 and wave[4000] == pytest.approx(0.25, abs=0.01)
    soundfile.write(path, np.zeros(100), 16000)
    with pytest.raises(speech.SpeechError, match=r"u.wav: 100 samples are less than one frame"):
        speech.read_speech(path)
    path.write_bytes(b"no sound")
    with pytest.raises(speech.SpeechError, match=r"u.wav cannot be read"):
        speech.read_speech(path)
    with pytest.raises(speech.SpeechError, match=r"none.wav"):
        speech.read_speech(tmp_path / "none.wav")


BAD = {"sound has values that are not finite": (np.nan, np.inf, -np.inf), "sound reaches 21000": (21000,)}


@pytest.mark.parametrize(("message", "value"), [(text, value) for text in BAD for value in BAD[text]])
def test_values_that_are_no_sound_are_refused(tmp_path, message, value):
    wave = voice()[0].copy()
    wave[700] = value
    soundfile.write(tmp_path / "u.wav", wave, speech.RATE, "FLOAT")
    for read in (speech.read_speech, speech.count_speech):
        with pytest.raises(speech.SpeechError, match=rf"u.wav cannot be read.*{message}"):
            read(tmp_path / "u.wav")


def test_channels_of_opposite_sign_do_not_cancel_out(tmp_path):
    wave = voice()[0]
    for number, scale in enumerate((-1.0, -0.98, 1.0, 0.0)):
        soundfile.write(tmp_path / f"{number}.wav", np.stack([wave, scale * wave], 1), speech.RATE)
    whole, nearly, equal, one = (speech.read_speech(tmp_path / f"{n}.wav") for n in range(4))
    for found, expected in ((whole, wave), (nearly, wave), (equal, wave), (one, wave / 2)):
        np.testing.assert_allclose(found, expected, atol=1e-4)


@needs_opensmile
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_both_kinds_of_features_read_the_same_wave(tmp_path, rate, subtype):
    """Whatever a file holds, our spectral values are openSMILE's of the same samples."""
    time = np.arange(int(1.2 * rate)) / rate
    wave = 0.2 * np.sin(2 * np.pi * 180 * time) * (time > 0.3) + 1e-4 * np.sin(2 * np.pi * 990 * time)
    soundfile.write(tmp_path / "u.wav", wave, rate, subtype)
    read = speech.read_speech(tmp_path / "u.wav")
    assert len(read) == pytest.approx(1.2 * speech.RATE, abs=2)
    assert np.array_equal(np.round(read * 32768), read * 32768)
    assert_mfcc_agree(read)


@pytest.mark.parametrize("share", [1.0, 0.9, 0.6, 0.3])
@pytest.mark.parametrize(
    ("form", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAVEX", "PCM_16"),
     ("RF64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("W64", "PCM_16")],
)  # fmt: skip
def test_what_a_cut_file_lacks_is_counted(tmp_path, form, subtype, share):
    path = tmp_path / "u.sound"
    soundfile.write(path, voice()[0], speech.RATE, format=form, subtype=subtype)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    there, lost = speech.count_speech(path)
    assert there == pytest.approx(len(speech.read_speech(path)) / speech.RATE)
    assert there + lost == pytest.approx(1.6, abs=0.01) and (lost > 0) == (share < 1)


@pytest.mark.parametrize("size", [0, 2**31 - 1, 2**32 - 1])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_size_that_a_recorder_did_not_know(tmp_path, size, channels):
    path = tmp_path / "u.wav"
    wave = np.stack([voice()[0]] * channels, axis=1)
    soundfile.write(path, wave, speech.RATE)
    content = bytearray(path.read_bytes())
    content[40:44] = size.to_bytes(4, "little")
    path.write_bytes(content)
    np.testing.assert_allclose(speech.read_speech(path), wave[:, 0], atol=1e-4)
    assert speech.count_speech(path) == pytest.approx((1.6, 0))


@pytest.mark.parametrize("bits", [0, 8, 64])
def test_a_wrong_number_of_bytes_a_second_is_no_loss(tmp_path, bits):
    """libsndfile logs it in the same words as a wrong size."""
    path = tmp_path / "u.wav"
    soundfile.write(path, voice()[0], speech.RATE, subtype="FLOAT")
    content = bytearray(path.read_bytes())
    content[28:32] = (speech.RATE * 9).to_bytes(4, "little")
    content[32:34] = (bits // 8).to_bytes(2, "little")
    path.write_bytes(content)
    assert speech.count_speech(path) == pytest.approx((1.6, 0))
