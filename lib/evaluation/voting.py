"""From segments to clips: the majority's class."""

import numpy as np
import pandas as pd

from lib.evaluation.predictions import classes_of


def majority_vote(segments: pd.DataFrame, clip: pd.Series) -> pd.DataFrame:
    """Predictions of clips from those of their segments.

    The class with most segments wins; of several, the one with the largest sum of probabilities,
    over all segments (priyasad2020 section 4 votes, and does not say what breaks a tie).

    Parameters
    ----------
    segments : DataFrame
        See `lib.evaluation.predictions`; each segment is a sample.
    clip : Series of str
        Clip of each row, aligned with `segments`.

    Returns
    -------
    DataFrame
        The same columns, one row a clip and run; the probabilities are means over segments.

    Raises
    ------
    ValueError
        If a clip's segments do not share their label.
    """
    columns = [f"probability_{name}" for name in classes_of(segments)]
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
        rows.append(
            dict(zip([*keys, "sample_id"], identity, strict=True))
            | {"cluster": group["cluster"].iloc[0], "label": group["label"].iloc[0],
               "prediction": prediction}
            | dict(zip(columns, (probabilities / len(group)).astype(np.float32), strict=True))
        )  # fmt: skip
    return pd.DataFrame(rows)[list(segments.columns)]
