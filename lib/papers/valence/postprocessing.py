"""Post-processing of predicted values over time: smoothing, centring, scaling, shift in time.

This is the chain of the AVEC challenges of 2015 and 2016, which lee2018 section 3.1 follows except
for the shift. A step is kept only if it raises the CCC of the recordings that the chain is fitted
on. These must not be the reported ones, or the result is too good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from scipy.ndimage import rank_filter

from lib.evaluation.metrics import concordance_correlation
from lib.features.traces import Floats, advanced
from lib.settings import Settings

RUN = ["experiment", "repeat", "fold"]
PROCESSED = {
    "raw": "as predicted",
    "post-processed": "chain fitted on recordings of the training part",
    "fitted on the reported recordings": "chain fitted on what is reported: too good",
}
"""Ways to process predictions before they are scored."""


class ChainSettings(Settings):
    """Constants to try, in seconds: lengths of the median filter, and delays of the predictions.

    The paper has no shift: `shifts` are empty.
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

    A median filter of `window` seconds; `centre`, the mean truth, becomes the mean of each
    recording's predictions; their deviations from it are multiplied by `scale`, the spread of the
    truth by that of predictions; `shift` delays them by seconds.
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
            found = _median(found, max(1, round(self.window / step)))
        if self.centre is not None:
            found = found - found.mean() + self.centre
        if self.scale is not None:
            found = found.mean() + self.scale * (found - found.mean())
        if self.shift is not None:
            found = advanced(times, found, -self.shift)
        return found


def _median(values: Floats, window: int) -> Floats:
    """Running median, (time,), ends repeated; of an even window the mean of the two middle values.

    An even window reaches one value further back than forward.
    """
    ranks = {(window - 1) // 2, window // 2}
    middle = [rank_filter(values, rank, window, mode="nearest") for rank in sorted(ranks)]
    return np.mean(middle, axis=0)


def fit(traces: Sequence[PredictedTrace], settings: ChainSettings) -> Chain:
    """Choose each step in turn by the CCC over all recordings together.

    Raises
    ------
    ValueError
        If there is no recording.
    """
    if not traces:
        raise ValueError("post-processing needs recordings to be fitted on")
    truth = np.concatenate([trace.truth for trace in traces])

    def score(chain: Chain) -> float:
        predicted = [chain.apply(trace.times, trace.predicted) for trace in traces]
        return concordance_correlation(truth, np.concatenate(predicted))

    def better(chain: Chain, name: str, values: Iterable[float]) -> Chain:
        """Best of a chain and its variants; a variant must raise the score to win."""
        return max([chain, *(replace(chain, **{name: value}) for value in values)], key=score)

    chain = better(Chain(), "window", settings.windows)
    chain = better(chain, "centre", [float(truth.mean())])
    spread = _spread([chain.apply(trace.times, trace.predicted) for trace in traces])
    if spread > 0:
        chain = better(chain, "scale", [_spread([trace.truth for trace in traces]) / spread])
    return better(chain, "shift", settings.shifts)


def _spread(values: Sequence[Floats]) -> float:
    """Standard deviation of values around the mean of their recording."""
    return float(np.sqrt(np.mean(np.concatenate([own - own.mean() for own in values]) ** 2)))


def by_recording(rows: pd.DataFrame) -> list[PredictedTrace]:
    """Truth and prediction of each recording from the rows of one run."""
    columns = ["time", "truth", "prediction"]
    return [
        PredictedTrace(*(own[column].to_numpy(float) for column in columns))
        for _, own in rows.groupby("recording", sort=False)
    ]


def post_process(predictions: pd.DataFrame, settings: ChainSettings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test predictions of every run, raw and by the chain fitted on two kinds of recordings.

    `predictions` are values (see `lib.evaluation.predictions`). Their part ``dev`` has recordings
    of the release's training part that were not trained on, ``test`` those of its development part,
    which are reported.

    Returns the rows of the test part once for each of `PROCESSED`, named in the column
    ``processing``, and the fitted constants of each experiment, repetition, fold and processing.
    """
    tables, chains = [], []
    for key, run in predictions.groupby(RUN, sort=False):
        origin = dict(zip(RUN, key, strict=True))
        test, dev = (run[run["part"] == part] for part in ("test", "dev"))
        for name, fitted_on in zip(PROCESSED, (None, dev, test), strict=True):
            chain = Chain() if fitted_on is None else fit(by_recording(fitted_on), settings)
            tables.append(_applied(test, chain).assign(processing=name))
            chains.append(origin | {"processing": name} | asdict(chain))
    return pd.concat(tables, ignore_index=True), pd.DataFrame(chains)


def _applied(test: pd.DataFrame, chain: Chain) -> pd.DataFrame:
    found = pd.Series(np.nan, test.index)
    for _, rows in test.groupby("recording", sort=False):
        times, predicted = (rows[name].to_numpy(float) for name in ("time", "prediction"))
        found[rows.index] = chain.apply(times, predicted)
    return test.assign(prediction=found)
