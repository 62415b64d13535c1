"""Votes of segments on the class of their clip."""

import numpy as np
import pandas as pd

from lib.evaluation.predictions import names_of


def majority_vote(segments: pd.DataFrame, clip: pd.Series) -> pd.DataFrame:
    """Predictions of clips from the predictions of their segments.

    The class with most segments wins, and among equals the one with the largest sum of
    probabilities over all segments (priyasad2020 section 4 does not say what breaks a tie).

    Parameters
    ----------
    segments : DataFrame
        See `lib.evaluation.predictions`; each segment is a sample.
    clip : Series of str
        Clip of each row, aligned with `segments`.

    Returns
    -------
    DataFrame
        The same columns, one row per clip and run; the probabilities are means over segments.

    Raises
    ------
    ValueError
        If a clip's segments do not share their label.
    """
    columns = [f"probability_{name}" for name in names_of(segments)]
    keys = ["experiment", "corpus", "repeat", "fold", "seed", "part"]
    table = segments.assign(sample_id=clip.astype(str))
    rows = []
    for identity, group in table.groupby([*keys, "sample_id"], sort=False):
        if group["label"].min() != group["label"].max():
            raise ValueError(f"the segments of clip {identity[-1]} have different labels")
        votes = np.bincount(group["prediction"], minlength=len(columns))
        probabilities = group[columns].to_numpy(float).sum(axis=0)
        winners = np.flatnonzero(votes == votes.max())
        prediction = int(winners[probabilities[winners].argmax()])
        first = (group["cluster"].iloc[0], group["label"].iloc[0])
        means = (probabilities / len(group)).astype(np.float32)
        rows.append((*identity, *first, prediction, *means))
    names = [*keys, "sample_id", "cluster", "label", "prediction", *columns]
    return pd.DataFrame(rows, columns=names)[list(segments.columns)]
