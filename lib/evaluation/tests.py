"""Tests between two models, the papers' own and valid ones, and the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lib.evaluation.classification import scores_by
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES, kind_of, paired, reported
from lib.evaluation.scores import differences
from lib.evaluation.values import SINGLE, recording_scores

Scores = NDArray[np.float64]
Pairs = Sequence[Sequence[str]]

PAPER_FORM = ["first", "second", "metric", "difference", "unit", "n", "t unpaired", "p unpaired",
              "t paired", "p paired", "d", "d_z"]  # fmt: skip
VALID_FORM = ["first", "second", "metric", "difference", "low", "high", "p bootstrap",
              "t corrected", "p corrected", "only first", "only second", "p McNemar",
              "Holm bootstrap", "Holm corrected", "Holm McNemar"]  # fmt: skip
P_VALUES = ["p unpaired", "p paired", "p corrected", "p McNemar", "p bootstrap"]
FAMILIES = {
    CLASSES: ["table"],
    LABEL_SETS: ["first", "second", "metric"],
    VALUES: ["processing", "metric"],
}
"""Columns whose values separate the families of comparisons that Holm's correction counts."""


@dataclass(frozen=True)
class TestResult:
    """A test's statistic, degrees of freedom, two-sided p-value and the mean difference."""

    __test__ = False

    statistic: float
    degrees: float
    p: float
    difference: float


def students_t(first: ArrayLike, second: ArrayLike, paired: bool) -> TestResult:
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
        return _without_spread(difference, len(first) - 1)
    test = stats.ttest_rel if paired else stats.ttest_ind
    result = test(first, second)
    return TestResult(float(result.statistic), float(result.df), float(result.pvalue), difference)


def corrected_resampled_t(differences: ArrayLike, test_to_train: float) -> TestResult:
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
        return _without_spread(mean, number - 1)
    statistic = mean / error
    p = float(2 * stats.t.sf(abs(statistic), number - 1))
    return TestResult(statistic, number - 1, p, mean)


def _without_spread(difference: float, degrees: float) -> TestResult:
    return TestResult(np.sign(difference) * np.inf, degrees, float(difference == 0), difference)


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
        The statistic is the number of samples that only the first gets right, `degrees` the number
        that exactly one of them gets right, the difference that of the accuracies.
    """
    from statsmodels.stats.contingency_tables import mcnemar as exact

    right, other = np.asarray(first) == truth, np.asarray(second) == truth
    only_first, only_second = int((right & ~other).sum()), int((~right & other).sum())
    table = [[int((right & other).sum()), only_first], [only_second, int((~right & ~other).sum())]]
    result = exact(table, exact=True)
    difference = float(right.mean() - other.mean())
    return TestResult(only_first, only_first + only_second, float(result.pvalue), difference)


def holm(p_values: Sequence[float]) -> Scores:
    """p-values after Holm's correction for their number; NaN stay NaN and do not count."""
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p_values, float)
    known = ~np.isnan(values)
    corrected = np.full(len(values), np.nan)
    if known.any():
        corrected[known] = multipletests(values[known], method="holm")[1]
    return corrected


