"""Traces of a continuous label: raters, gold standard, resampling, delay."""

from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.evaluation.metrics import concordance_correlation

Floats = NDArray[np.float64]
AGREEMENT = 0.1
"""Mean CCC between raters below which they do not agree."""


class TraceError(ValueError):
    """A trace is too short, or has invalid values or times that do not increase."""


def checked(times: ArrayLike, values: ArrayLike, step: float) -> tuple[Floats, Floats]:
    """Times (time,) and values (..., time) of ratings as arrays.

    TraceError if there are fewer than two values, sizes differ, a value is not finite or outside [-1, 1],
    or times do not rise by `step` seconds from the recording's start.
    """
    when, found = np.asarray(times, np.float64), np.asarray(values, np.float64)
    if len(when) < 2 or found.shape[-1] != len(when):
        raise TraceError(f"{len(when)} times, {found.shape[-1]} values: not a trace")
    if not (np.isfinite(when).all() and np.isfinite(found).all()):
        raise TraceError("a time or value is missing or not a number")
    odd = np.abs(np.diff(when) - step) > step / 2
    first, largest = int(odd.argmax()), np.abs(found).max()
    if odd.any():
        gap = f"time {when[first]:g} is followed by {when[first + 1]:g}, not {step} s later"
        raise TraceError(f"{gap}: rows are missing or doubled, or times are not in seconds")
    if not -step < when[0] <= 2 * step:
        raise TraceError(f"labels begin at {when[0]:g} s: what is before has none")
    if largest > 1:
        raise TraceError(f"a value is {largest:g} from zero: not a rating from -1 to 1")
    return when, found


def agreement(ratings: Floats) -> Floats:
    """Mean CCC of each rater with the others, (raters,), from ratings, (raters, time).

    TraceError if there is only one rater.
    """
    number = len(ratings)
    if number < 2:
        raise TraceError("agreement needs at least two raters")
    pairs = np.array([[concordance_correlation(a, b) for b in ratings] for a in ratings])
    return (pairs.sum(axis=1) - np.diag(pairs)) / (number - 1)


def gold_standard(ratings: Floats, what: str = "ratings") -> Floats:
    """Mean of a recording's raters, (raters, time), each shifted to a common level, (time,).

    The level is the mean of the raters' means, weighted by their agreement within the recording, as
    in the challenges of 2015 and 2016. If the agreement does not sum to a positive number, all
    raters have equal weights. The level stays between the raters' means, which weights below zero
    can leave, and the result in [-1, 1]. A warning names the recording, `what`, if the mean
    agreement is below `AGREEMENT`.
    """
    weights = agreement(ratings)
    if weights.mean() < AGREEMENT:
        warn(f"{what}: raters do not agree (mean CCC {weights.mean():.2f})", stacklevel=2)
    if weights.sum() <= 0:
        weights = np.ones(len(ratings))
    means = ratings.mean(axis=1)
    level = float((means * weights).sum() / weights.sum())
    level = min(max(level, means.min()), means.max())
    return (ratings - means[:, None] + level).mean(axis=0).clip(-1, 1)


def advanced(times: Floats, values: Floats, seconds: float) -> Floats:
    """Values shifted to earlier times, to undo an annotator's delay; constant beyond the ends.

    Negative seconds delay the values.
    """
    return np.interp(times + seconds, times, values)
