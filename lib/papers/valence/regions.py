"""Regions of the aligned face: how much attention they get, and what a network loses without."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from lib.evaluation.multilabel import interval
from lib.evaluation.values import recording_weights, scores_of, sums
from lib.papers.valence.training import clips_of, load
from lib.runs.run import Run

Box = tuple[float, float, float, float]

REGIONS: dict[str, Box] = {
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
"""What is covered, by name."""
AGAINST = ("cheeks and forehead", "eyes and mouth")
"""Coverings that are compared with each other."""


def box_of(region: str, size: int) -> tuple[slice, slice]:
    """Rows and columns of a region in a face of `size` pixels."""
    left, top, right, bottom = (round(side * size) for side in REGIONS[region])
    return slice(top, bottom), slice(left, right)


def region_shares(attention: NDArray[np.float32]) -> pd.DataFrame:
    """Attention inside the regions, as share and by the share of their area.

    Parameters
    ----------
    attention : array, (clips, time, size, size)
        Sums to one over a frame.

    Returns
    -------
    DataFrame
        By region ``attention``, ``area`` and ``ratio`` (1 where attention is even).
    """
    size = attention.shape[-1]
    rows = {}
    for name in REGIONS:
        box = attention[(..., *box_of(name, size))]
        share = float(box.sum(axis=(-2, -1)).mean())
        area = box.shape[-1] * box.shape[-2] / size**2
        rows[name] = {"attention": share, "area": area, "ratio": share / area}
    return pd.DataFrame(rows).T


@torch.no_grad()
def covered_predictions(run: Run, folder: Path) -> pd.DataFrame:
    """What a run's network predicts for clips of reported recordings with regions covered.

    A covered region shows the mean face of some 64 clips of the training part, in every frame.

    Returns
    -------
    DataFrame
        ``recording``, ``truth``, and a column of predictions for each name in `COVERED`.
    """
    model, settings = load(run, folder), run.settings
    trained = clips_of(settings, list(run.split.part("train")), settings["model"]["frames"]).clips
    every = torch.arange(0, len(trained), max(1, len(trained) // 64))
    mean = trained[every].mean(dim=(0, 2), keepdim=True)  # (1, 3, 1, H, W)
    found = clips_of(settings, list(run.split.part("test")), settings["stride"])
    truth = np.asarray(found.values)
    table = pd.DataFrame({"recording": found.clips.recordings, "truth": truth})
    outputs: dict[str, list[torch.Tensor]] = {name: [] for name in COVERED}
    for rows in torch.arange(len(found.clips)).split(32):
        clips = found.clips[rows]  # (B, 3, T, H, W)
        for name, regions in COVERED.items():
            covered = clips.clone()
            for region in regions:
                box = (..., *box_of(region, clips.shape[-1]))
                covered[box] = mean[box]
            outputs[name].append(model(covered))
    return table.assign(**{name: torch.cat(own).double().numpy() for name, own in outputs.items()})


def covering_costs(predictions: Mapping[str, pd.DataFrame], draws: int, seed: int) -> pd.DataFrame:
    """CCC of clips with regions covered, and what covering costs, with a bootstrap over recordings.

    Parameters
    ----------
    predictions : mapping
        From `covered_predictions` by experiment.

    Returns
    -------
    DataFrame
        ``experiment``, ``covered``, ``CCC``, ``difference`` (CCC of nothing covered minus this
        one's), ``low``, ``high``; the last row of each experiment has what eyes and mouth cost
        more than cheeks and forehead.
    """
    rows = []
    for experiment, table in predictions.items():
        own = {
            name: np.array([sums(rows["truth"].to_numpy(float), rows[name].to_numpy(float))
                            for _, rows in table.groupby("recording")])
            for name in COVERED
        }  # fmt: skip
        weights = recording_weights(table["recording"].nunique(), draws, seed)
        scores = {name: float(scores_of(own[name].sum(axis=0))["CCC"]) for name in own}
        drawn = {name: scores_of(weights @ own[name])["CCC"] for name in own}
        compared = [("nothing", name) for name in COVERED if name != "nothing"]
        for first, second in [*compared, AGAINST]:
            cost = interval(scores[first] - scores[second], drawn[first] - drawn[second])
            rows.append(
                {"experiment": experiment,
                 "covered": second if first == "nothing" else f"{second} against {first}",
                 "CCC": scores[second] if first == "nothing" else np.nan,
                 "difference": cost.estimate, "low": cost.low, "high": cost.high}
            )  # fmt: skip
    return pd.DataFrame(rows)