def cohens_d(first: ArrayLike, second: ArrayLike) -> float:
    """Difference of means by the pooled standard deviation; infinite where nothing varies."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    a, b = len(first), len(second)
    pooled = ((a - 1) * first.var(ddof=1) + (b - 1) * second.var(ddof=1)) / (a + b - 2)
    return _ratio(float(first.mean() - second.mean()), float(np.sqrt(pooled)))


def paired_d(differences: ArrayLike) -> float:
    """Mean difference by the standard deviation of the differences (d_z)."""
    differences = np.asarray(differences, float)
    return _ratio(float(differences.mean()), float(differences.std(ddof=1)))


def _ratio(difference: float, spread: float) -> float:
    if spread == 0:
        return 0.0 if difference == 0 else float(np.sign(difference) * np.inf)
    return difference / spread


def test_to_train_ratio(splits: pd.DataFrame) -> float:
    """Mean size of a test part by that of a training part, from stored splits."""
    sizes = splits.groupby(["repeat", "fold", "part"]).size().groupby("part").mean()
    return float(sizes["test"] / sizes["train"])


def table_of_tests(
    predictions: pd.DataFrame, pairs: Pairs, draws: int, seed: int, ratio: float = np.nan
) -> pd.DataFrame:
    """Every test of every pair of experiments.

    All kinds of predictions get a bootstrap over clusters with Holm's correction (see `FAMILIES`;
    mAP is a family of its own). Classes get Student's t over repetitions (pooled folds, the papers'
    form) or over folds if there is one repetition, the corrected test over all folds of all
    repetitions, and McNemar's test of the first repetition for accuracy (WAR). Values get a paired
    t-test over the recordings' own scores, averaged over repetitions; recordings show different
    people, so that it is valid as far as their scores are near normal.

    Parameters
    ----------
    predictions : DataFrame
    pairs : sequence of (str, str)
    draws, seed : int
        Bootstrap.
    ratio : float
        Sizes of test to training parts, see `test_to_train_ratio`; classes need it.
    """
    kind = kind_of(predictions)
    table = differences(predictions, pairs, draws, seed)
    corrected = ["bootstrap"]
    if kind is CLASSES:
        test = reported(predictions)
        added = [_class_tests(*paired(test, *pair), ratio) for pair in pairs]
        table = pd.concat([table, pd.concat(added, ignore_index=True)], axis=1)
        corrected += ["corrected", "McNemar"]
    elif kind is VALUES:
        table["p t-test"] = _recording_tests(predictions, table)
    families = table.assign(table=0)
    if kind is LABEL_SETS:
        families["metric"] = np.where(table["row"] == "mAP", "mAP", "AP")
    for name in corrected:
        p = families.groupby(FAMILIES[kind])[f"p {name}"]
        families[f"Holm {name}"] = p.transform(lambda own: holm(own.to_list()))
    return families[[*table, *(f"Holm {name}" for name in corrected)]]


def _class_tests(one: pd.DataFrame, two: pd.DataFrame, ratio: float) -> pd.DataFrame:
    """Tests on scores of two experiments, one row a metric."""
    folds = [scores_by(rows, ["repeat", "fold"]) for rows in (one, two)]
    repeats = [scores_by(rows, ["repeat"]) for rows in (one, two)]
    unit = "repetitions" if len(repeats[0]) > 1 else "folds"
    rows = []
    for metric in folds[0]:
        a, b = (scores[metric] for scores in (repeats if unit == "repetitions" else folds))
        row = {"unit": unit, "n": len(a), "d": cohens_d(a, b), "d_z": paired_d(a - b)}
        for name, found in (
            ("unpaired", students_t(a, b, paired=False)),
            ("paired", students_t(a, b, paired=True)),
            ("corrected", corrected_resampled_t(folds[0][metric] - folds[1][metric], ratio)),
        ):
            row |= {f"t {name}": found.statistic, f"p {name}": found.p}
        if metric == "WAR":
            once = (one["repeat"] == one["repeat"].min()).to_numpy()
            exact = mcnemar(one["label"][once], one["prediction"][once], two["prediction"][once])
            others = exact.degrees - exact.statistic
            row |= {"only first": exact.statistic, "only second": others, "p McNemar": exact.p}
        rows.append(row)
    return pd.DataFrame(rows)


def _recording_tests(processed: pd.DataFrame, table: pd.DataFrame) -> list[float]:
    scores = recording_scores(processed).groupby(["processing", "experiment", "recording"]).mean()
    p_values = []
    for row in table.to_dict("records"):
        metric, end, _ = str(row["metric"]).partition(SINGLE)
        pair = [scores.loc[(row["processing"], row[name]), metric] for name in ("first", "second")]
        p_values.append(students_t(*pair, paired=True).p if end else np.nan)
    return p_values


def significant(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """How many comparisons each test calls significant at a level."""
    columns = [*P_VALUES, *(name for name in map(str, table.columns) if name.startswith("Holm "))]
    known = table[columns]
    counts = {"comparisons": known.notna().sum(), f"below {alpha:g}": (known < alpha).sum()}
    return pd.DataFrame(counts).rename_axis("test").reset_index()
