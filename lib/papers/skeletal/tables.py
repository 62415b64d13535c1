"""Tables that the skeletal notebooks show, computed from finished runs and their predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.evaluation.bootstrap import bootstrap_difference, bootstrap_mean
from lib.evaluation.metrics import classification_scores, unweighted_average_recall
from lib.evaluation.predictions import classes_of, paired
from lib.papers.skeletal.attention import weights_of
from lib.published.audit_statistics import unpaired_p
from lib.published.tables import cells, claims, spread, value
from lib.runs.phases import Results, parameter_counts

NODES = ("audio", "text", "skeleton")


def parameter_table(results: Results) -> pd.DataFrame:
    """Parameters of each experiment, all and those trained, beside the papers' where they print it.

    A vocabulary comes from a split's training part, so that text models differ by split; the table
    has the first split's.
    """
    table = parameter_counts(results)
    table["published"] = published_parameters().reindex(table.index)
    return table


def published_parameters() -> pd.Series:
    """Parameters that the papers print, by model."""
    printed = cells().query("metric == 'parameters'")
    return printed.groupby("row")["value"].first().astype("Int64")


def graph_weights(results: Results, test: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Mean graph attention from each modality to each, by true class.

    Parameters
    ----------
    results : Results
        Runs of SMERN-GA.
    test : DataFrame
        Their test predictions.

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
            {"class": classes[int(label)], "receiver": to, "sender": of, "weight": mean[i, j]}
            for i, to in enumerate(NODES)
            for j, of in enumerate(NODES)
        ]
    return pd.DataFrame(rows)


def chosen_on_development(predictions: pd.DataFrame, of: Mapping[str, str]) -> pd.DataFrame:
    """UAR of every point of some ranges, and which one the development part chooses.

    Parameters
    ----------
    of : mapping
        Model by experiment.

    Returns
    -------
    DataFrame
        ``model``, ``experiment``, ``dev`` and ``test`` (mean UAR over repetitions, pooled folds),
        ``chosen``.
    """
    rows = []
    for experiment, model in of.items():
        group = predictions[predictions["experiment"] == experiment]
        score = {
            part: np.mean(
                [
                    unweighted_average_recall(
                        repeat["label"].to_numpy(), repeat["prediction"].to_numpy()
                    )
                    for _, repeat in group[group["part"] == part].groupby("repeat")
                ]
            )
            for part in ("dev", "test")
        }
        rows.append({"model": model, "experiment": experiment} | score)
    table = pd.DataFrame(rows)
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
    test = predictions[predictions["part"] == "test"]
    named = test["experiment"].str.rsplit(" ", n=1, expand=True)
    test = test.assign(start=named[0], ratio=named[1].astype(float))
    rows = []
    for ratio, group in test.groupby("ratio"):
        pair = paired(group, "start", "pretrained", "not pretrained")
        interval = bootstrap_difference(
            pair["label"].to_numpy(), pair["first"].to_numpy(), pair["second"].to_numpy(),
            pair["cluster"].to_numpy(), len(classes_of(predictions)), seed,
            pair["repeat"].to_numpy(), draws,
        )["UAR"]  # fmt: skip
        rows.append(
            {"ratio": ratio, "gain": interval.estimate, "low": interval.low,
             "high": interval.high, "samples": len(pair)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def fine_tuning_curves(predictions: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """UAR and WAR by share of training data, with and without pretraining.

    Parameters
    ----------
    predictions : DataFrame
        Experiments named ``"pretrained 0.1"`` and ``"not pretrained 0.1"``.
    draws, seed : int
        Of the bootstrap over the choices of held-out speakers.

    Returns
    -------
    DataFrame
        ``start``, ``ratio``, ``metric``, ``score`` (mean over folds and draws), ``low``, ``high``
        (over folds, each the mean of its draws), ``spread`` (standard deviation over all),
        ``runs``.
    """
    test = predictions[predictions["part"] == "test"]
    scores = pd.DataFrame(
        {"experiment": experiment, "fold": fold, "repeat": repeat}
        | classification_scores(
            group["label"].to_numpy(), group["prediction"].to_numpy(), ("UAR", "WAR")
        )
        for (experiment, fold, repeat), group in test.groupby(
            ["experiment", "fold", "repeat"], sort=False
        )
    )
    rows = []
    for experiment, group in scores.groupby("experiment", sort=False):
        start, ratio = str(experiment).rsplit(" ", 1)
        for metric in ("UAR", "WAR"):
            interval = bootstrap_mean(group.groupby("fold")[metric].mean().to_numpy(), seed, draws)
            rows.append(
                {"start": start, "ratio": float(ratio), "metric": metric,
                 "score": interval.estimate, "low": interval.low, "high": interval.high,
                 "spread": group[metric].std(ddof=1), "runs": len(group)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def for_tests(training: Path, ablations: Path, pairs: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Predictions of the experiments of some pairs, from the training or the ablation stage.

    Where an experiment was tried at several points of a range, the point that the development part
    chooses stands for it.
    """
    trained, tried = pd.read_parquet(training), pd.read_parquet(ablations)
    wanted = {name for pair in pairs for name in pair}
    found = [trained[trained["experiment"].isin(wanted)]]
    for name in sorted(wanted - set(trained["experiment"])):
        of = {
            point: name for point in tried["experiment"].unique() if point.startswith(f"{name} (")
        }
        if not of:
            raise ValueError(f"no predictions of {name} in {training.name} or {ablations}")
        ranges = chosen_on_development(tried, of)
        chosen = ranges.loc[ranges["chosen"], "experiment"].iloc[0]
        found.append(tried[tried["experiment"] == chosen].assign(experiment=name))
    return pd.concat(found, ignore_index=True)


def stated_tests() -> pd.DataFrame:
    """The papers' stated p-values beside those of their printed means, spreads and repetitions."""
    rows = []
    for claim in claims().reset_index().to_dict("records"):
        if not claim["stated_p"] or not claim["paper"].startswith("shi"):
            continue
        first, second = claim["cells"].split(";")
        known = not np.isnan([spread(first), spread(second)]).any()
        runs = int(cells().loc[first, "runs"])
        rows.append(
            {"paper": claim["paper"], "first": claim["subject"], "second": claim["comparator"],
             "metric": claim["metric"], "stated p": claim["stated_p"],
             "unpaired p of the printed numbers": unpaired_p(
                 value(first), spread(first), value(second), spread(second), runs
             ) if known else np.nan,
             "note": "" if known else "no spread is printed"}
        )  # fmt: skip
    return pd.DataFrame(rows)
