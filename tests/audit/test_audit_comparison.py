"""Several models on the same samples."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics

from lib.evaluation.scores import differences
from scripts.audit import comparison
from scripts.audit.predictions import clustered, few_clusters
from scripts.audit.reading import joined, read
from tests.audit.samples import classes, sets, stored


def test_differences_are_those_of_the_stages_to_the_last_bit(tmp_path):
    first, second = stored(classes(), tmp_path), stored(classes(5), tmp_path, "other.parquet")
    audited = clustered(joined(first, second, tmp_path / "other.parquet"))
    found = comparison.compare(audited, 1 / 3).set_index("metric")
    own = differences(audited.table, [audited.models]).set_index("metric")
    names = ["difference", "low", "high", "p crossed"]
    assert np.array_equal(found.loc[own.index, names].to_numpy(float), own[names].to_numpy(float))
    assert {"p paired", "p corrected", "p McNemar", "Holm crossed"} <= set(found)


def test_the_best_of_three_models_has_the_first_rank():
    scores = pd.DataFrame({"a": [0.9, 0.8, 0.9, 0.7], "b": [0.5, 0.6, 0.4, 0.5], "c": [0.1, 0.2, 0.3, 0.4]})
    means, distance, p = comparison.ranks(scores)
    assert means.to_dict() == {"a": 1, "b": 2, "c": 3} and p < 0.05
    assert distance == pytest.approx(2.343 * np.sqrt(3 * 4 / (6 * 4)), abs=1e-3)  # Demšar, table 5


def label_pair(folder, repeats):
    tables = []
    for seed in (0, 5):
        own = [sets(number).assign(fold=np.arange(60) % 4, repeat=number) for number in range(repeats)]
        table = pd.concat(own, ignore_index=True)
        for name in ("calm", "glad"):
            table[f"score_{name}"] = np.random.default_rng(seed).random(len(table))
            table[f"label_{name}"] = np.tile(own[0][f"label_{name}"], repeats)
        tables.append(stored(table, folder, f"m{seed}.parquet"))
    return clustered(joined(*tables, folder / "m5.parquet"))


@pytest.mark.parametrize("repeats, unit, number", [(1, "folds", 4), (3, "repetitions", 3)])
def test_label_sets_get_the_usual_tests_too(tmp_path, repeats, unit, number):
    audited = label_pair(tmp_path, repeats)
    found = comparison.compare(audited, 1 / 3).set_index("metric")
    assert list(found.index) == ["AP calm", "AP glad", "mAP"]
    assert (found["unit"] == unit).all() and (found["n"] == number).all()
    key = ["repeat"] if repeats > 1 else ["fold"]
    aps = [
        audited.of(model)
        .groupby(key)
        .apply(lambda own: metrics.average_precision_score(own["label_calm"], own["score_calm"]))
        for model in audited.models
    ]
    assert found.loc["AP calm", "p paired"] == pytest.approx(stats.ttest_rel(*aps).pvalue)
    assert found["p corrected"].notna().all() and found["Holm crossed"].notna().all()
    means = [
        [
            audited.of(model)
            .groupby("repeat")
            .apply(
                lambda own, name=name: metrics.average_precision_score(
                    own[f"label_{name}"], own[f"score_{name}"]
                )
            )
            .mean()
            for name in ("calm", "glad")
        ]
        for model in audited.models
    ]
    assert found.loc["mAP", comparison.LABELS] == pytest.approx(stats.ttest_rel(*means).pvalue)
    assert found[comparison.LABELS].notna().sum() == 1
    shown = comparison.marked(found.reset_index())
    assert {"p crossed", "usual: p paired", f"usual: {comparison.LABELS}"} <= {*shown}


@pytest.mark.parametrize(
    "people, words", [(1, "single cluster"), (4, "2 / 2^4 = 0.125"), (9, "= 0.00391"), (10, None)]
)
def test_few_clusters_are_named_with_the_floor_of_the_exact_test(tmp_path, people, words):
    table = classes().assign(speaker=lambda own: own["id"].str[1:].astype(int) % people)
    table.to_parquet(tmp_path / "mine.parquet")
    found = few_clusters(clustered(read(tmp_path / "mine.parquet"), "speaker"))
    assert words in found if words else not found
    assert ("no difference can be significant" in found) == (people == 4)
