"""Tests between two models, the papers' own and valid ones, and the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lib.evaluation.classification import scores_by
from lib.evaluation.jackknife import TINY
from lib.evaluation.predictions import CLASSES, VALUES, kind_of, paired, reported
from lib.evaluation.scores import P_VALUE, differences
from lib.evaluation.values import SINGLE, recording_scores

PAIR = ["first", "second", "metric", "difference"]
CORRECTED = ["t corrected", "p corrected"]
MCNEMAR = ["only first", "only second", "p McNemar"]
HOLM = ["Holm crossed", "Holm corrected", "Holm McNemar"]
STUDENT = ["t unpaired", "p unpaired", "t paired", "p paired"]
PAPER_FORM = [*PAIR, "unit", "n", *STUDENT, "d", "d_z"]
VALID_FORM = [*PAIR, "low", "high", P_VALUE, "flips", *CORRECTED, *MCNEMAR, *HOLM]
P_VALUES = ["p unpaired", "p paired", "p corrected", "p McNemar", P_VALUE]


@dataclass(frozen=True)
class TestResult:
    """A test's statistic, degrees of freedom and two-sided p-value."""

    __test__ = False

    statistic: float
    degrees: float
    p: float


def students_t(first: ArrayLike, second: ArrayLike, *, paired: bool) -> TestResult:
    """Student's t-test, as papers print it.

    It is not valid over repetitions or folds of a cross-validation: the values share training and test
    samples, which makes their variance and p too small. ValueError if there are fewer than two values, or a
    paired test gets different numbers of them.
    """
    one, two = np.asarray(first, float), np.asarray(second, float)
    if min(len(one), len(two)) < 2 or (paired and len(one) != len(two)):
        raise ValueError(f"{len(one)} and {len(two)} values cannot be compared by a t-test")
    spread = np.ptp(one - two) if paired else max(np.ptp(one), np.ptp(two))
    degrees = len(one) - 1 if paired else len(one) + len(two) - 2
    if spread <= TINY:
        return _without_spread(one.mean() - two.mean(), degrees)
    if paired:
        found = stats.ttest_rel(one, two)
    else:
        groups = [number for own in (one, two) for number in (own.mean(), own.std(ddof=1), len(own))]
        found = stats.ttest_ind_from_stats(*groups)
    return TestResult(float(found.statistic), degrees, float(found.pvalue))


def corrected_resampled_t(differences: ArrayLike, test_to_train: float) -> TestResult:
    """Corrected resampled t-test over the folds of repeated cross-validation.

    The variance of a mean of J differences, (repetitions * folds,), is taken as (1/J + n_test/n_train)
    times their variance, which allows for the training samples that folds share; `test_to_train` is
    n_test/n_train. Nadeau and Bengio (2003), "Inference for the generalization error"; for repeated k-fold
    Bouckaert and Frank (2004). ValueError if there are fewer than two differences.
    """
    differences = np.asarray(differences, float)
    degrees = len(differences) - 1
    if degrees < 1:
        raise ValueError("a corrected resampled t-test needs at least two differences")
    mean = float(differences.mean())
    error = np.sqrt((1 / len(differences) + test_to_train) * differences.var(ddof=1))
    if error == 0:
        return _without_spread(mean, degrees)
    return TestResult(mean / error, degrees, float(2 * stats.t.sf(abs(mean / error), degrees)))


def _without_spread(difference: float, degrees: float) -> TestResult:
    if abs(difference) <= TINY:
        return TestResult(0.0, degrees, 1.0)
    return TestResult(float(np.sign(difference)) * np.inf, degrees, 0.0)


def mcnemar(truth: ArrayLike, first: ArrayLike, second: ArrayLike) -> TestResult:
    """McNemar's test on which samples two models get right, exact for any number of them.

    The statistic is the number of samples that only the first gets right, `degrees` the number that
    exactly one of them gets right. All arrays are (samples,), predictions of one repetition.
    """
    from statsmodels.stats.contingency_tables import mcnemar as exact

    right, other = np.equal(first, truth), np.equal(second, truth)
    only_first, only_second = int((right & ~other).sum()), int((~right & other).sum())
    found = exact([[0, only_first], [only_second, 0]], exact=True)
    return TestResult(only_first, only_first + only_second, float(found.pvalue))


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """p-values after Holm's correction; NaN stay NaN and do not count."""
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p_values, float)
    known = ~np.isnan(values)
    if known.any():
        values = values.copy()
        values[known] = multipletests(values[known], method="holm")[1]
    return values


