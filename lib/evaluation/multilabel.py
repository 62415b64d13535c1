"""Label sets: average precision of each label and its mean."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_curve

from lib.evaluation.jackknife import Floats, Statistic, Weights
from lib.evaluation.metrics import average_precisions, mean_average_precision
from lib.evaluation.predictions import names_of, truth_and_scores

Truth = NDArray[np.bool_]
Codes = NDArray[np.int64]


def statistic(rows: pd.DataFrame) -> Statistic:
    """AP of each label and mAP of one experiment's predictions, described by ``row``.

    In the mAP of a draw without positives of a label, the label's precision on all samples stands.
    """
    clusters, codes = np.unique(rows["cluster"].to_numpy(str), return_inverse=True)
    repeats = [
        (*truth_and_scores(rows[chosen]), codes[chosen])
        for repeat in np.sort(rows["repeat"].unique())
        for chosen in [(rows["repeat"] == repeat).to_numpy()]
    ]
    truth = repeats[0][0]
    about: dict[str, dict[str, Any]] = {
        name: {"row": name, "metric": "AP", "positives": int(positive.sum())}
        for name, positive in zip(names_of(rows), truth.T, strict=True)
    }
    about["mAP"] = {"row": "mAP", "metric": "mAP", "positives": int(truth.any(axis=1).sum())}
    return Statistic(about, len(clusters), precisions(repeats), dict.fromkeys(about, (0.0, 1.0)))


def precisions(repeats: Sequence[tuple[Truth, Floats, Codes]]) -> Callable[[Weights], Floats]:
    """Function of weights (draws, clusters) that returns (repeats, draws, labels + 1): APs and mAP.

    A repeat has the truth (samples, labels), the scores and each sample's cluster.
    """
    whole = [average_precisions(truth, own) for truth, own, _ in repeats]  # (1, labels) each

    def scores(weights: Weights) -> Floats:
        drawn = [average_precisions(truth, own, weights, code) for truth, own, code in repeats]
        filled = [np.where(np.isnan(ap), all_, ap) for ap, all_ in zip(drawn, whole, strict=True)]
        means = [mean_average_precision(ap) for ap in filled]
        pairs = zip(drawn, means, strict=True)
        return np.stack([np.column_stack(pair) for pair in pairs])

    return scores


def f1_at_thresholds(predictions: pd.DataFrame) -> pd.DataFrame:
    """F1 of each label (row) in the test part, by experiment, at thresholds chosen on the development part.

    A threshold is the score at which precision and recall are closest there, as in public code for EMOTIC.
    Means over trainings; the last row is the mean over labels, of which one without positives has none.
    """
    found = []
    for (experiment, _), rows in predictions.groupby(["experiment", "repeat"], sort=False):
        dev, test = (truth_and_scores(rows[rows["part"] == part]) for part in ("dev", "test"))
        columns = zip(names_of(rows), *(array.T for array in (*dev, *test)), strict=True)
        for label, truth, scores, tested, own in columns:
            precision, recall, levels = precision_recall_curve(truth, scores)
            level = levels[np.abs(precision - recall)[:-1].argmin()] if truth.any() else np.inf
            value = f1_score(tested, own >= level, zero_division=0.0) if tested.any() else np.nan
            found.append({"label": label, "experiment": experiment, "F1": value})
    table = pd.DataFrame(found).pivot_table("F1", "label", "experiment", sort=False, dropna=False)
    return pd.concat([table, table.mean().to_frame("mean").T])
