"""Speed of speech features: ours against openSMILE, and openSMILE in multiples of real time."""

import time
from pathlib import Path

import numpy as np
import pytest

from lib.features import prosody, speech

pytest.importorskip("opensmile", reason="the extra `prosody` is not installed")
pytestmark = pytest.mark.slow

MFCC_CONFIGURATION = Path(__file__).parents[1] / "features" / "opensmile_mfcc.conf"


def seconds(function, waves):
    function(waves[0])  # what is loaded once
    start = time.perf_counter()
    for wave in waves:
        function(wave)
    return time.perf_counter() - start


def test_speech_features_against_opensmile(benchmark):
    generator = np.random.default_rng(0)
    waves = [generator.normal(0, 0.1, 4 * speech.RATE).astype(np.float32) for _ in range(20)]
    fast = seconds(speech.mfcc39, waves)
    reference = seconds(lambda wave: prosody.opensmile_features(wave, MFCC_CONFIGURATION, "lld"), waves)
    print(f"\n39 spectral values: {reference / fast:.1f} times as fast as openSMILE")
    rate = 4 * len(waves) / seconds(prosody.prosody35, waves)
    print(f"35 prosodic values by openSMILE: {rate:.0f} x real time")
    benchmark(speech.mfcc39, waves[0])
