"""Tables and maps that the context notebooks show."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.beside import beside_published
from lib.evaluation.predictions import names_of, truth_and_scores
from lib.features.store import FeatureStore
from lib.params import project_path
from lib.published.tables import select
from lib.runs.phases import Results
from lib.runs.run import Run

PAPER = "vo2022-context"
COLUMNS = {
    "Table 1": {"attention": "proposed"},
    "Table 2": {
        "B+P": "B+P, additive",
        "B+E": "B+E, additive",
        "concatenation": "B+E+P, additive",
        "attention": "B+E+P, attention",
    },
}
"""Column of the paper's table by experiment."""


def beside(scores: pd.DataFrame, exhibit: str, obstacle: str) -> pd.DataFrame:
    """Printed average precisions of a table beside ours, in each experiment's column."""
    printed = select(PAPER, exhibit).reset_index()
    columns = scores["experiment"].map(COLUMNS[exhibit])
    ours = scores.assign(column=columns).dropna(subset="column")
    return beside_published(ours, printed, obstacle, ["row", "column"])


def table_1(scores: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """The paper's whole Table 1 with our experiment as one more column, in percent."""
    table = select(PAPER, "Table 1").pivot_table("value", "row", "column", sort=False)
    ours = scores[scores["experiment"] == experiment].set_index("row")["score"]
    return table.assign(ours=100 * ours.reindex(table.index))


def constant_loss(run: Run, samples: pd.DataFrame, labels: list[str]) -> float:
    """Loss (vo2022 equations 4 to 6) of the training part's shares as everyone's prediction."""
    loss, heads = run.settings["loss"], (*run.settings["model"]["streams"], "fused")
    shares = samples.loc[samples["sample_id"].isin(run.split.train), labels].mean()
    errors = (shares * (1 - shares) / np.log(loss["c"] + shares)).sum()
    return np.nan if loss["per_batch"] else errors * sum(loss[name] for name in heads)


def impact_weights(results: Results) -> pd.DataFrame:
    """Impact weights of every tested person: ``sample_id``, ``repeat`` and a column per stream."""
    tables = []
    for run, folder in zip(results.runs, results.folders, strict=True):
        store = FeatureStore(folder / "attention.arrow")
        rows = np.stack([store[sample] for sample in store]).astype(float)
        table = pd.DataFrame(rows, columns=store.metadata["streams"])
        tables.append(table.assign(sample_id=list(store), repeat=run.split.repeat))
    return pd.concat(tables, ignore_index=True)


def chosen_samples(test: pd.DataFrame, number: int) -> dict[str, str]:
    """Persons with the highest score of a label that they have, and that label.

    Labels take turns, those with fewer positives first.
    """
    labels = names_of(test)
    truth, scores = truth_and_scores(test)
    spread = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    found: dict[str, str] = {}
    for label in np.argsort(truth.sum(axis=0), kind="stable"):
        right = np.flatnonzero(truth[:, label])
        if len(right) and len(found) < number:
            best = right[spread[right, label].argmax()]
            found.setdefault(str(test["sample_id"].iloc[best]), labels[int(label)])
    return found


def body_maps(run: Run, folder: Path, chosen: Mapping[str, str]) -> dict[str, NDArray[np.float32]]:
    """Grad-CAM of a person's body for one label, (size, size), 0 to 1 (vo2022 4.3.2, Fig. 1)."""
    from lib.models.grad_cam import grad_cam, last_convolution
    from lib.papers.context import inputs
    from lib.papers.context import training as context_training

    model = context_training.load(run, folder)
    store = FeatureStore(project_path(run.settings["folder"]) / "pictures.arrow")
    pictures = inputs.Pictures([store[sample] for sample in chosen])
    features, pairs = model.stored_features(pictures), pictures[:]
    labels = [store.metadata["labels"].index(label) for label in chosen.values()]
    rows = list(range(len(chosen)))
    heat = grad_cam(
        last_convolution(model.network.backbones["body"]),
        lambda batch: model.outputs(batch, *features).fused[rows, labels],
        pairs,
        (pairs.shape[-2], pairs.shape[-1]),
    )
    return dict(zip(chosen, heat.numpy(), strict=True))
