"""Post-processing of predicted values over time: smoothing, centring, scaling, shift in time.

This is the chain of the AVEC challenges of 2015 and 2016, which lee2018 section 3.1 follows except
for the shift. A step is kept only if it raises the CCC of the recordings that the chain is fitted
on. These must not be the reported ones, or the result is too good.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from lib.evaluation.metrics import concordance_correlation
from lib.features.traces import advanced
from lib.settings import Settings

Floats = NDArray[np.float64]


RUN = ["experiment", "repeat", "fold"]
PROCESSED = {
    "raw": "as predicted",
    "post-processed": "chain fitted on recordings of the training part",
    "fitted on the reported recordings": "chain fitted on what is reported: too good",
}
"""Ways to process predictions before they are scored."""


class ChainSettings(Settings):
    """Constants to try.

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
class PredictedTrace:
    """Truth and prediction of a recording at the same times, each (time,)."""

    times: Floats
    truth: Floats
    predicted: Floats


@dataclass(frozen=True)
class Chain:
    """Fitted constants; a step that does not help is None.

    Attributes
    ----------
    window : float or None
        Length of the median filter, seconds.
    centre : float or None
        New mean of each recording's predictions: the mean truth.
    scale : float or None
        Factor for deviations from the mean prediction: spread of the truth by that of predictions.
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


def fit(recordings: Mapping[str, PredictedTrace], settings: ChainSettings) -> Chain:
    """Choose each step in turn by the CCC over all recordings together.

    Parameters
    ----------
    recordings : mapping
        Traces by name, with more than one value in all.

    Raises
    ------
    ValueError
        If there is no recording.
    """
    if not recordings:
        raise ValueError("post-processing needs recordings to be fitted on")
    traces = list(recordings.values())
    truth = np.concatenate([trace.truth for trace in traces])

    def score(chain: Chain) -> float:
        predicted = [chain.apply(trace.times, trace.predicted) for trace in traces]
        return concordance_correlation(truth, np.concatenate(predicted))

    def better(chain: Chain, name: str, values: Iterable[float]) -> Chain:
        """Best of a chain and its variants; a variant must raise the score to win."""
        return max([chain, *(replace(chain, **{name: value}) for value in values)], key=score)

    chain = better(Chain(), "window", settings.windows)
    chain = better(chain, "centre", [float(truth.mean())])
    smoothed = [chain.apply(trace.times, trace.predicted) for trace in traces]
    spread = float(np.sqrt(np.mean(np.concatenate([own - own.mean() for own in smoothed]) ** 2)))
    within = np.concatenate([trace.truth - trace.truth.mean() for trace in traces])
    if spread > 0:
        scale = float(np.sqrt(np.mean(within**2))) / spread
        chain = better(chain, "scale", [scale])
    return better(chain, "shift", settings.shifts)


def by_recording(rows: pd.DataFrame) -> dict[str, PredictedTrace]:
    """Truth and prediction of each recording from the rows of one run."""
    columns = ["time", "truth", "prediction"]
    return {
        str(name): PredictedTrace(*(own[column].to_numpy(float) for column in columns))
        for name, own in rows.groupby("recording", sort=False)
    }


def post_process(
    predictions: pd.DataFrame, settings: ChainSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test predictions of every run, raw and by the chain fitted on two kinds of recordings.

    Parameters
    ----------
    predictions : DataFrame
        Values (see `lib.evaluation.predictions`) with parts ``dev`` (recordings of the release's
        training part that were not trained on) and ``test`` (the reported recordings, which are the
        release's development part).

    Returns
    -------
    processed : DataFrame
        Rows of the test part once for each of `PROCESSED`, named in the column ``processing``.
    chains : DataFrame
        Fitted constants: one row per experiment, repetition, fold and processing.
    """
    tables, chains = [], []
    for key, run in predictions.groupby(RUN, sort=False):
        test, dev = (run[run["part"] == part] for part in ("test", "dev"))
        for name, fitted_on in zip(PROCESSED, (None, dev, test), strict=True):
            chain = Chain() if fitted_on is None else fit(by_recording(fitted_on), settings)
            tables.append(_applied(test, chain).assign(processing=name))
            origin = dict(zip(RUN, key, strict=True))
            chains.append(origin | {"processing": name} | asdict(chain))
    return pd.concat(tables, ignore_index=True), pd.DataFrame(chains)


def _applied(test: pd.DataFrame, chain: Chain) -> pd.DataFrame:
    found = pd.Series(np.nan, test.index)
    for _, rows in test.groupby("recording", sort=False):
        times, predicted = (rows[name].to_numpy(float) for name in ("time", "prediction"))
        found[rows.index] = chain.apply(times, predicted)
    return test.assign(prediction=found)
