"""Score of a guess, for any kind of predictions."""

import numpy as np
import pandas as pd

from lib.evaluation import predictions as stored
from lib.evaluation.metrics import HEADLINE, METRICS, even_chance


def headline(predictions: pd.DataFrame) -> str:
    """Main metric of a kind of predictions: UAR, mAP or CCC."""
    return HEADLINE[stored.kind_of(predictions).name]


def chance_level(predictions: pd.DataFrame) -> float:
    """Score of a guess in the main metric of a kind of predictions.

    The mAP of a guess is the mean prevalence of the labels. With few samples that of random scores
    is larger; intervals are free of most of this bias (`lib.evaluation.jackknife.intervals`).
    """
    metric = headline(predictions)
    if stored.kind_of(predictions) is stored.LABEL_SETS:
        truth, _ = stored.truth_and_scores(stored.reported(predictions))
        return METRICS[metric].chance(np.mean(truth, axis=0))
    return even_chance(metric, max(1, len(stored.names_of(predictions))))
