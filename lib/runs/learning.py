"""How trainings went: losses by epoch, and whether networks learnt more than a constant."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import entropy

from lib.runs.phases import Results, networks
from lib.runs.run import Run


def constant_loss(run: Run, targets: pd.Series) -> float:
    """Entropy or variance of a training part's targets: the loss if the inputs are ignored."""
    training = run.settings["training"]
    if training["task"] == "regression":
        return float(targets.var(ddof=0))
    counts = targets.value_counts()
    return float(entropy(counts**0 if training["class_weights"] else counts))


def histories(results: Results, constant: Callable[[Run], float]) -> pd.DataFrame:
    """Losses ``train`` and ``dev`` by ``experiment``, ``run`` and ``epoch``, 1 to ``epochs``.

    ``best``: its loss on the development part is the lowest. ``score`` is that of the kept weights
    on the training part. `constant` gives the loss of a constant prediction in a run.
    """
    tables = []
    for run, folder in zip(results.runs, results.folders, strict=True):
        if (path := folder / "history.json").is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))
            best, epochs = stored.pop("best_epoch"), run.settings["training"]["epochs"]
            stored["score"] = np.nan if stored.get("score") is None else stored["score"]
            table = pd.DataFrame({"experiment": run.experiment, "run": folder.name, **stored})
            table["epoch"], table["best"] = table.index + 1, table.index == best
            tables.append(table.assign(epochs=epochs, constant=constant(run)))
    return pd.concat(tables, ignore_index=True)


def learning_table(results: Results, history: pd.DataFrame, test: pd.Series) -> pd.DataFrame:
    """Medians over each experiment's trainings at their best epochs, from `histories`.

    ``UAR, train`` is the median score on the training part, beside the one on the test part, which
    `test` gives by experiment under the metric's name.

    ``mark`` counts trainings that were ``cut off`` (see `lib.runs.phases.networks`), and those that
    ``did not learn``: their training loss, a mean over the epoch, is not below the constant's.
    """
    best = history[history["best"]].assign(unlearnt=lambda rows: rows["train"] >= rows["constant"])
    groups = best.groupby("experiment", sort=False)
    table = groups[["epoch", "epochs", "train", "dev", "constant"]].median()
    table.insert(0, "trainings", groups.size())
    table[f"{test.name}, train"] = groups["score"].median()
    table[f"{test.name}, test"] = test.reindex(table.index)
    counts = {"cut off": networks(results)["cut off"], "did not learn": groups["unlearnt"].sum()}
    rows = pd.DataFrame(counts).loc[table.index].to_dict("records")
    table["mark"] = ["; ".join(f"{mark} ({n})" for mark, n in row.items() if n) for row in rows]
    return table.reset_index().rename(columns={"epoch": "best epoch"}).astype({"epochs": int})
