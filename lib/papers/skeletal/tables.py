"""Tables that the skeletal notebooks show, computed from finished runs and their predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.evaluation.bootstrap import bootstrap, bootstrap_mean
from lib.evaluation.classification import scores_by, statistic
from lib.evaluation.metrics import HEADLINE
from lib.evaluation.predictions import paired, reported
from lib.papers.skeletal.attention import weights_of
from lib.published.audit_statistics import unpaired_p
from lib.published.tables import cells, claims, spread, value
from lib.runs.phases import Results, parameter_counts

NODES = ("audio", "text", "skeleton")
METRIC = HEADLINE["classes"]
RECALLS = (METRIC, "WAR")


def parameter_table(results: Results) -> pd.DataFrame:
    """All and trained parameters of each experiment, beside those that the papers print.

    The vocabulary comes from a split's training part, so that text models differ by split; the
    table has those of the first split.
    """
    table = parameter_counts(results)
    table["published"] = published_parameters().reindex(table.index)
    return table


def published_parameters() -> pd.Series:
    """Parameters that the papers print, by model."""
    printed = cells().query("metric == 'parameters'")
    return printed.groupby("row")["value"].first().astype("Int64")


def graph_weights(results: Results, test: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Mean graph attention from each modality to each, by true class, of SMERN-GA's runs.

    Returns
    -------
    DataFrame
        ``class``, ``receiver``, ``sender``, ``weight`` (mean over samples and heads).
    """
    labels = test.drop_duplicates("sample_id").set_index("sample_id")["label"]
    weights = weights_of(results, labels.index.to_list())
    rows = []
    for label, group in labels.groupby(labels):
        mean = np.mean([weights[sample].mean(axis=0) for sample in group.index], axis=0)  # (3, 3)
        rows += [
            (classes[int(label)], NODES[i], NODES[j], weight)
            for (i, j), weight in np.ndenumerate(mean)
        ]
    return pd.DataFrame(rows, columns=["class", "receiver", "sender", "weight"])


def chosen_on_development(predictions: pd.DataFrame, of: Mapping[str, str]) -> pd.DataFrame:
    """UAR of every point of some ranges, and the point that the development part chooses.

    `of` gives the model of each experiment.

    Returns
    -------
    DataFrame
        ``model``, ``experiment``, ``dev`` and ``test`` (mean UAR over repetitions, pooled folds),
        ``chosen``.
    """
    known = predictions[predictions["experiment"].isin(of)]
    scores = scores_by(known, ["experiment", "part", "repeat"])[METRIC]
    means = scores.groupby(["part", "experiment"]).mean()
    rows = [(model, name, means["dev", name], means["test", name]) for name, model in of.items()]
    table = pd.DataFrame(rows, columns=["model", "experiment", "dev", "test"])
    table["chosen"] = table.index.isin(table.groupby("model")["dev"].idxmax())
    return table


def pretraining_gain(predictions: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """UAR with minus UAR without pretraining at each share, on the same test samples.

    Returns
    -------
    DataFrame
        ``ratio``, ``gain``, ``low``, ``high``, ``samples``; the interval is a paired bootstrap over
        clusters.
    """
    test = reported(predictions)
    named = test["experiment"].str.rsplit(" ", n=1, expand=True)
    test = test.assign(start=named[0], ratio=named[1].astype(float))
    rows = []
    for ratio, group in test.groupby("ratio"):
        one, two = paired(group, "pretrained", "not pretrained", column="start")
        gain = bootstrap(statistic(one) - statistic(two), draws, seed)[METRIC]
        rows.append((ratio, gain.estimate, gain.low, gain.high, len(one)))
    return pd.DataFrame(rows, columns=["ratio", "gain", "low", "high", "samples"])


def fine_tuning_curves(predictions: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """UAR and WAR by share of training data, with and without pretraining.

    Parameters
    ----------
    predictions : DataFrame
        Experiments named ``"pretrained 0.1"`` and ``"not pretrained 0.1"``.
    draws, seed : int
        Bootstrap over the choices of held-out speakers.

    Returns
    -------
    DataFrame
        ``start``, ``ratio``, ``metric``, ``score`` (mean over folds and draws), ``low``, ``high``
        (over folds, each the mean of its draws), ``spread`` (standard deviation over all),
        ``runs``.
    """
    scores = scores_by(reported(predictions), ["experiment", "fold", "repeat"])
    rows = []
    for experiment, group in scores.groupby("experiment", sort=False):
        start, ratio = str(experiment).rsplit(" ", 1)
        for metric in RECALLS:
            own = group[metric]
            mean = bootstrap_mean(own.groupby("fold").mean().to_numpy(), seed, draws)
            interval = (mean.estimate, mean.low, mean.high)
            rows.append((start, float(ratio), metric, *interval, own.std(ddof=1), len(own)))
    sizes = ["score", "low", "high", "spread", "runs"]
    return pd.DataFrame(rows, columns=["start", "ratio", "metric", *sizes])


def for_tests(training: Path, ablations: Path, pairs: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Predictions of the experiments of some pairs, from the training or the ablation stage.

    Where an experiment was tried at several points of a range, the point that the development part
    chooses stands for it.
    """
    trained, tried = pd.read_parquet(training), pd.read_parquet(ablations)
    wanted = {name for pair in pairs for name in pair}
    found = [trained[trained["experiment"].isin(wanted)]]
    for name in sorted(wanted - set(trained["experiment"])):
        points = [point for point in tried["experiment"].unique() if point.startswith(f"{name} (")]
        if not points:
            raise ValueError(f"no predictions of {name} in {training.name} or {ablations}")
        ranges = chosen_on_development(tried, dict.fromkeys(points, name))
        chosen = ranges.loc[ranges["chosen"], "experiment"].iloc[0]
        found.append(tried[tried["experiment"] == chosen].assign(experiment=name))
    return pd.concat(found, ignore_index=True)


def stated_tests() -> pd.DataFrame:
    """Stated p-values beside p-values of the printed means, spreads and repetitions."""
    rows = []
    for claim in claims().reset_index().to_dict("records"):
        if not claim["stated_p"] or not claim["paper"].startswith("shi"):
            continue
        one, two = ((value(cell), spread(cell)) for cell in claim["cells"].split(";"))
        known = not np.isnan([one[1], two[1]]).any()
        runs = int(cells().loc[claim["cells"].split(";")[0], "runs"])
        p = unpaired_p(*one, *two, runs) if known else np.nan
        words = [claim[name] for name in ("paper", "subject", "comparator", "metric", "stated_p")]
        rows.append((*words, p, "" if known else "no spread is printed"))
    columns = ["paper", "first", "second", "metric", "stated p"]
    columns += ["unpaired p of the printed numbers", "note"]
    return pd.DataFrame(rows, columns=columns)
