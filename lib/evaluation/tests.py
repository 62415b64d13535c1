"""Tests between two models: the papers' own, and forms that are valid for repeated folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class TestResult:
    """A test's statistic, degrees of freedom, two-sided p-value and the mean difference."""

    __test__ = False

    statistic: float
    degrees: float
    p: float
    difference: float


def students_t(first: Scores, second: Scores, paired: bool) -> TestResult:
    """Student's t-test, as papers print it.

    Over repetitions or folds of a cross-validation it is not valid: the values share training and
    test samples, so that their variance is too small and p with it.

    Raises
    ------
    ValueError
        If there are fewer than two values, or a paired test gets different numbers of them.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if min(len(first), len(second)) < 2 or (paired and len(first) != len(second)):
        raise ValueError(f"{len(first)} and {len(second)} values cannot be compared by a t-test")
    difference = float(first.mean() - second.mean())
    if paired and np.ptp(first - second) == 0:
        return TestResult(
            _sign(difference) * np.inf, len(first) - 1, float(difference == 0), difference
        )
    test = stats.ttest_rel if paired else stats.ttest_ind
    result = test(first, second)
    return TestResult(float(result.statistic), float(result.df), float(result.pvalue), difference)


def corrected_resampled_t(differences: Scores, test_to_train: float) -> TestResult:
    """Corrected resampled t-test over the folds of repeated cross-validation.

    The variance of a mean of J differences is taken as (1/J + n_test/n_train) times their variance,
    which allows for the training samples that folds share. Nadeau and Bengio (2003), "Inference for
    the generalization error"; for repeated k-fold Bouckaert and Frank (2004).

    Parameters
    ----------
    differences : array, (repetitions * folds,)
    test_to_train : float
        Size of a test part by that of a training part.

    Raises
    ------
    ValueError
        If there are fewer than two differences.
    """
    differences = np.asarray(differences, float)
    number = len(differences)
    if number < 2:
        raise ValueError("a corrected resampled t-test needs at least two differences")
    mean = float(differences.mean())
    error = np.sqrt((1 / number + test_to_train) * differences.var(ddof=1))
    if error == 0:
        return TestResult(_sign(mean) * np.inf, number - 1, float(mean == 0), mean)
    statistic = mean / error
    return TestResult(
        statistic, number - 1, float(2 * stats.t.sf(abs(statistic), number - 1)), mean
    )


def mcnemar(
    truth: NDArray[np.integer], first: NDArray[np.integer], second: NDArray[np.integer]
) -> TestResult:
    """McNemar's test on which samples two models get right, exact for any number of them.

    Parameters
    ----------
    truth, first, second : array of int, (samples,)
        Labels and both models' predictions of one repetition.

    Returns
    -------
    TestResult
        The statistic is the number of samples that only the first gets right, `degrees` that of
        those that only one of them gets right, the difference one of accuracy.
    """
    from statsmodels.stats.contingency_tables import mcnemar as exact

    right, other = np.asarray(first) == truth, np.asarray(second) == truth
    only_first, only_second = int((right & ~other).sum()), int((~right & other).sum())
    table = [[int((right & other).sum()), only_first], [only_second, int((~right & ~other).sum())]]
    result = exact(table, exact=True)
    return TestResult(
        only_first, only_first + only_second, float(result.pvalue),
        float(right.mean() - other.mean()),
    )  # fmt: skip


def holm(p_values: Sequence[float]) -> Scores:
    """p-values after Holm's correction for so many comparisons; NaN stay NaN and do not count."""
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p_values, float)
    known = ~np.isnan(values)
    corrected = np.full(len(values), np.nan)
    if known.any():
        corrected[known] = multipletests(values[known], method="holm")[1]
    return corrected


def cohens_d(first: Scores, second: Scores) -> float:
    """Difference of means by the pooled standard deviation; infinite where nothing varies."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    a, b = len(first), len(second)
    pooled = ((a - 1) * first.var(ddof=1) + (b - 1) * second.var(ddof=1)) / (a + b - 2)
    return _ratio(float(first.mean() - second.mean()), float(np.sqrt(pooled)))


def paired_d(differences: Scores) -> float:
    """Mean difference by the standard deviation of the differences (d_z)."""
    differences = np.asarray(differences, float)
    return _ratio(float(differences.mean()), float(differences.std(ddof=1)))


def _ratio(difference: float, spread: float) -> float:
    if spread == 0:
        return 0.0 if difference == 0 else _sign(difference) * np.inf
    return difference / spread


def _sign(value: float) -> float:
    return float(np.sign(value))
