"""Prosody of an utterance by openSMILE, the papers' tool.

openSMILE is an optional extra, because its licence allows research and non-commercial use only.
Nothing else computes these values.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.features.speech import RATE

CONTOURS = ("F0", "log F0", "voicing", "harmonics-to-noise ratio", "loudness")
FUNCTIONALS = ("deviation", "mean", "slope", "centroid", "10 %", "90 %", "range")
CONFIGURATION = Path(__file__).with_name("opensmile_prosody.conf")
NAMES = [f"{contour}, {functional}" for contour in CONTOURS for functional in FUNCTIONALS]


def prosody35(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 35 prosodic values of MDRE: five smoothed contours, each by seven functionals.

    F0 by sub-harmonic summation and the Viterbi algorithm; voicing, harmonics-to-noise ratio and
    loudness. Functionals of the first four contours cover voiced frames, and are 0 without any.
    `wave` is (samples,) at 16 kHz within [-1, 1], at least 55 ms; the result is (35,), with the
    columns `NAMES`. ImportError, which names the columns, if openSMILE is not installed.

    Source: shi2020 section IV.B; shi2021 section IV.B; the contours from MDRE's public configuration.
    """
    return opensmile_features(wave, CONFIGURATION, "func")[0]


def opensmile_features(wave: NDArray[np.float32], configuration: Path, level: str) -> NDArray[np.float32]:
    """Values of an openSMILE configuration, (frames, values), 0 where undefined.

    `level` is "lld" for one row per frame, or "func" for one row of functionals.
    """
    values = _extractor(configuration, level).process_signal(wave, RATE).to_numpy(np.float32)
    return np.nan_to_num(values)


@cache
def _extractor(configuration: Path, level: str) -> Any:
    try:
        import opensmile
    except ImportError:
        raise ImportError(
            f"the prosody columns ({', '.join(CONTOURS)}; {len(NAMES)} values) are computed by "
            "openSMILE, which is not installed: install the project's extra `prosody` (its licence "
            "allows research and non-commercial use only)"
        ) from None
    return opensmile.Smile(feature_set=str(configuration), feature_level=level)
