import numpy as np
import pandas as pd
import pytest

from lib import params, predictions, runs, splits
from lib.dependencies import ROOT
from lib.experiments import skeletal, skeletal_training
from lib.features.store import FeatureWriter

CLASSES = ["anger", "happiness", "sadness", "neutral"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with 64 skeletons whose height tells the class."""
    (tmp_path / "params.yaml").write_text("profile: paper\n")
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    labels = [CLASSES[number % 4] for number in range(64)]
    with FeatureWriter(tmp_path / "skeleton.arrow", {"classes": CLASSES}) as writer:
        for number, label in enumerate(labels):
            frames = int(generator.integers(17, 40))
            skeleton = generator.normal(0, 0.1, (frames, 10, 3))
            skeleton[:, :, 1] += CLASSES.index(label)
            writer.write(f"u{number}", skeleton)
    table = pd.DataFrame(
        {"sample_id": [f"u{number}" for number in range(64)], "label": labels,
         "cluster": [f"d{number % 8}" for number in range(64)]}
    )  # fmt: skip
    table.to_parquet(tmp_path / "samples.parquet")
    return table


def stage(**training):
    settings = {"epochs": 40, "patience": 40, "batch_size": 16, "learning_rate": 0.005} | training
    return skeletal.TrainingStage(
        scheme="stratified_kfold", folds=2, repeats=1, seed=1, frames=32,
        models={
            "SMACN": {
                "name": "SMACN",
                "arguments": {"first_channels": 16, "channels": 16, "heads": 2},
            },
            "LSTM": {"name": "LSTM", "arguments": {"hidden": 16}},
        },
        training=settings, baseline={"trees": 20}, bootstrap_draws=50, maps_drawn=2,
    )  # fmt: skip


def planned(table, settings):
    drawn = splits.make(settings.scheme, table, settings.folds, settings.repeats, settings.seed)
    return skeletal.training_runs(
        settings, "iemocap", drawn, "samples.parquet", "skeleton.arrow", CLASSES
    )


def test_every_model_learns_and_predicts_each_test_sample(project, tmp_path):
    settings = stage()
    made = planned(project, settings)
    assert [run.experiment for run in made] == ["SMACN"] * 2 + ["LSTM"] * 2 + [
        skeletal.BASELINE
    ] * 2
    for run in made:
        runs.perform(run, "runs")
    folders = [tmp_path / "runs" / run.key for run in made]
    table = predictions.gather(folders, tmp_path / "predictions.parquet")
    test = table[table["part"] == "test"]
    for experiment, group in test.groupby("experiment"):
        assert sorted(group["sample_id"]) == sorted(project["sample_id"])
        accuracy = (group["label"] == group["prediction"]).mean()
        assert accuracy > 0.7, experiment
    chosen = skeletal.correct_samples(test[test["experiment"] == "SMACN"], 2)
    for weights, skeleton in skeletal.maps_of(made, folders, chosen).values():
        assert weights.shape == (2, len(skeleton), 10)
        assert len(skeleton) <= settings.frames


def test_a_run_that_was_interrupted_ends_as_one_in_one_go(project, tmp_path, monkeypatch):
    whole = planned(project, stage(checkpoint_seconds=0.0))[0]
    runs.perform(whole, "whole")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    real, calls = skeletal_training.fit.__globals__["_epoch"], []

    def stop_after_five(*arguments):
        calls.append(None)
        if len(calls) == 6:
            interrupted()
        return real(*arguments)

    monkeypatch.setitem(skeletal_training.fit.__globals__, "_epoch", stop_after_five)
    with pytest.raises(KeyboardInterrupt):
        runs.perform(whole, "halves")
    assert list((tmp_path / "halves").iterdir()) == [
        tmp_path / "halves" / f"{whole.key}.checkpoint"
    ]
    calls.extend([None] * 10)
    monkeypatch.setitem(skeletal_training.fit.__globals__, "_epoch", real)
    runs.perform(whole, "halves")
    one, two = (tmp_path / name / whole.key for name in ("whole", "halves"))
    for file in ("predictions.parquet", "model.safetensors", "history.json"):
        assert (one / file).read_bytes() == (two / file).read_bytes(), file
    assert not (tmp_path / "halves" / f"{whole.key}.checkpoint").exists()


def test_unknown_model_arguments_are_named(project):
    settings = stage()
    wrong = settings.models["SMACN"].model_copy(update={"arguments": {"chanels": 3}})
    changed = settings.model_copy(update={"models": {"SMACN": wrong}})
    with pytest.raises(ValueError, match="chanels"):
        runs.perform(planned(project, changed)[0], "runs")


def test_params_of_every_corpus_fit_the_stage():
    tree = params.load_yaml(ROOT / "params.yaml")
    for corpus in ("iemocap", "egait"):
        read = params.read("skeletal.training", skeletal.TrainingStage, corpus, params=tree)
        assert set(read.models) == {"SMACN", "LSTM"}
