"""Tables that the skeletal notebooks show, computed from finished runs and their predictions."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.beside import AGREES, DIFFERS
from lib.evaluation.classification import scores_by, statistic
from lib.evaluation.jackknife import intervals, mean_statistic
from lib.evaluation.metrics import HEADLINE
from lib.evaluation.predictions import paired, reported
from lib.features.store import FeatureStore
from lib.published.check import unpaired_p
from lib.published.tables import cells, claims, spread, value
from lib.runs.phases import Results, networks

NODES = ("audio", "text", "skeleton")
METRIC = HEADLINE["classes"]
RECALLS = (METRIC, "WAR")


def published_parameters() -> pd.Series:
    """Parameters that the papers print, by model."""
    printed = cells().query("metric == 'parameters'")
    return printed.groupby("row")["value"].first().astype("Int64")


def parameter_table(results: Results, obstacle: str, of: Mapping[str, str] | None = None) -> pd.DataFrame:
    """`lib.runs.phases.networks`, with the parameters that the papers print, in hundreds, and a verdict.

    They are those of the first split: a text model's vocabulary depends on the split. `obstacle`, if there
    is one, is the verdict (networks of another profile have other sizes); `of` chooses experiments and
    names their models.
    """
    table = networks(results)
    table = table.reindex(list(of)) if of else table
    printed = published_parameters().reindex([(of or {}).get(name, name) for name in table.index])
    gap = (table["parameters"] - printed.to_numpy()).abs()
    words = gap.le(50).map({True: obstacle or AGREES, False: obstacle or DIFFERS})
    words = words.where(gap.notna(), "not comparable: none is printed")
    return table.assign(published=printed.to_numpy(), verdict=words)


def correct_samples(test: pd.DataFrame, number: int) -> list[str]:
    """Samples that an experiment recognises with the highest probability, classes in turn."""
    correct = test[test["label"] == test["prediction"]]
    highest = correct.filter(like="probability_").max(axis=1)
    rank = highest.groupby(correct["label"]).rank(ascending=False, method="first")
    ordered = correct.assign(rank=rank).sort_values(["rank", "label"])
    return ordered["sample_id"].drop_duplicates().head(number).to_list()


def weights_of(results: Results, sample_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
    """Attention weights that the runs stored, by sample, each from the first run that tested it."""
    found: dict[str, NDArray[np.float32]] = {}
    for run, folder in zip(results.runs, results.folders, strict=True):
        missing = (set(sample_ids) & set(run.split.test)) - found.keys()
        if missing:
            store = FeatureStore(folder / "attention.arrow")
            found |= {sample: store[sample] for sample in missing}
    return {sample: found[sample] for sample in sample_ids if sample in found}


def graph_weights(results: Results, test: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Mean graph attention from each modality to each, by true class, of SMERN-GA's runs.

    Columns are ``class``, ``receiver``, ``sender`` and ``weight`` (mean over samples and heads).
    """
    labels = test.drop_duplicates("sample_id").set_index("sample_id")["label"]
    weights = weights_of(results, labels.index.to_list())
    rows = []
    for label, group in labels.groupby(labels):
        mean = np.mean([weights[sample].mean(axis=0) for sample in group.index], axis=0)  # (3, 3)
        rows += [(classes[int(label)], NODES[i], NODES[j], weight) for (i, j), weight in np.ndenumerate(mean)]
    return pd.DataFrame(rows, columns=["class", "receiver", "sender", "weight"])


