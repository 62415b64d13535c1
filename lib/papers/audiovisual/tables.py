"""Tables that the audio-visual notebooks show."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.scores import beside_published
from lib.features.store import FeatureStore
from lib.published.tables import cells_of, select
from lib.runs.phases import Results

PAPER = "priyasad2020-audio-visual"
TITLES = {"rml": "RML", "enterface": "eNTERFACE'05"}
"""Corpora by the names in the paper's tables."""
FIGURE_4 = "rml"
"""Corpus of the one confusion matrix whose numbers the paper prints."""


def kept_by_class(samples: pd.DataFrame, excluded: pd.DataFrame) -> pd.DataFrame:
    """Numbers of kept and excluded clips of each class."""
    table = pd.DataFrame(
        {"kept": samples["label"].value_counts(), "left out": excluded["label"].value_counts()}
    )
    return table.fillna(0).astype(int).sort_index()


def segment_counts(segments: pd.DataFrame) -> pd.DataFrame:
    """Segments of a clip and the seconds they cover, for the region with speech and whole clips."""
    by_clip = segments.groupby(["variant", "sample_id"]).agg(
        segments=("segment", "size"), start=("start", "min"), end=("end", "max")
    )
    by_clip["seconds"] = by_clip["end"] - by_clip["start"]
    table = by_clip.groupby("variant")[["segments", "seconds"]]
    return table.agg(["min", "mean", "max"]).round(2)


def beside(
    scores: pd.DataFrame, experiment: str, exhibit: str, corpus: str, marker: str, comparable: bool
) -> pd.DataFrame:
    """Printed accuracy of the paper's network beside the accuracy (WAR) of one experiment."""
    published = select(PAPER, exhibit, metric="accuracy").reset_index()
    published = published.rename(columns={"row": "experiment"})
    ours = scores[(scores["experiment"] == experiment) & (scores["metric"] == "WAR")]
    ours = ours.assign(experiment=f"{TITLES.get(corpus, corpus)}, proposed", metric="accuracy")
    return beside_published(ours, published, marker, comparable)


def _figure_4() -> pd.DataFrame:
    cells = cells_of([PAPER], metrics=["share of the true class"])
    return cells.rename(columns={"row": "true", "column": "predicted"})


def published_matrix(classes: list[str]) -> pd.DataFrame:
    """Fig. 4 as shares of the true class, true class by predicted class."""
    table = _figure_4().pivot_table("value", "true", "predicted") / 100
    return table.reindex(index=classes, columns=classes)


def beside_matrix(
    counts: NDArray[np.integer], classes: list[str], marker: str, comparable: bool
) -> pd.DataFrame:
    """Printed cells of Fig. 4 beside our shares with Wilson's interval.

    `counts` are (classes, classes), true class by predicted class.
    """
    from statsmodels.stats.proportion import proportion_confint

    rows = []
    for (i, j), hits in np.ndenumerate(counts):
        total = counts[i].sum()
        low, high = proportion_confint(hits, total, method="wilson") if total else (0.0, 1.0)
        share = hits / total if total else np.nan
        rows.append((classes[i], classes[j], share, low, high, total))
    columns = ["true", "predicted", "score", "low", "high", "runs"]
    ours, on = pd.DataFrame(rows, columns=columns), ["true", "predicted"]
    table = beside_published(ours, _figure_4(), marker, comparable, on)
    return table.drop(columns=["paper", "exhibit", "metric", "runs"])


def attention_by_class(
    results: Results, segments: pd.DataFrame, samples: pd.DataFrame
) -> pd.DataFrame:
    """Mean attention weight of each modality by emotion, over tested segments.

    Columns are ``label``, ``audio`` and ``video`` (sum to one), ``segments`` (their number).
    """
    stores = [FeatureStore(folder / "attention.arrow") for folder in results.folders]
    rows = [(segment, *map(float, store[segment])) for store in stores for segment in store]
    table = pd.DataFrame(rows, columns=["segment", "audio", "video"])
    table = table.merge(segments[["segment", "sample_id"]], on="segment")
    by_label = table.merge(samples[["sample_id", "label"]], on="sample_id").groupby("label")
    means = by_label[["audio", "video"]].mean()
    return means.assign(segments=by_label.size()).reset_index()
