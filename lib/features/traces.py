"""Traces of a continuous label: raters, gold standard, resampling, delay, gaps."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.evaluation.metrics import concordance_correlation

Floats = NDArray[np.float64]


class TraceError(ValueError):
    """A trace is empty, has values that are no numbers, or times that do not rise."""


def checked(times: ArrayLike, values: ArrayLike, what: str) -> tuple[Floats, Floats]:
    """Times (time,) and values (..., time) as arrays.

    Parameters
    ----------
    what : str
        For messages: the file.

    Raises
    ------
    TraceError
        If there are fewer than two values, sizes differ, a value is not finite, or times do not
        rise.
    """
    when, found = np.asarray(times, np.float64), np.asarray(values, np.float64)
    if len(when) < 2 or found.shape[-1] != len(when):
        raise TraceError(f"{what}: {len(when)} times and {found.shape[-1]} values are no trace")
    if not (np.isfinite(when).all() and np.isfinite(found).all()):
        raise TraceError(f"{what}: a time or value is missing or no number")
    if (np.diff(when) <= 0).any():
        raise TraceError(f"{what}: times do not rise")
    return when, found


def agreement(ratings: Floats) -> Floats:
    """Mean CCC of each rater with every other one, (raters,).

    Parameters
    ----------
    ratings : array, (raters, time)

    Raises
    ------
    TraceError
        If there is only one rater.
    """
    number = len(ratings)
    if number < 2:
        raise TraceError("agreement needs at least two raters")
    pairs = np.array([[concordance_correlation(a, b) for b in ratings] for a in ratings])
    return (pairs.sum(axis=1) - np.diag(pairs)) / (number - 1)


def gold_standard(ratings: Floats) -> Floats:
    """Mean of raters after each has been centred on one level, (time,).

    The level is the mean of the raters' own means, weighted by their agreement, for each recording
    by itself: so the challenges of 2015 and 2016 make it from individual ratings. Where agreement
    sums to nothing or less, all raters weigh the same.

    Parameters
    ----------
    ratings : array, (raters, time)
        Of one recording.
    """
    weights = agreement(ratings)
    if weights.sum() <= 0:
        weights = np.ones(len(ratings))
    means = ratings.mean(axis=1)
    level = float((means * weights).sum() / weights.sum())
    return (ratings - means[:, None] + level).mean(axis=0)


def resample(times: Floats, values: Floats, wanted: Floats) -> Floats:
    """Values at other times, linear between neighbours, the first and last held beyond the ends."""
    return np.interp(wanted, times, values)


def advanced(times: Floats, values: Floats, seconds: float) -> Floats:
    """Values that were given so many seconds later: an annotator's delay undone.

    A negative number delays. The ends are held.
    """
    return resample(times, values, times + seconds)


def delay_curve(
    truth: Sequence[tuple[Floats, Floats]], predicted: Sequence[Floats], seconds: Sequence[float]
) -> Floats:
    """CCC over concatenated recordings with predictions delayed by so many seconds each.

    Parameters
    ----------
    truth : sequence of (times, values)
        Of each recording.
    predicted : sequence of array, (time,)
        At the same times.
    seconds : sequence of float

    Returns
    -------
    array, (len(seconds),)
    """
    values = np.concatenate([value for _, value in truth])
    found = []
    for delay in seconds:
        moved = [
            advanced(times, own, -delay) for (times, _), own in zip(truth, predicted, strict=True)
        ]
        found.append(concordance_correlation(values, np.concatenate(moved)))
    return np.array(found)
