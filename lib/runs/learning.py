"""How trainings went: losses by epoch of finished runs, and whether their networks learnt."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.runs.phases import Results, networks
from lib.runs.run import Run


def histories(results: Results) -> pd.DataFrame:
    """Losses of every epoch of every run that trained a network.

    Columns are ``experiment``, ``run`` (its place among the results), ``epoch`` (from 1), ``train``
    and ``dev``, and ``best``: whether the epoch's weights were kept.
    """
    tables = []
    for number, (run, folder) in enumerate(zip(results.runs, results.folders, strict=True)):
        path = folder / "history.json"
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))
            epochs = np.arange(len(stored["train"]))
            about = {"experiment": run.experiment, "run": number, "epoch": epochs + 1}
            best = epochs == stored.pop("best_epoch")
            tables.append(pd.DataFrame({**about, **stored, "best": best}))
    return pd.concat(tables, ignore_index=True)


def curve(history: pd.DataFrame, part: str) -> pd.DataFrame:
    """Loss of a part by epoch over the runs of one experiment, from its rows of `histories`.

    Columns are ``median``, and ``low`` to ``high``, the middle 80 % of the runs. The curve ends
    where fewer than half of the runs go on.
    """
    losses = history.pivot(index="epoch", columns="run", values=part)
    losses = losses[losses.count(axis=1) >= losses.shape[1] / 2]
    return losses.quantile([0.1, 0.5, 0.9], axis=1).T.set_axis(["low", "median", "high"], axis=1)


def constant_loss(run: Run, targets: ArrayLike) -> float:
    """Lowest loss of a prediction that ignores the inputs, on the targets of a training part.

    The entropy of the shares of classes, or the variance of values.
    """
    training = run.settings["training"]
    if training["task"] == "regression":
        return float(np.var(targets))
    counts = np.unique(targets, return_counts=True)[1]
    weights = np.ones(len(counts)) if training["class_weights"] else counts
    shares = weights / weights.sum()
    return float(-shares @ np.log(shares))


def learning_table(results: Results, constant: Callable[[Run], float]) -> pd.DataFrame:
    """Whether each experiment's trainings were long enough and learnt more than a constant.

    `constant` is the loss of a constant prediction in a run, such as `constant_loss`.

    Returns
    -------
    DataFrame
        A row an experiment: ``trainings``; ``best epoch``, of at most ``epochs``; the losses at the
        best epoch, ``train`` (the mean while the epoch goes on, with dropout) and ``dev``, and
        ``constant``, all medians over trainings; and a ``mark`` with the number of trainings that
        were ``cut off`` (see `lib.runs.phases.networks`) or ``did not learn``: their training loss
        is not below the constant's.
    """
    rows = []
    for name, counts in networks(results).iterrows():
        own = results.of(str(name))
        best = histories(own).query("best")
        constants = np.array([constant(run) for run in own.runs])
        unlearnt = int((best["train"].to_numpy() >= constants).sum())
        found = {"cut off": counts["cut off"], "did not learn": unlearnt}
        marks = [f"{mark} ({n} of {counts['trainings']})" for mark, n in found.items() if n]
        medians = best[["train", "dev"]].median().to_dict()
        row = {"experiment": name, "trainings": counts["trainings"]}
        row |= {"best epoch": best["epoch"].median()}
        row |= {"epochs": own.runs[0].settings["training"]["epochs"], **medians}
        rows.append(row | {"constant": np.median(constants), "mark": "; ".join(marks)})
    return pd.DataFrame(rows)
