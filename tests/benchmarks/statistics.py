"""Scores of many draws, as intervals need them, against loops over scikit-learn and NumPy."""

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, recall_score

from lib.evaluation import classification, metrics, values
from tests.benchmarks.harness import Pair, close


def _weights(generator, draws, clusters):
    return np.stack(
        [np.bincount(row, minlength=clusters) for row in generator.integers(clusters, size=(draws, clusters))]
    )


def _recalls(size):
    generator = np.random.default_rng(0)
    samples, clusters, draws = 5000, 100, round(300 * size)
    truth, cluster = generator.integers(4, size=samples), np.repeat(np.arange(clusters), samples // clusters)
    predicted = np.where(generator.random(samples) < 0.6, truth, generator.integers(4, size=samples))
    weights = _weights(generator, draws, clusters)
    statistic = classification.counts_statistic(truth, predicted, np.char.zfill(cluster.astype(str), 3), 4)
    place = list(statistic.about).index("UAR")
    drawn = [row[cluster] for row in weights]
    return (
        lambda: statistic.scores(weights)[0, :, place],
        lambda: [recall_score(truth, predicted, sample_weight=row, average="macro") for row in drawn],
    )


def _precisions(size):
    generator = np.random.default_rng(0)
    truth, draws = generator.random((2000, 26)) < 0.15, max(2, round(40 * size))
    scores = truth + generator.normal(size=truth.shape)
    weights = _weights(generator, draws, len(truth))
    return (
        lambda: metrics.average_precisions(truth, scores, weights),
        lambda: [average_precision_score(truth, scores, average=None, sample_weight=row) for row in weights],
    )


def _concordances(size):
    generator = np.random.default_rng(0)
    recordings, frames, draws = 9, 7500, round(200 * size)
    truth = generator.normal(size=(recordings, frames)).cumsum(axis=1) / 100
    predicted = truth + generator.normal(size=truth.shape)
    chosen = generator.integers(recordings, size=(draws, recordings))
    weights = np.stack([np.bincount(row, minlength=recordings) for row in chosen])
    table = pd.DataFrame(
        {
            "repeat": 0,
            "recording": np.repeat([f"P{number}" for number in range(recordings)], frames),
            "truth": truth.ravel(),
            "prediction": predicted.ravel(),
        }
    )
    place = list(values.statistic(table).about).index("CCC")

    def loop():
        found = []
        for row in chosen:
            x, y = truth[row].ravel(), predicted[row].ravel()
            found.append(2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))
        return found

    return lambda: values.statistic(table).scores(weights)[0, :, place], loop


LOOP, WITHIN = "a loop over scikit-learn", "within 1e-9"
PAIRS = [
    Pair("UAR of 300 draws of clusters, 5000 samples", LOOP, _recalls, close(1e-9), WITHIN),
    Pair("average precision of 26 labels, 40 draws", LOOP, _precisions, close(1e-9), WITHIN),
    Pair("CCC of 200 draws of 9 recordings", "a loop over NumPy", _concordances, close(1e-9), WITHIN),
]
