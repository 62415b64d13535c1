"""Tables of tests between pairs of experiments, computed from stored predictions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.evaluation import tests as comparisons
from lib.evaluation.bootstrap import bootstrap_difference
from lib.evaluation.metrics import classification_scores
from lib.evaluation.predictions import classes_of, paired

METRICS = ("WAP", "UAR", "WAR")
KEYS = ["first", "second", "metric"]
PAPER_FORM = [
    *KEYS, "difference", "unit", "n", "t unpaired", "p unpaired", "t paired", "p paired", "d",
    "d_z",
]  # fmt: skip
VALID_FORM = [
    *KEYS, "difference", "low", "high", "p bootstrap", "t corrected", "p corrected", "only first",
    "only second", "p McNemar", "Holm bootstrap", "Holm corrected", "Holm McNemar",
]  # fmt: skip
P_VALUES = ["p unpaired", "p paired", "p corrected", "p McNemar", "p bootstrap"]


def test_to_train(splits: pd.DataFrame) -> float:
    """Mean size of a test part by that of a training part, from stored splits."""
    sizes = splits.groupby(["repeat", "fold", "part"]).size().groupby("part").mean()
    return float(sizes["test"] / sizes["train"])


test_to_train.__test__ = False  # type: ignore[attr-defined]


def differences(
    predictions: pd.DataFrame, pairs: Sequence[tuple[str, str]], draws: int, seed: int
) -> pd.DataFrame:
    """Scores of the first experiment minus the second's, with a paired cluster bootstrap.

    Returns
    -------
    DataFrame
        ``first``, ``second``, ``metric``, ``difference``, ``low``, ``high``, ``p bootstrap``.
    """
    test = predictions[predictions["part"] == "test"]
    rows = []
    for first, second in pairs:
        pair = paired(test, "experiment", first, second)
        found = bootstrap_difference(
            pair["label"].to_numpy(), pair["first"].to_numpy(), pair["second"].to_numpy(),
            pair["cluster"].to_numpy(), len(classes_of(predictions)), seed,
            pair["repeat"].to_numpy(), draws,
        )  # fmt: skip
        rows += [
            {"first": first, "second": second, "metric": metric,
             "difference": found[metric].estimate, "low": found[metric].low,
             "high": found[metric].high, "p bootstrap": found[metric].p}
            for metric in METRICS
        ]  # fmt: skip
    return pd.DataFrame(rows)


def tests(
    predictions: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    ratio: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Every test of every pair and metric.

    Student's t is computed over repetitions (pooled folds, the papers' form), or over folds if
    there is one repetition; the corrected test over all folds of all repetitions; McNemar's on the
    first repetition, for WAR only, which it tests.

    Parameters
    ----------
    ratio : float
        See `test_to_train`.
    """
    table = differences(predictions, pairs, draws, seed)
    test = predictions[predictions["part"] == "test"]
    rows = []
    for row in table.to_dict("records"):
        pair = paired(test, "experiment", row["first"], row["second"])
        metric = row["metric"]
        by_fold = _scores(pair, ["repeat", "fold"], metric)
        unit = "repetitions" if pair["repeat"].min() < pair["repeat"].max() else "folds"
        by_unit = _scores(pair, ["repeat"], metric) if unit == "repetitions" else by_fold
        one, two = by_unit.T
        unpaired_t = comparisons.students_t(one, two, paired=False)
        paired_t = comparisons.students_t(one, two, paired=True)
        corrected = comparisons.corrected_resampled_t(by_fold[:, 0] - by_fold[:, 1], ratio)
        added = {
            "unit": unit, "n": len(by_unit),
            "t unpaired": unpaired_t.statistic, "p unpaired": unpaired_t.p,
            "t paired": paired_t.statistic, "p paired": paired_t.p,
            "d": comparisons.cohens_d(one, two), "d_z": comparisons.paired_d(one - two),
            "t corrected": corrected.statistic, "p corrected": corrected.p,
            "only first": np.nan, "only second": np.nan, "p McNemar": np.nan,
        }  # fmt: skip
        if metric == "WAR":
            once = pair[pair["repeat"] == pair["repeat"].min()]
            exact = comparisons.mcnemar(
                once["label"].to_numpy(), once["first"].to_numpy(), once["second"].to_numpy()
            )
            added |= {
                "only first": exact.statistic, "only second": exact.degrees - exact.statistic,
                "p McNemar": exact.p,
            }  # fmt: skip
        rows.append(row | added)
    table = pd.DataFrame(rows)
    for name in ("bootstrap", "corrected", "McNemar"):
        table[f"Holm {name}"] = comparisons.holm(table[f"p {name}"].to_list())
    return table


tests.__test__ = False  # type: ignore[attr-defined]


def verdicts(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """How many comparisons each test calls significant at a level."""
    columns = [*P_VALUES, *(name for name in map(str, table.columns) if name.startswith("Holm "))]
    rows = []
    for name in columns:
        known = table[name].dropna()
        rows.append(
            {
                "test": name,
                "comparisons": len(known),
                f"below {alpha:g}": int((known < alpha).sum()),
            }
        )
    return pd.DataFrame(rows)


def _scores(pair: pd.DataFrame, by: list[str], metric: str) -> np.ndarray:
    """Scores of both experiments by repetition or fold, (units, 2)."""
    return np.array(
        [
            [
                classification_scores(group["label"].to_numpy(), group[side].to_numpy(), (metric,))[
                    metric
                ]
                for side in ("first", "second")
            ]
            for _, group in pair.groupby(by)
        ]
    )
