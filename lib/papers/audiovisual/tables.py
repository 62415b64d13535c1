"""Tables that the audio-visual notebooks show."""

import pandas as pd

from lib.evaluation.beside import beside_published
from lib.evaluation.classification import confusion_statistic
from lib.evaluation.jackknife import intervals
from lib.features.store import FeatureStore
from lib.published.tables import cells_of, select
from lib.runs.phases import Results

PAPER = "priyasad2020-audio-visual"
TITLES = {"rml": "RML", "enterface": "eNTERFACE'05"}
"""Corpora by the names in the paper's tables."""
PRINTED = {("Table 1", "rml"): "UAR"}
"""What is printed as accuracy, where it is not accuracy, by exhibit and corpus."""
FIGURE_4 = "rml"
"""Corpus of the one confusion matrix whose numbers the paper prints."""


def segment_counts(segments: pd.DataFrame) -> pd.DataFrame:
    """Segments of a clip and the seconds they cover, for the region with speech and whole clips."""
    by_clip = segments.groupby(["variant", "sample_id"]).agg(
        segments=("segment", "size"), start=("start", "min"), end=("end", "max")
    )
    by_clip["seconds"] = by_clip["end"] - by_clip["start"]
    table = by_clip.groupby("variant")[["segments", "seconds"]]
    return table.agg(["min", "mean", "max"]).round(2)


def beside(scores: pd.DataFrame, experiment: str, exhibit: str, corpus: str, obstacle: str) -> pd.DataFrame:
    """Printed accuracy of the paper's network beside the same number of one experiment.

    It is the accuracy (WAR), but for RML in Table 1, where the printed number is the mean of the
    recalls in Fig. 4 (UAR).
    """
    published = select(PAPER, exhibit, metric="accuracy").reset_index()
    published = published.rename(columns={"row": "experiment"})
    metric = PRINTED.get((exhibit, corpus), "WAR")
    ours = scores[(scores["experiment"] == experiment) & (scores["metric"] == metric)]
    ours = ours.assign(experiment=f"{TITLES.get(corpus, corpus)}, proposed", metric="accuracy")
    return beside_published(ours, published, obstacle)


def _figure_4() -> pd.DataFrame:
    cells = cells_of([PAPER], metrics=["share of the true class"])
    return cells.rename(columns={"row": "true", "column": "predicted"})


def published_matrix(classes: list[str]) -> pd.DataFrame:
    """Fig. 4 as shares of the true class, true class by predicted class."""
    table = _figure_4().pivot_table("value", "true", "predicted") / 100
    return table.reindex(index=classes, columns=classes)


def beside_matrix(test: pd.DataFrame, obstacle: str) -> pd.DataFrame:
    """Printed cells of Fig. 4 beside our shares, with intervals over speakers and trainings.

    `test` has the test predictions of one experiment.
    """
    statistic = confusion_statistic(test)
    found = intervals(statistic)
    rows = [statistic.about[name] | own._asdict() for name, own in found.items()]
    ours = pd.DataFrame(rows).rename(columns={"estimate": "score"})
    ours = ours.assign(runs=test["repeat"].nunique()).drop(columns="spread")
    table = beside_published(ours, _figure_4(), obstacle, ["true", "predicted"])
    return table.drop(columns=["paper", "exhibit", "metric", "runs"])


def attention_by_class(results: Results, segments: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
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
