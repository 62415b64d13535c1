"""Ratios of the fast speech features against openSMILE, in one run."""

import time

import numpy as np
import pytest

from lib.features import opensmile_reference, prosody, speech

pytest.importorskip("opensmile", reason="the extra `prosody` is not installed")
pytestmark = pytest.mark.slow


def seconds(function, waves):
    function(waves[0])  # what is loaded once
    start = time.perf_counter()
    for wave in waves:
        function(wave)
    return time.perf_counter() - start


def test_speech_features_against_opensmile(benchmark):
    generator = np.random.default_rng(0)
    waves = [generator.normal(0, 0.1, 4 * speech.RATE).astype(np.float32) for _ in range(20)]
    pairs = {
        "39 spectral values": (speech.mfcc39, opensmile_reference.mfcc39),
        "35 prosodic values": (prosody.prosody35, opensmile_reference.prosody35),
    }
    for name, (ours, theirs) in pairs.items():
        fast, reference = seconds(ours, waves), seconds(theirs, waves)
        rate = 4 * len(waves) / fast
        print(f"\n{name}: {reference / fast:.1f} times as fast, {rate:.0f} x real time")
    benchmark(speech.mfcc39, waves[0])
