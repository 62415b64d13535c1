"""The papers' own tool for speech features: openSMILE, free for research and non-commercial use."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.features.speech import RATE

FOLDER = Path(__file__).parent


def mfcc39(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """`lib.features.speech.mfcc39` by openSMILE; accelerations differ in the last two frames.

    Raises
    ------
    ImportError
        If openSMILE is not installed.
    """
    return _run("opensmile_mfcc.conf", "lld", wave)


def prosody35(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """`lib.features.prosody.prosody35` by openSMILE, (35,); values without a voice are 0.

    Raises
    ------
    ImportError
        If openSMILE is not installed.
    """
    return _run("opensmile_prosody.conf", "func", wave)[0]


def contours(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """The five contours that `prosody35` summarises, (frames, 5)."""
    return _run("opensmile_prosody.conf", "lld", wave)


def _run(configuration: str, level: str, wave: NDArray[np.float32]) -> NDArray[np.float32]:
    values = _smile(configuration, level).process_signal(wave, RATE).to_numpy(np.float32)
    return np.nan_to_num(values)


@cache
def _smile(configuration: str, level: str) -> Any:
    try:
        import opensmile
    except ImportError:
        raise ImportError(
            "openSMILE is not installed: install the extra `prosody` (its licence allows research "
            "and non-commercial use only), or choose the fast method"
        ) from None
    return opensmile.Smile(feature_set=str(FOLDER / configuration), feature_level=level)
