"""Scores of a guess, for any kind of predictions."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation import predictions as stored
from lib.evaluation.metrics import HEADLINE, average_precisions, even_chance


def headline(predictions: pd.DataFrame) -> str:
    """Main metric of a kind of predictions: UAR, mAP or CCC."""
    return HEADLINE[stored.kind_of(predictions).name]


def chance_level(predictions: pd.DataFrame, seed: int) -> float:
    """Score of a guess in the main metric of a kind of predictions."""
    if stored.kind_of(predictions) is stored.LABEL_SETS:
        test = stored.reported(predictions)
        chosen = test["experiment"].eq(test["experiment"].iloc[0])
        chosen &= test["repeat"].eq(test["repeat"].iloc[0])
        return random_precision(stored.truth_and_scores(test[chosen])[0], seed)
    return even_chance(headline(predictions), max(1, len(stored.names_of(predictions))))


def random_precision(truth: NDArray[np.bool_], seed: int, draws: int = 200) -> float:
    """mAP of random scores: a little above the mean prevalence where positives are few."""
    generator = np.random.default_rng(seed)
    scores = (generator.random(truth.shape) for _ in range(draws))
    return float(np.mean([np.nanmean(average_precisions(truth, drawn)) for drawn in scores]))
