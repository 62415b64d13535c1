"""Post-processing of predicted traces: smoothing, centring, scaling, shift in time.

The chain of the AVEC challenges of 2015 and 2016, which lee2018 section 3.1 follows but for the
shift. A step is kept only where it raises the CCC of the recordings that the chain is fitted on;
those must not be the ones that are reported, or the result is too good.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from lib.evaluation.metrics import concordance_correlation
from lib.features.traces import advanced
from lib.settings import Settings

Floats = NDArray[np.float64]


class ChainSettings(Settings):
    """What is tried.

    Attributes
    ----------
    windows : list of float
        Lengths of the median filter, seconds.
    shifts : list of float
        Seconds by which predictions are delayed; empty for no shift, as in the paper.
    """

    windows: list[float]
    shifts: list[float]


@dataclass(frozen=True)
class Trace:
    """A recording's truth and prediction at the same times, each (time,)."""

    times: Floats
    truth: Floats
    predicted: Floats


@dataclass(frozen=True)
class Chain:
    """Fitted constants; a step that does not help is None.

    Attributes
    ----------
    window : float or None
        Of the median filter, seconds.
    centre : float or None
        What each recording's mean prediction becomes: the mean truth.
    scale : float or None
        Factor of the deviation from the mean prediction: spread of the truth by the predictions'.
    shift : float or None
        Seconds by which predictions are delayed.
    """

    window: float | None = None
    centre: float | None = None
    scale: float | None = None
    shift: float | None = None

    def apply(self, times: Floats, predicted: Floats) -> Floats:
        """Post-processed predictions of one recording, (time,)."""
        found = np.asarray(predicted, np.float64)
        if self.window is not None:
            step = float(np.median(np.diff(times)))
            found = median_filter(found, max(1, round(self.window / step)), mode="nearest")
        if self.centre is not None:
            found = found - found.mean() + self.centre
        if self.scale is not None:
            found = found.mean() + self.scale * (found - found.mean())
        if self.shift is not None:
            found = advanced(times, found, -self.shift)
        return found

    def constants(self) -> dict[str, Any]:
        """Fitted constants by name."""
        return asdict(self)


def fit(recordings: Mapping[str, Trace], settings: ChainSettings) -> Chain:
    """Choose each step in turn by the CCC over all recordings together.

    Parameters
    ----------
    recordings : mapping
        By name; more than one value in all.

    Raises
    ------
    ValueError
        If there is no recording.
    """
    if not recordings:
        raise ValueError("post-processing needs recordings to be fitted on")
    traces = list(recordings.values())
    truth = np.concatenate([trace.truth for trace in traces])
    chain, best = Chain(), _score(Chain(), traces, truth)
    for window in settings.windows:
        chain, best = _better(chain, best, replace(chain, window=window), traces, truth)
    chain, best = _better(chain, best, replace(chain, centre=float(truth.mean())), traces, truth)
    smoothed = [chain.apply(trace.times, trace.predicted) for trace in traces]
    spread = float(np.sqrt(np.mean(np.concatenate([own - own.mean() for own in smoothed]) ** 2)))
    within = np.concatenate([trace.truth - trace.truth.mean() for trace in traces])
    if spread > 0:
        scale = float(np.sqrt(np.mean(within**2))) / spread
        chain, best = _better(chain, best, replace(chain, scale=scale), traces, truth)
    for shift in settings.shifts:
        chain, best = _better(chain, best, replace(chain, shift=shift), traces, truth)
    return chain


def _better(
    chain: Chain, best: float, other: Chain, traces: list[Trace], truth: Floats
) -> tuple[Chain, float]:
    score = _score(other, traces, truth)
    return (other, score) if score > best else (chain, best)


def _score(chain: Chain, traces: list[Trace], truth: Floats) -> float:
    predicted = [chain.apply(trace.times, trace.predicted) for trace in traces]
    return concordance_correlation(truth, np.concatenate(predicted))
