"""What the notebook of a card shows of a training: facts, curve, answers, and the card against its run."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lib.evaluation.metrics import confusion_matrix
from lib.evaluation.predictions import CLASSES, LABEL_SETS, reported
from lib.figures import plots
from lib.figures.style import PALETTE
from lib.params import project_path
from lib.runs.run import file_version
from scripts.card.writing import derived
from scripts.predict.models import ModelError, Trained

CLOSE = 1e-4
"""Largest difference between two processors; a larger one shows that a card holds another network."""


class NoFeatures(RuntimeError):
    """The features of a run are not there, or not those that it was trained on."""


def facts(trained: Trained) -> pd.DataFrame:
    """Run, data, protocol and fold of a training, one fact a row."""
    record = trained.record
    split, groups = record["split"], record["groups"]
    title, licence, _ = derived(record["corpus"], trained.is_synthetic)
    kind = "pictures" if record["paper"] == "context" else "people"
    shared = f"{groups['train']}, {groups['test']}, {groups['shared']}" if groups["test"] else "not known"
    rows = {
        "run": trained.folder.name,
        "experiment": f"{record['experiment']} ({record['paper']})",
        "code version": record["code"],
        "data": title,
        "marker": record["features"].get("marker", "unknown data"),
        "licence": licence,
        "scheme": split["scheme"],
        "repetition and fold": f"{split['repeat']} and {split['fold']}",
        "seed": record["seed"],
        f"{kind} in training, in test, in both": shared,
        "needs of a recording": " and ".join(trained.parts),
        "answers": ", ".join(trained.names),
    }
    return pd.DataFrame({"fact": list(rows), "value": [str(value) for value in rows.values()]})


def curve(trained: Trained) -> pd.DataFrame:
    """Losses ``train`` and ``dev`` of a run by ``epoch``, and which is the kept one (``best``)."""
    path = trained.folder / "history.json"
    if not path.is_file():
        return pd.DataFrame(columns=["epoch", "train", "dev", "best"])
    stored = json.loads(path.read_text(encoding="utf-8"))
    table = pd.DataFrame({name: stored[name] for name in ("train", "dev")})
    table.insert(0, "epoch", np.arange(1, len(table) + 1))
    return table.assign(best=table.index == stored["best_epoch"])


def curve_figure(table: pd.DataFrame) -> Figure:
    """Learning curve of one training, from `curve`."""
    figure, axis = plt.subplots(figsize=(5, 3))
    for part, color in (("train", PALETTE[0]), ("dev", PALETTE[5])):
        axis.plot(table["epoch"], table[part], color=color, label=part)
    best = table[table["best"]]
    axis.plot(best["epoch"], best["dev"], "o", color=PALETTE[5], label="kept weights")
    axis.set(xlabel="epoch", ylabel="loss")
    axis.legend()
    return figure


def answers_figure(trained: Trained, scores: pd.DataFrame) -> Figure:
    """Stored test answers: confusion matrix, APs of labels (`scores`, of this training), or scatter."""
    table = reported(trained.predictions())
    if trained.kind == CLASSES:
        counts = confusion_matrix(table["label"], table["prediction"], len(trained.names))
        return plots.confusion_matrix_figure({trained.record["experiment"]: counts}, trained.names)
    if trained.kind == LABEL_SETS:
        own = scores[scores["trainings"] == "this one"]
        figure, axis = plt.subplots(figsize=(6, 0.9 + 0.25 * len(own)))
        plots.interval_plot(axis, list(own["metric"]), own[["score", "low", "high"]].to_numpy(float))
        axis.set(xlabel="average precision, 95 % interval", xlim=(0, 1))
        return figure
    figure, axis = plt.subplots(figsize=(4.2, 4))
    axis.scatter(table["truth"], table["prediction"], s=4, color=PALETTE[0])
    axis.axline((0, 0), slope=1, linestyle="--", color="0.5")
    axis.set(xlabel="truth", ylabel="prediction")
    return figure


def features_of(trained: Trained) -> Path:
    """Folder of the features that a run was trained on.

    Raises
    ------
    NoFeatures
        If they are not there or were made anew since.
    """
    settings = trained.record["settings"]
    samples = Path(settings["samples"]).parent if "samples" in settings else settings["folder"]
    for name, version in trained.record["data"].items():
        path = project_path(name)
        if not path.is_file():
            raise NoFeatures(f"nothing to compare: {name} is not there; make repro extracts it")
        if file_version(path) != version:
            raise NoFeatures(f"nothing to compare: {name} is not that of the run; make repro makes both")
    return project_path(samples)


def stored_answers(trained: Trained) -> tuple[list[str], NDArray[Any]]:
    """Samples of the test part and what the run stored of them, in the form of `Trained.outputs`."""
    segments = (trained.folder / "segments.parquet").is_file()
    table = reported(trained.predictions("segments.parquet" if segments else "predictions.parquet"))
    columns = [f"{trained.kind.prefix}{name}" for name in trained.names] if trained.kind.prefix else []
    units = list(dict.fromkeys(table[trained.kind.sample].astype(str)))
    return units, table[columns].to_numpy() if columns else table["prediction"].to_numpy()


def compared(again: NDArray[Any], before: NDArray[Any]) -> str:
    """Sentence on the answers of a card and of its run.

    Raises
    ------
    ModelError
        If they differ by more than `CLOSE`.
    """
    if again.shape == before.shape and np.array_equal(again, before):
        told = f"The card's answers to the test part ({before.size} numbers) are those of its run"
        return f"{told}, to the last bit."
    largest = float(np.abs(again - before).max()) if again.shape == before.shape else np.inf
    if not largest <= CLOSE:
        raise ModelError(f"the card's answers differ from those of its run by {largest:.3g}: make repro")
    return (
        f"The card's answers differ from those of its run by at most {largest:.1g}: the run was computed on "
        "another processor or with other threads."
    )


def section(page: str, title: str) -> str:
    """A section of a card's page, with its heading."""
    return next(f"## {own.strip()}" for own in page.split("\n## ") if own.startswith(f"{title}\n"))
