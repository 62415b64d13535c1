"""How certain a network is: spread over trainings, and split conformal sets from the development part.

A set has the true class with a probability of `LEVEL` if the recording is like the samples of the
development part (Vovk, Gammerman and Shafer 2005). That part also chose the epoch, which makes sets a little
too small; and people who are unlike those of the corpus are not covered by any such promise. Of several
trainings, an answer is in the set if it is in those of more than half, which has a probability of at least
2 `LEVEL` - 1 (Gasparin and Ramdas 2024).
"""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.predictions import CLASSES, LABEL_SETS
from scripts.predict.models import Trained

LEVEL = 0.9


def quantile(values: NDArray[np.floating], level: float = LEVEL) -> float | None:
    """Value number (n + 1) level of n, as split conformal prediction takes it; None if n is too small."""
    place = ceil((len(values) + 1) * level - 1e-9)
    return float(np.sort(values)[place - 1]) if 0 < place <= len(values) else None


def calibration(trained: Trained, level: float = LEVEL) -> dict[str, Any]:
    """Limits by name from the development part of a run, or those that a card holds.

    ``level``, ``samples`` (recordings), and ``limits``: for classes that of one minus the probability; for
    labels those of minus the score, over samples that have the label; for valence that of the absolute error.
    """
    if trained.is_card:
        return dict(trained.record["calibration"])
    segments = trained.record["paper"] == "audiovisual"
    table = trained.predictions("segments.parquet" if segments else "predictions.parquet")
    dev = table[table["part"] == "dev"]
    found = {"level": level, "samples": int(dev[trained.kind.sample].nunique())}
    if trained.kind == CLASSES:
        columns = [f"probability_{name}" for name in trained.names]
        true = dev[columns].to_numpy(float)[np.arange(len(dev)), dev["label"].to_numpy(int)]
        limits = dict.fromkeys(trained.names, quantile(1 - true, level))
    elif trained.kind == LABEL_SETS:
        limits = {
            name: quantile(-dev.loc[dev[f"label_{name}"], f"score_{name}"].to_numpy(float), level)
            for name in trained.names
        }
    else:
        error = (dev["truth"] - dev["prediction"]).abs().to_numpy(float)
        limits = {"valence": quantile(error, level)}
    return found | {"limits": limits}


def included(trained: Trained, found: dict[str, Any], outputs: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which classes or labels the conformal set of each unit has, (units, names)."""
    signed = 1 - outputs if trained.kind == CLASSES else -outputs
    limits = [found["limits"][name] for name in trained.names]
    return signed <= np.array([np.inf if limit is None else limit for limit in limits])


def answers(trained: list[Trained], outputs: list[NDArray[np.floating]], spans: pd.DataFrame) -> pd.DataFrame:
    """What some trainings say about units, one row for each unit and name.

    Parameters
    ----------
    outputs : list of array
        Of each training, (units, names), or valence, (units,).
    spans : DataFrame
        ``start``, ``end`` and ``used`` of each unit.

    Returns
    -------
    DataFrame
        ``start``, ``end``, ``name``, ``value`` (mean over the trainings), ``spread`` (their standard
        deviation, missing for one), ``trainings``; ``conformal``: whether the class or label is in the set;
        for valence ``low`` and ``high``, the conformal interval, missing where the part is too small.
    """
    names, limits = trained[0].names, [calibration(each) for each in trained]
    stacked = np.stack([own.reshape(len(spans), len(names)) for own in outputs])  # (trainings, units, names)
    mean = stacked.mean(axis=0)
    spread = stacked.std(axis=0, ddof=1) if len(stacked) > 1 else np.full(mean.shape, np.nan)
    rows = spans.loc[spans.index.repeat(len(names)), ["start", "end", "used"]].reset_index(drop=True)
    rows = rows.assign(name=names * len(spans), value=mean.ravel(), spread=spread.ravel())
    rows = rows.assign(trainings=len(trained))
    if names == ["valence"]:
        radii = [own["limits"]["valence"] for own in limits]
        radius = np.nan if None in radii else float(np.mean(radii))
        rows["conformal"] = pd.NA
        rows = rows.assign(low=rows["value"] - radius, high=rows["value"] + radius)
    else:
        sets = [included(one, limit, own) for one, limit, own in zip(trained, limits, stacked, strict=True)]
        rows = rows.assign(conformal=(np.mean(sets, axis=0) > 0.5).ravel(), low=np.nan, high=np.nan)
    return rows[rows["used"]].drop(columns="used").reset_index(drop=True)
