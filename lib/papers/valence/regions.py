"""Regions of the aligned face: the attention that they get, and what covering them costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from lib.evaluation.jackknife import intervals, mean_statistic
from lib.evaluation.values import statistic
from lib.papers.valence.training import clips_of, load
from lib.runs.run import Run

REGIONS = {
    "eyes": (0.14, 0.27, 0.86, 0.46),
    "mouth": (0.27, 0.64, 0.73, 0.88),
    "cheeks": (0.14, 0.46, 0.86, 0.64),
    "forehead": (0.14, 0.0, 0.86, 0.24),
}
"""Boxes of the aligned face: left, top, right, bottom."""
COVERED = {
    "nothing": (),
    **{name: (name,) for name in REGIONS},
    "eyes and mouth": ("eyes", "mouth"),
    "cheeks and forehead": ("cheeks", "forehead"),
}
"""Covered regions by name."""
AGAINST = ("cheeks and forehead", "eyes and mouth")
"""Coverings that are compared with each other."""


def box_of(region: str, size: int) -> tuple[slice, slice]:
    """Rows and columns of a region in a face of `size` pixels."""
    left, top, right, bottom = (round(side * size) for side in REGIONS[region])
    return slice(top, bottom), slice(left, right)


def region_shares(attention: NDArray[np.float32]) -> pd.DataFrame:
    """Shares of the attention and of the area in each region, and their ratio (1 where it is even).

    `attention` is (clips, time, size, size) and sums to one over a frame. The columns are
    ``attention``, ``area`` and ``ratio``.
    """
    size = attention.shape[-1]
    rows = {}
    for name in REGIONS:
        box = attention[(..., *box_of(name, size))]
        share = float(box.sum(axis=(-2, -1)).mean())
        area = box.shape[-1] * box.shape[-2] / size**2
        rows[name] = {"attention": share, "area": area, "ratio": share / area}
    return pd.DataFrame(rows).T


def share_by_area(maps: Sequence[NDArray[np.float32]], owners: Sequence[str], regions: str) -> pd.DataFrame:
    """Attention on a set of regions by area; interval over recordings and trainings.

    `maps` has the attention of each training on the same clips, `owners` the recording of each
    clip, `regions` is a name of `COVERED`. One row: ``regions``, ``ratio`` (1 where attention is
    even), ``low``, ``high``.
    """
    names, recordings = list(COVERED[regions]), np.array(owners)
    ratios = [
        [
            own["attention"].sum() / own["area"].sum()
            for name in dict.fromkeys(owners)
            for own in [region_shares(attention[recordings == name]).loc[names]]
        ]
        for attention in maps
    ]
    found = intervals(mean_statistic(np.array(ratios)))["mean"]
    row = {"regions": regions, "ratio": found.estimate, "low": found.low, "high": found.high}
    return pd.DataFrame([row])


@torch.no_grad()
def covered_predictions(run: Run, folder: Path) -> pd.DataFrame:
    """Predictions of a run's network for clips of reported recordings with regions covered.

    A covered region shows the mean face of about 64 clips of the training part in every frame. The
    columns are ``recording``, ``truth``, ``repeat`` and predictions for each name in `COVERED`.
    """
    model, trained = load(run, folder), clips_of(run, run.split.train)
    every = torch.arange(0, len(trained), max(1, len(trained) // 64))
    mean = trained[every].mean(dim=(0, 2), keepdim=True)  # (1, 3, 1, H, W)
    found = clips_of(run, run.split.test, run.settings["stride"])
    truth = np.asarray(found.values)
    table = pd.DataFrame({"recording": found.recordings, "truth": truth})
    table["repeat"] = run.split.repeat
    outputs: dict[str, list[torch.Tensor]] = {name: [] for name in COVERED}
    for rows in torch.arange(len(found)).split(32):
        clips = found[rows]  # (B, 3, T, H, W)
        for name, regions in COVERED.items():
            covered = clips.clone()
            for region in regions:
                box = (..., *box_of(region, clips.shape[-1]))
                covered[box] = mean[box]
            outputs[name].append(model(covered))
    return table.assign(**{name: torch.cat(own).double().numpy() for name, own in outputs.items()})


def covering_costs(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """CCC of clips with regions covered, and its loss; intervals over recordings and trainings.

    `predictions` has the results of `covered_predictions` by experiment, those of all trainings in
    one table. The columns are
    ``experiment``, ``covered``, ``CCC``, ``difference`` (CCC with nothing covered minus this CCC),
    ``low``, ``high``; the last row of each experiment tells how much more eyes and mouth cost than
    cheeks and forehead.
    """
    rows = []
    compared = [("nothing", name) for name in COVERED if name != "nothing"]
    for experiment, table in predictions.items():
        scores = {name: statistic(table.assign(prediction=table[name])) for name in COVERED}
        for first, second in [*compared, AGAINST]:
            cost = intervals(scores[first] - scores[second])["CCC"]
            plain = first == "nothing"
            own = scores[second].estimates()["CCC"] if plain else np.nan
            name = second if plain else f"{second} against {first}"
            rows.append((experiment, name, own, cost.estimate, cost.low, cost.high))
    return pd.DataFrame(rows, columns=["experiment", "covered", "CCC", "difference", "low", "high"])
