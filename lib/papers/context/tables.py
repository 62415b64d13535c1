"""Tables and maps that the context notebooks show."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.multilabel import precision_differences
from lib.evaluation.tests import holm
from lib.features.store import FeatureStore
from lib.params import project_path
from lib.published.tables import cells_of
from lib.runs.phases import Results
from lib.runs.run import Run

PAPER = "vo2022-context"
TABLE_1 = {"attention": "proposed"}
TABLE_2 = {
    "B+P": "B+P, additive",
    "B+E": "B+E, additive",
    "concatenation": "B+E+P, additive",
    "attention": "B+E+P, attention",
}
"""Column of the paper's table by experiment."""


def beside(
    scores: pd.DataFrame, exhibit: str, columns: Mapping[str, str], marker: str, comparable: bool
) -> pd.DataFrame:
    """Each printed average precision of some columns beside ours, in percent, with a verdict.

    Parameters
    ----------
    scores : DataFrame
        From `lib.evaluation.multilabel.precision_scores`.
    exhibit : str
        ``"Table 1"`` or ``"Table 2"``.
    columns : mapping
        Column of the table by experiment.
    """
    printed = cells_of([PAPER], metrics=["AP", "mAP"])
    printed = printed[printed["exhibit"] == exhibit]
    ours = scores.assign(column=scores["experiment"].map(columns)).dropna(subset="column")
    table = printed.merge(ours, on=["row", "column"], suffixes=("", "_ours"))
    values = 100 * table[["score", "low", "high"]]
    inside = (table["value"] >= values["low"]) & (table["value"] <= values["high"])
    verdict = np.where(inside, "agrees", "differs") if comparable else f"not comparable: {marker}"
    found = table[["cell_id", "paper", "exhibit", "row", "column", "metric", "unit"]].assign(
        published=table["value"], ours=values["score"], low=values["low"], high=values["high"],
        runs=table["runs_ours"], gap=values["score"] - table["value"], verdict=verdict,
    )  # fmt: skip
    return found.round({"ours": 4, "low": 4, "high": 4, "gap": 4})


def table_1(scores: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """The paper's Table 1 whole, with our experiment as one more column, in percent."""
    printed = cells_of([PAPER], metrics=["AP", "mAP"])
    printed = printed[printed["exhibit"] == "Table 1"]
    table = printed.pivot_table(index="row", columns="column", values="value", sort=False)
    ours = scores[scores["experiment"] == experiment].set_index("row")["score"]
    return table.assign(ours=100 * ours.reindex(table.index))


def tests(
    predictions: pd.DataFrame, pairs: Sequence[tuple[str, str]], draws: int, seed: int
) -> pd.DataFrame:
    """Paired bootstrap by picture for every label and mAP of some pairs, with Holm over labels.

    mAP is a test of its own; the labels of a pair are corrected together.
    """
    tables = []
    for first, second in pairs:
        table = precision_differences(predictions, first, second, draws, seed)
        labels = table["row"] != "mAP"
        corrected = table["p bootstrap"].to_numpy(float).copy()
        corrected[labels] = holm(table.loc[labels, "p bootstrap"].to_list())
        tables.append(table.assign(**{"Holm bootstrap": corrected}))
    return pd.concat(tables, ignore_index=True)


def impact_weights(results: Results) -> pd.DataFrame:
    """Impact weights of every tested person: ``sample_id``, ``repeat`` and one column a stream."""
    tables = []
    for run, folder in zip(results.runs, results.folders, strict=True):
        store = FeatureStore(folder / "attention.arrow")
        rows = [[float(value) for value in store[sample]] for sample in store]
        table = pd.DataFrame(rows, columns=store.metadata["streams"])
        tables.append(table.assign(sample_id=list(store), repeat=run.split.repeat))
    return pd.concat(tables, ignore_index=True)


def chosen_samples(test: pd.DataFrame, number: int) -> dict[str, str]:
    """Persons for whom a label that they have is scored highest, and that label.

    The one with the highest score of each label in turn, labels with fewer positives first.
    """
    from lib.evaluation.label_predictions import labels_of, truth_and_scores

    labels = labels_of(test)
    truth, scores = truth_and_scores(test)
    spread = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    found: dict[str, str] = {}
    for label in np.argsort(truth.sum(axis=0), kind="stable"):
        right = np.flatnonzero(truth[:, label])
        if not len(right) or len(found) == number:
            continue
        best = right[spread[right, label].argmax()]
        found.setdefault(str(test["sample_id"].iloc[best]), labels[int(label)])
    return found


def body_maps(run: Run, folder: Path, chosen: Mapping[str, str]) -> dict[str, NDArray[np.float32]]:
    """Grad-CAM of the body stream for a label of each person, (size, size), 0 to 1.

    References
    ----------
    vo2022 section 4.3.2, Fig. 1.
    """
    import torch

    from lib.models.grad_cam import grad_cam, last_convolution
    from lib.papers.context import training as context_training

    model = context_training.load(run, folder)
    store = FeatureStore(project_path(run.settings["folder"]) / "pictures.arrow")
    pictures = context_training.Pictures([store[sample] for sample in chosen])
    features = context_training.stored_features(run.settings, pictures)
    names = list(store.metadata["labels"])
    labels = torch.tensor([names.index(label) for label in chosen.values()])
    pairs = pictures[slice(0, len(chosen))]
    rows = torch.arange(len(chosen))
    heat = grad_cam(
        last_convolution(model.network.backbones["body"]),
        lambda batch: model.outputs(batch, *features).fused[rows, labels],
        pairs,
        (pairs.shape[-2], pairs.shape[-1]),
    )
    return {sample: heat[row].numpy() for row, sample in enumerate(chosen)}
