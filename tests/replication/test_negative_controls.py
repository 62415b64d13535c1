"""Negative controls: what counts as chance, what proves nothing, what is kept."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib import params
from lib.papers.extracted import Source
from lib.params import project_path
from lib.replication import figures, negative_controls, trainings, versions
from lib.replication.settings import NegativeControlStage
from tests.replication.stale import stale

RUN = {"corpus": "c", "seed": 0, "part": "test"}


def classes(experiment, prediction, label, repeats=3, folds=2):
    """Predicted classes of 120 samples in 24 clusters, by a function of repeat and labels."""
    tables = []
    for repeat in range(repeats):
        truth = label(repeat)
        table = pd.DataFrame({"sample_id": range(120), "cluster": np.arange(120) // 5})
        table = table.assign(label=truth, prediction=prediction(repeat, truth), repeat=repeat)
        tables.append(table.assign(fold=table["cluster"] % folds))
    whole = pd.concat(tables, ignore_index=True).assign(experiment=experiment, **RUN)
    return whole.assign(probability_a=0.5, probability_b=0.5)


def truth(repeat):
    return np.arange(120) % 2


def permuted(repeat):
    return np.random.default_rng(repeat).permutation(truth(repeat))


def learnt(repeat, label):
    return np.where(np.arange(120) % 10 == 0, 1 - label, label)


def guess(repeat, label):
    return np.random.default_rng(100 + repeat).permutation(truth(repeat))


def one_answer(repeat, label):
    return np.zeros(120, int)


def test_what_each_row_shows():
    on_permuted = {"good": guess, "still": one_answer, "idle": guess, "leaks": learnt}
    on_true = {"good": learnt, "still": learnt, "idle": guess, "leaks": learnt}
    found = pd.concat([classes(name, make, permuted) for name, make in on_permuted.items()])
    twin = pd.concat([classes(name, make, truth) for name, make in on_true.items()])
    table = negative_controls.beside_twins(found, twin, 4).set_index("experiment")
    assert table["verdict"].to_dict() == {
        "good": negative_controls.AT_CHANCE,
        "still": negative_controls.CONSTANT,
        "idle": negative_controls.NOT_LEARNT,
        "leaks": negative_controls.OFF_CHANCE,
    }
    assert set(table["trainings"]) == {6} and set(table["chance"]) == {0.5}
    assert table["constant"].to_list() == [0, 6, 0, 0]
    assert table.loc["good", "true score"] == pytest.approx(0.9)
    assert (table["simultaneous low"] <= table["low"]).all()
    assert not table.loc["leaks", ["contains chance", "simultaneously"]].any()
    plt.close(figures.negative_figure(table.reset_index().assign(paper="p", corpus="c")))


def test_constant_answers_of_every_kind():
    half = classes("x", lambda repeat, label: label * (np.arange(120) // 5 % 2), truth, 1)
    assert negative_controls.constant(half).to_list() == [True, False]
    sets = pd.DataFrame({"sample_id": range(6), "cluster": range(6), "label_a": [True, False] * 3})
    sets = sets.assign(score_a=0.3, experiment="x", repeat=0, fold=0, **RUN)
    moved = sets.assign(experiment="y", score_a=np.linspace(0, 1, 6))
    still = negative_controls.constant(pd.concat([sets, moved]))
    assert still.droplevel(["repeat", "fold"]).to_dict() == {"x": True, "y": False}
    time = np.linspace(0, 6, 50)
    values = pd.DataFrame({"recording": "r", "time": time, "truth": np.sin(time)})
    values = values.assign(interpolated=False, repeat=0, fold=0, **RUN)
    flat = values.assign(experiment="x", prediction=0.2 + 0.001 * np.sin(time))
    moved = values.assign(experiment="y", prediction=0.05 * np.cos(time))
    still = negative_controls.constant(pd.concat([flat, moved]))
    assert still.droplevel(["repeat", "fold"]).to_dict() == {"x": True, "y": False}


def test_every_compared_model_is_listed():
    rows = negative_controls.listed()
    assert len(rows) == len(set(rows))
    values = params.load_yaml()
    for paper, corpus in trainings.instances():
        assert corpus in values[paper]["corpora"]
        own = {name for p, c, name in rows if (p, c) == (paper, corpus)}
        assert set(params.block(f"{paper}.training", corpus)["experiments"]) <= own


@pytest.fixture
def stored(tmp_path):
    now = pd.DataFrame([{"paper": "p", "corpus": "c", "code": "a", "results": "1e10", "settings": "00ab"}])
    now.to_csv(tmp_path / "versions.csv", index=False)
    return tmp_path / "versions.csv", now


def test_stale_results_are_told_from_fresh_ones(stored):
    path, now = stored
    assert stale(path, now) == []
    assert stale(path, now.assign(results="2")) == ["p, c: results changed"]
    assert stale(path, now.assign(code="b")) == []  # other code, the same scores
    more = pd.concat([now, now.assign(corpus="d")])
    assert stale(path, more) == ["p, d: results changed", "p, d: settings changed"]
    assert stale(path.with_name("none.csv"), now) == ["no none.csv: nothing is stored"]


@pytest.mark.slow
def test_versions_change_with_settings_and_not_with_comments(monkeypatch):
    before = versions.versions(*versions.NEGATIVE)
    assert before.equals(versions.versions(*versions.NEGATIVE))
    assert before[["paper", "corpus"]].to_records(index=False).tolist() == trainings.instances()
    block = params.block

    def longer(name, corpus=None, overrides=None):
        found = block(name, corpus, overrides)
        return found | ({"hidden": -1} if name == "context.training" else {})

    monkeypatch.setattr(params, "block", longer)
    after = versions.versions(*versions.NEGATIVE)
    assert list(after.loc[after["settings"] != before["settings"], "paper"]) == ["context"]
    assert after.drop(columns="settings").equals(before.drop(columns="settings"))


@pytest.mark.slow
def test_permuted_labels_are_trained_as_the_stages_train(tmp_path):
    """Two trainings of the cheapest network of vo2022, with permutations of their own."""
    folder = "outputs/context/01_extraction/emotic"
    if not any(project_path(folder).glob("*.arrow")):
        pytest.skip(f"no features in {folder}: run make repro first")
    source, stage = Source.of("emotic", folder), NegativeControlStage(seed=3, trainings=2)
    with pytest.MonkeyPatch.context() as patch:
        settings, _ = trainings.stage_of("context", "emotic")
        patch.setattr(trainings, "stage_of", lambda *each: (settings, ["place"]))
        path = tmp_path / "found.parquet"
        found = negative_controls.predict("context", source, stage, path)
        twin = trainings.train("context", source, range(2))
    assert sorted(set(found["repeat"])) == [0, 1] and path.is_file()
    labels = found.columns[found.columns.str.startswith("label_")]
    one, two = (own[labels].to_numpy() for _, own in found.groupby("repeat"))
    assert not (one == two).all() and [run.split.repeat for run in twin.runs] == [0, 1]
    assert twin.runs[0].settings["training"]["epochs"] == settings.training.epochs
    kept = pd.concat([pd.read_parquet(each / "predictions.parquet") for each in twin.folders])
    (row,) = negative_controls.beside_twins(found, kept, 50).to_dict("records")
    assert row["true score"] > row["score"] and row["verdict"] == negative_controls.AT_CHANCE