def nested_choice(predictions: pd.DataFrame, of: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of models with a range, whose point each fold chooses by itself.

    In every fold of every repetition, the point with the highest UAR on this fold's development
    part is taken, the first of equal ones. `of` gives the model of each experiment; a model whose
    only experiment has its own name has no range.

    The predictions of the chosen points stand under the models' names. A second table has every
    point: ``model``, ``experiment``, ``UAR, dev`` and ``UAR, test`` (means over folds), and ``chosen``,
    the number of folds that chose it, of ``folds``.
    """
    known = predictions[predictions["experiment"].isin(of)]
    scores = scores_by(known, ["experiment", "part", "repeat", "fold"])[METRIC].rename("score")
    table = scores.reset_index()
    table["model"] = table["experiment"].map(of)
    dev = table[table["part"] == "dev"]
    place = ["model", "repeat", "fold"]
    best = dev.loc[dev.groupby(place, sort=False)["score"].idxmax(), [*place, "experiment"]]
    ranged = best[best["model"].map(lambda name: of.get(name) != name)]
    found = known.merge(ranged, on=["experiment", "repeat", "fold"])
    found = found.assign(experiment=found.pop("model"))[list(predictions.columns)]
    means = table.pivot_table("score", ["model", "experiment"], "part", sort=False)
    ranges = means[["dev", "test"]].add_prefix(f"{METRIC}, ").rename_axis(columns=None).reset_index()
    ranges["chosen"] = ranges["experiment"].map(best["experiment"].value_counts()).fillna(0)
    ranges["folds"] = ranges["model"].map(best["model"].value_counts())
    return found, ranges.astype({"chosen": int})


def pretraining_gain(predictions: pd.DataFrame) -> pd.DataFrame:
    """UAR with minus UAR without pretraining at each share, on the same test samples.

    Columns are ``ratio``, ``gain``, its interval ``low`` to ``high`` over clusters and
    repetitions, and ``samples``.
    """
    test = reported(predictions)
    named = test["experiment"].str.rsplit(" ", n=1, expand=True)
    test = test.assign(start=named[0], ratio=named[1].astype(float))
    rows = []
    for ratio, group in test.groupby("ratio"):
        one, two = paired(group, "pretrained", "not pretrained", column="start")
        gain = intervals(statistic(one) - statistic(two))[METRIC]
        rows.append((ratio, gain.estimate, gain.low, gain.high, len(one)))
    return pd.DataFrame(rows, columns=["ratio", "gain", "low", "high", "samples"])


def fine_tuning_curves(predictions: pd.DataFrame) -> pd.DataFrame:
    """UAR and WAR by share of training data, with and without pretraining.

    Columns are ``start``, ``ratio``, ``metric``, ``score`` (mean over folds and draws), its
    interval ``low`` to ``high`` over folds (the choices of held-out speakers) and repetitions,
    ``spread`` (standard deviation over all) and ``runs``.
    """
    scores = scores_by(reported(predictions), ["experiment", "fold", "repeat"])
    rows = []
    for experiment, group in scores.groupby("experiment", sort=False):
        start, ratio = str(experiment).rsplit(" ", 1)
        for metric in RECALLS:
            own = group[metric]
            by_fold = group.pivot_table(metric, "repeat", "fold").to_numpy()
            mean = intervals(mean_statistic(by_fold))["mean"]
            interval = (mean.estimate, mean.low, mean.high)
            rows.append((start, float(ratio), metric, *interval, own.std(ddof=1), len(own)))
    sizes = ["score", "low", "high", "spread", "runs"]
    return pd.DataFrame(rows, columns=["start", "ratio", "metric", *sizes])


def for_tests(training: Path, ablations: Path, pairs: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Predictions of the experiments of some pairs, from the training or the ablation stage.

    Raises
    ------
    ValueError
        If neither stage has an experiment.
    """
    trained, tried = pd.read_parquet(training), pd.read_parquet(ablations)
    both = pd.concat([trained, tried[~tried["experiment"].isin(trained["experiment"])]])
    wanted = {name for pair in pairs for name in pair}
    if missing := sorted(wanted - set(both["experiment"])):
        raise ValueError(f"no predictions of {missing} in {training} or {ablations}")
    return both[both["experiment"].isin(wanted)].reset_index(drop=True)


def stated_tests() -> pd.DataFrame:
    """Stated p-values beside p-values of the printed means, spreads and repetitions."""
    table, rows = claims(), []
    stated = table[(table["stated_p"] != "") & table["paper"].str.startswith("shi")]
    for claim in stated.to_dict("records"):
        names = claim["cells"].split(";")
        one, two = ((value(cell), spread(cell)) for cell in names)
        known = not np.isnan([one[1], two[1]]).any()
        p = unpaired_p(*one, *two, int(cells().loc[names[0], "runs"])) if known else np.nan
        words = [claim[name] for name in ("paper", "subject", "comparator", "metric", "stated_p")]
        rows.append((*words, p, "" if known else "no spread is printed"))
    columns = ["paper", "first", "second", "metric", "stated p"]
    return pd.DataFrame(rows, columns=[*columns, "unpaired p of the printed numbers", "note"])
