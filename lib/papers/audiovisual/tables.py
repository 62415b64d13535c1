"""Tables that the audio-visual notebooks show."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.classification import beside_published
from lib.features.store import FeatureStore
from lib.published.tables import cells_of
from lib.runs.phases import Results

PAPER = "priyasad2020-audio-visual"
TITLES = {"rml": "RML", "enterface": "eNTERFACE'05"}
"""Corpora by the names in the paper's tables."""
FIGURE_4 = "rml"
"""Corpus of the one confusion matrix whose numbers the paper prints."""


def kept_by_class(samples: pd.DataFrame, excluded: pd.DataFrame) -> pd.DataFrame:
    """Kept and left-out clips of each class."""
    table = pd.DataFrame(
        {"kept": samples["label"].value_counts(), "left out": excluded["label"].value_counts()}
    )
    return table.fillna(0).astype(int).sort_index()


def segment_counts(segments: pd.DataFrame) -> pd.DataFrame:
    """Segments a clip and seconds that they cover, of the region with speech and the whole clip."""
    by_clip = segments.groupby(["variant", "sample_id"]).agg(
        segments=("segment", "size"), start=("start", "min"), end=("end", "max")
    )
    by_clip["seconds"] = by_clip["end"] - by_clip["start"]
    table = by_clip.groupby("variant")[["segments", "seconds"]]
    return table.agg(["min", "mean", "max"]).round(2)


def beside(
    scores: pd.DataFrame, experiment: str, exhibit: str, corpus: str, marker: str, comparable: bool
) -> pd.DataFrame:
    """The accuracy that the paper prints for its network beside ours of one experiment."""
    published = cells_of([PAPER], metrics=["accuracy"])
    published = published[published["exhibit"] == exhibit]
    ours = scores[(scores["experiment"] == experiment) & (scores["metric"] == "WAR")]
    row = f"{TITLES.get(corpus, corpus)}, proposed"
    return beside_published(
        ours.assign(experiment=row, metric="accuracy"), published, marker, comparable
    )


def published_matrix(classes: list[str]) -> pd.DataFrame:
    """Fig. 4 as shares of the true class, true class by predicted class."""
    printed = cells_of([PAPER], metrics=["share of the true class"])
    table = printed.pivot_table(index="row", columns="column", values="value") / 100
    return table.reindex(index=classes, columns=classes)


def beside_matrix(
    counts: NDArray[np.integer], classes: list[str], marker: str, comparable: bool
) -> pd.DataFrame:
    """Each printed cell of Fig. 4 beside our share, with Wilson's interval.

    Parameters
    ----------
    counts : array of int, (classes, classes)
        True class by predicted class.
    """
    from statsmodels.stats.proportion import proportion_confint

    rows = []
    for cell in cells_of([PAPER], metrics=["share of the true class"]).to_dict("records"):
        true, predicted = classes.index(cell["row"]), classes.index(cell["column"])
        total, hits = int(counts[true].sum()), int(counts[true, predicted])
        low, high = proportion_confint(hits, total, method="wilson") if total else (0.0, 1.0)
        inside = 100 * low <= cell["value"] <= 100 * high
        verdict = ("agrees" if inside else "differs") if comparable else f"not comparable: {marker}"
        ours = 100 * hits / total if total else np.nan
        rows.append(
            {"cell_id": cell["cell_id"], "true": cell["row"], "predicted": cell["column"],
             "unit": "percent", "published": cell["value"], "ours": ours, "low": 100 * low,
             "high": 100 * high, "gap": ours - cell["value"], "verdict": verdict}
        )  # fmt: skip
    return pd.DataFrame(rows).round({"ours": 4, "low": 4, "high": 4, "gap": 4})


def attention_by_class(
    results: Results, segments: pd.DataFrame, samples: pd.DataFrame
) -> pd.DataFrame:
    """Mean attention weight of each modality by emotion, over tested segments.

    Parameters
    ----------
    results : Results
        Runs of a fusion by attention over the two modalities.
    segments, samples : DataFrame
        Of the extraction.

    Returns
    -------
    DataFrame
        ``label``, ``audio``, ``video`` (sum to one), ``segments``.
    """
    rows = []
    for folder in results.folders:
        store = FeatureStore(folder / "attention.arrow")
        rows += [(segment, *map(float, store[segment])) for segment in store]
    table = pd.DataFrame(rows, columns=["segment", "audio", "video"])
    table = table.merge(segments[["segment", "sample_id"]], on="segment")
    table = table.merge(samples[["sample_id", "label"]], on="sample_id")
    means = table.groupby("label")[["audio", "video"]].mean()
    return means.assign(segments=table.groupby("label").size()).reset_index()