def cohens_d(first: ArrayLike, second: ArrayLike) -> float:
    """Difference of means divided by the pooled standard deviation; see `_ratio`."""
    one, two = np.asarray(first, float), np.asarray(second, float)
    a, b = len(one) - 1, len(two) - 1
    pooled = (a * one.var(ddof=1) + b * two.var(ddof=1)) / (a + b)
    return _ratio(float(one.mean() - two.mean()), float(np.sqrt(pooled)))


def paired_d(differences: ArrayLike) -> float:
    """Mean difference divided by the differences' standard deviation (d_z); see `_ratio`."""
    values = np.asarray(differences, float)
    return _ratio(float(values.mean()), float(values.std(ddof=1)))


def _ratio(difference: float, spread: float) -> float:
    """Ratio that is infinite where nothing varies, and 0 where nothing differs either."""
    if spread == 0:
        return 0.0 if difference == 0 else float(np.sign(difference) * np.inf)
    return difference / spread


def test_to_train_ratio(splits: pd.DataFrame) -> float:
    """Mean size of a test part divided by that of a training part, from stored splits."""
    sizes = splits.groupby(["repeat", "fold", "part"]).size().groupby("part").mean()
    return float(sizes["test"] / sizes["train"])


def table_of_tests(
    predictions: pd.DataFrame, pairs: Sequence[Sequence[str]], ratio: float = np.nan
) -> pd.DataFrame:
    """Every test of every pair of experiments; all comparisons of the table are one Holm family.

    All kinds of predictions get the test over clusters and trainings, crossed (see
    `lib.evaluation.jackknife.intervals`). Classes get Student's t over repetitions (pooled folds,
    the papers' form) or over folds if there is one repetition, the corrected test over all folds of
    all repetitions, for which they need `ratio` (see `test_to_train_ratio`), and McNemar's test of
    the first repetition for accuracy (WAR). Values get a paired t-test over the recordings' own
    scores, averaged over repetitions; recordings show different people, so that it is valid as far
    as their scores are near normal.
    """
    kind, corrected = kind_of(predictions), ["crossed"]
    table = differences(predictions, pairs)
    if kind is CLASSES:
        test = reported(predictions)
        added = [_class_tests(*paired(test, *pair), ratio) for pair in pairs]
        table = pd.concat([table, pd.concat(added, ignore_index=True)], axis=1)
        corrected += ["corrected", "McNemar"]
    elif kind is VALUES:
        table["p t-test"] = _recording_tests(predictions, table)
    for name in corrected:
        table[f"Holm {name}"] = holm(table[f"p {name}"].to_list())
    return table


def _class_tests(one: pd.DataFrame, two: pd.DataFrame, ratio: float) -> pd.DataFrame:
    """Tests on the scores of two experiments, one row a metric."""
    folds = [scores_by(rows, ["repeat", "fold"]) for rows in (one, two)]
    units, unit = [scores_by(rows, ["repeat"]) for rows in (one, two)], "repetitions"
    if len(units[0]) == 1:
        units, unit = folds, "folds"
    once = one["repeat"] == one["repeat"].min()
    exact = mcnemar(one["label"][once], one["prediction"][once], two["prediction"][once])
    counts = (exact.statistic, exact.degrees - exact.statistic, exact.p)
    rows = []
    for metric in folds[0]:
        a, b = (scores[metric] for scores in units)
        student = [students_t(a, b, paired=paired_) for paired_ in (False, True)]
        corrected = corrected_resampled_t(folds[0][metric] - folds[1][metric], ratio)
        plain = [number for found in student for number in (found.statistic, found.p)]
        sizes = (cohens_d(a, b), paired_d(a - b))
        known = counts if metric == "WAR" else (np.nan,) * 3
        rows.append((unit, len(a), *plain, *sizes, corrected.statistic, corrected.p, *known))
    columns = ["unit", "n", *STUDENT, "d", "d_z", *CORRECTED, *MCNEMAR]
    return pd.DataFrame(rows, columns=columns)


def _recording_tests(processed: pd.DataFrame, table: pd.DataFrame) -> list[float]:
    scores = recording_scores(processed).groupby(["processing", "experiment", "recording"]).mean()
    p_values = []
    for row in table.to_dict("records"):
        metric, end, _ = str(row["metric"]).partition(SINGLE)
        one, two = (scores.loc[(row["processing"], row[name]), metric] for name in PAIR[:2])
        p_values.append(students_t(one, two, paired=True).p if end else np.nan)
    return p_values


def significant(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """How many comparisons each test calls significant at a level."""
    known = table[[*P_VALUES, *HOLM]]
    counts = {"comparisons": known.notna().sum(), f"below {alpha:g}": (known < alpha).sum()}
    return pd.DataFrame(counts).rename_axis("test").reset_index()
