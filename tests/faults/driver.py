"""Three small stages: ``python driver.py FOLDER STAGE...``; `work` is that of its runs.

``FAULTS_WAIT`` names a place at which the first process that comes by leaves its number in the file
``reached`` and waits to be killed; ``FAULTS_EPOCHS`` stops trainings after as many epochs.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lib import files
from lib.evaluation.predictions import gather, prediction_table
from lib.evaluation.results import write_result
from lib.features.store import FeatureStore, FeatureStoreError, FeatureWriter
from lib.runs import phases, store
from lib.runs.run import Run
from lib.splits import schemes, split

SAMPLES = pd.DataFrame({"sample_id": [f"u{row:02d}" for row in range(36)], "label": ["sad", "glad"] * 18})


def wait_at(place: str, folder: Path) -> None:
    """Wait if the place is that of ``FAULTS_WAIT`` and nobody has waited in the folder before."""
    if os.environ.get("FAULTS_WAIT") != place:
        return
    try:
        with (folder / "reached").open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return
    time.sleep(600)


def extraction(folder: Path) -> None:
    """Write a feature store, unless there is a whole one."""
    path = folder / "features.arrow"
    try:
        store_ = FeatureStore(path)
        for name in store_:
            store_[name]
    except (FileNotFoundError, FeatureStoreError) as error:
        print(error)
    else:
        return
    generator = np.random.default_rng(0)
    with FeatureWriter(path, {"rate": 30}) as writer:
        for number, name in enumerate(SAMPLES["sample_id"]):
            if number == 20:
                wait_at("extraction", folder)
            writer.write(name, generator.normal(number % 2, 1, (50, 8)).astype(np.float32))


def work(run: Run, folder: Path, checkpoint: Path) -> None:
    """Train a small network on the means of features; a run's work."""
    import torch
    from torch import nn

    from lib.training.checkpoints import save_model
    from lib.training.loop import Part, fit, predict
    from lib.training.settings import TrainingSettings

    home = folder.parent.parent
    features = FeatureStore(home / "features.arrow")
    truth = dict(zip(SAMPLES["sample_id"], SAMPLES["label"] == "glad", strict=True))
    parts = {}
    for name in split.PARTS:
        ids = run.split.part(name)
        means = np.stack([features[sample].mean(axis=0) for sample in ids])
        parts[name] = Part((torch.from_numpy(means),), torch.tensor([int(truth[sample]) for sample in ids]))
    torch.manual_seed(run.seed)
    network = nn.Linear(8, 2)
    few = int(os.environ.get("FAULTS_EPOCHS", 0))
    training = TrainingSettings(
        epochs=few or 6, patience=0, batch_size=8, learning_rate=0.05, checkpoint_seconds=0
    )
    history = fit(network, parts["train"], parts["dev"], training, run.seed, checkpoint=checkpoint)
    if few:
        raise InterruptedError("stopped")
    history.write(folder / "history.json")
    wait_at("training", home)
    tables = []
    for name in ("dev", "test"):
        ids, targets = list(run.split.part(name)), parts[name].targets.numpy()
        scores = predict(network, parts[name], training).softmax(1).numpy()
        tables.append(prediction_table(run, name, pd.Series(ids, ids), targets, scores, ["sad", "glad"]))
    pd.concat(tables, ignore_index=True).to_parquet(folder / "predictions.parquet", index=False)
    save_model(folder, network)


def training(folder: Path) -> list[Path]:
    """Six runs."""
    drawn = schemes.make("stratified_kfold", SAMPLES, 3, 2, 1)
    planned = phases.plan("small", phases.Experiment("lib.faults:work", {}, []), "none", drawn, 3)
    return store.execute(planned, folder / "runs")


def statistics(folder: Path) -> None:
    """Predictions of all runs, a table and metrics."""
    results = folder / "results"
    table = gather(training(folder), results / "predictions.parquet")
    wait_at("statistics", folder)
    right = (table["label"] == table["prediction"]).groupby(table["part"]).mean()
    with files.written(results / "table.csv") as own:
        right.to_csv(own)
    write_result(results, "faults/statistics", {}, "none", 3, None, {"small": right.to_dict()})


if __name__ == "__main__":
    for stage in sys.argv[2:]:
        {"extraction": extraction, "training": training, "statistics": statistics}[stage](Path(sys.argv[1]))
