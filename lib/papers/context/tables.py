"""Tables and maps that the context notebooks show."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.beside import beside_published
from lib.evaluation.metrics import concordance_correlation
from lib.evaluation.predictions import names_of, truth_and_scores
from lib.features.store import FeatureStore
from lib.params import project_path
from lib.published.tables import select
from lib.runs.phases import Results
from lib.runs.run import Run

Heat = NDArray[np.float32]
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


def best_labels(test: pd.DataFrame) -> dict[str, str]:
    """The label with the highest score of every person, by sample."""
    best = truth_and_scores(test)[1].argmax(axis=1)
    return dict(zip(test["sample_id"], np.array(names_of(test))[best], strict=True))


def heat_maps(run: Run, folder: Path, chosen: Mapping[str, str], stream: str) -> dict[str, Heat]:
    """Grad-CAM of a stream's picture for one label of each person, (size, size) (vo2022 4.3.2, Fig. 1)."""
    from lib.models.grad_cam import grad_cam, last_convolution
    from lib.papers.context import inputs
    from lib.papers.context import training as context_training

    model = context_training.load(run, folder, pictures=True)
    store = FeatureStore(project_path(run.settings["folder"]) / "pictures.arrow")
    pictures, labels = inputs.pictures_of(run.settings, store, chosen), store.metadata["labels"]
    layer = last_convolution(model.network.backbones[stream], pictures[:1].shape[-1])
    own, maps = [labels.index(label) for label in chosen.values()], []
    for start in range(0, len(own), 64):
        pairs, scored = pictures[start : start + 64], own[start : start + 64]
        score = partial(lambda scored, batch: model.outputs(batch).fused[:, scored].diagonal(), scored)
        maps += [*grad_cam(layer, score, pairs, (pairs.shape[-2], pairs.shape[-1])).numpy()]
    return dict(zip(chosen, maps, strict=True))


def heat_in_boxes(maps: Mapping[str, NDArray[np.float32]], samples: pd.DataFrame) -> pd.DataFrame:
    """Shares of a scene's Grad-CAM and of its area that lie in the person's box, where there is any heat."""
    rows = {}
    for row in samples[samples["sample_id"].isin(maps)].to_dict("records"):
        heat = maps[row["sample_id"]]
        x, y = ((np.arange(n) + 0.5) / n for n in heat.shape[::-1])
        across = (x > row["x1"] / row["width"]) & (x < row["x2"] / row["width"])
        inside = np.outer((y > row["y1"] / row["height"]) & (y < row["y2"] / row["height"]), across)
        if heat.any():
            shares = ((heat * inside).sum() / heat.sum(), inside.mean())
            rows[row["sample_id"]] = dict(zip(("heat in the box", "area"), shares, strict=True))
    return pd.DataFrame.from_dict(rows, orient="index")


def value_scores(results: Results, samples: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute error, r2 and CCC of valence, arousal and dominance (1 to 10) in the test part.

    Over people whom somebody rated; means over trainings. ``constant`` is the error of the training mean.
    """
    from sklearn.metrics import mean_absolute_error, r2_score

    rows, people = [], samples.set_index("sample_id")
    for run, folder in zip(results.runs, results.folders, strict=True):
        predicted = pd.read_parquet(folder / "values.parquet") if run.settings["values"] else pd.DataFrame()
        for name in map(str, predicted):
            values, rated = predicted[name], people[name].dropna()
            mean = rated[rated.index.isin(run.split.train)].mean()
            truth = rated[rated.index.isin(values.index)]
            own = values[truth.index]
            row = {"value": name, "people": len(truth), "constant": (truth - mean).abs().mean()}
            row |= {"error": mean_absolute_error(truth, own), "r2": r2_score(truth, own)}
            rows.append(row | {"CCC": concordance_correlation(truth, own)})
    columns = ["value", "people", "constant", "error", "r2", "CCC"]
    return pd.DataFrame(rows, columns=columns).groupby("value", sort=False).mean()
