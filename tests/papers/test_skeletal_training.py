import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from lib import params
from lib.evaluation import predictions
from lib.features.store import FeatureWriter
from lib.models.registry import modalities
from lib.papers import classifiers
from lib.papers.extracted import Source
from lib.papers.skeletal import figures, fusions, tables
from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal import training as skeletal_training
from lib.papers.skeletal.settings import TrainingStage
from lib.runs import phases, store
from lib.runs.source import ROOT
from lib.splits import schemes as split_schemes

CLASSES = ["anger", "happiness", "sadness", "neutral"]
WORDS = ["hate", "joy", "tears", "table"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with 64 samples whose height, voice and words tell the class."""
    (tmp_path / "params.yaml").write_text("profile: paper\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "execute", execute)
    generator = np.random.default_rng(0)
    labels = [CLASSES[number % 4] for number in range(64)]
    metadata = {"classes": CLASSES, "modalities": ["skeleton", "audio", "text", "mocap"]}
    folder = tmp_path / "extraction" / "iemocap"
    makers = {
        "skeleton": lambda code: generator.normal([0, code, 0], 0.1, (30, 10, 3)),
        "unfiltered": lambda code: generator.normal([0, code, 0], 0.5, (30, 10, 3)),
        "mfcc": lambda code: generator.normal(code, 0.5, (int(generator.integers(10, 25)), 39)),
        "prosody": lambda code: generator.normal(code, 0.5, 35),
        "mocap": lambda code: generator.normal(code, 0.5, (200, 189)),
    }
    for name, make in makers.items():
        with FeatureWriter(folder / f"{name}.arrow", metadata) as writer:
            for number, label in enumerate(labels):
                writer.write(f"u{number}", make(CLASSES.index(label)))
    table = pd.DataFrame(
        {"sample_id": [f"u{number}" for number in range(64)], "label": labels,
         "transcript": [f"the {WORDS[CLASSES.index(label)]} is here" for label in labels],
         "speaker": [f"s{number // 8}" for number in range(64)],
         "cluster": [f"d{number % 8}" for number in range(64)]}
    )  # fmt: skip
    table.to_parquet(folder / "samples.parquet")
    return table


def execute(planned, folder):
    for run in planned:
        store.carry_out(run, str(folder))
    return [folder / run.key for run in planned]


def stage(**training):
    settings = {"epochs": 30, "patience": 30, "batch_size": 16, "learning_rate": 0.005} | training
    values = params.load(ROOT).resolve("skeletal.training").content
    small = {
        "scheme": "stratified_kfold",
        "folds": 2,
        "repeats": 1,
        "seed": 1,
        "training": settings,
    }
    inputs = {"skeleton": {"frames": 32}, "audio": {"frames": 24}, "text": {"tokens": 6}}
    return TrainingStage.model_validate(
        params.merge(values, small | {"inputs": inputs, "baseline": {"trees": 20}})
    )


def splits_of(table, settings):
    return split_schemes.make(settings.scheme, table, settings.folds, settings.repeats, settings.seed)


def source():
    return Source.of("iemocap", "extraction/iemocap")


def test_every_model_learns_and_predicts_each_test_sample(project, tmp_path):
    settings = stage()
    drawn = splits_of(project, settings)
    wanted = ["SMACN", "LSTM", "MDRE", "SMERN-GA", "CMA"]
    done = skeletal.perform(wanted, settings, source(), drawn)
    done += skeletal.perform_baselines(wanted, settings, source(), drawn)
    assert list(dict.fromkeys(run.experiment for run in done.runs)) == [
        "SMACN", "LSTM", "MDRE", "ARE", "TRE", "SMACN, first phase", "SMERN-GA", "CMA",
        *skeletal.BASELINES.values(),
    ]  # fmt: skip
    table = predictions.gather(done.folders, tmp_path / "predictions.parquet")
    test = table[table["part"] == "test"]
    for experiment, group in test.groupby("experiment"):
        assert sorted(group["sample_id"]) == sorted(project["sample_id"])
        accuracy = (group["label"] == group["prediction"]).mean()
        assert accuracy > 0.7, experiment
    chosen = tables.correct_samples(test[test["experiment"] == "SMACN"], 2)
    maps = tables.weights_of(done.of("SMACN"), chosen)
    assert list(maps) == chosen
    pools = settings.models["SMACN"].arguments["pools"]
    wide = figures.on_skeleton(maps[chosen[0]], pools, (30, 10))
    assert wide.shape == (4, 30, 10)
    assert (wide[:, :, 0] == wide[:, :, 3]).all() and (wide[:, :, 3] != wide[:, :, 4]).any()
    graph = tables.weights_of(done.of("SMERN-GA"), chosen)
    np.testing.assert_allclose(graph[chosen[0]].sum(axis=2), 1, rtol=1e-5)


def test_frozen_encoders_give_the_whole_networks_outputs(project):
    settings = stage(epochs=2)
    drawn = splits_of(project, settings)
    done = skeletal.perform(["CMA"], settings, source(), drawn)
    run = done.of("CMA").runs[0]
    data = skeletal_training.prepare(run)
    model, encoders = run.settings["model"], run.settings["encoders"]
    network = fusions.build_fusion(model, encoders, data.facts, run.seed).eval()
    encoded = classifiers.encode(network, data.inputs, batch_size=10)
    with torch.no_grad():
        torch.testing.assert_close(network.fusion(*encoded), network(*data.inputs))


def test_encoders_can_be_trained_further(project):
    settings = stage(epochs=2)
    thawed = settings.models["SMERN-GA"].model_copy(update={"freeze": False})
    settings = settings.model_copy(update={"models": settings.models | {"SMERN-GA": thawed}})
    done = skeletal.perform(["SMERN-GA"], settings, source(), splits_of(project, settings))
    whole, encoders = done.of("SMERN-GA"), done.of("ARE")
    sample = whole.runs[0].split.test[0]
    assert tables.weights_of(whole, [sample])[sample].shape == (4, 3, 3)
    now = load_file(whole.folders[0] / "model.safetensors")
    before = load_file(encoders.folders[0] / "model.safetensors")
    assert any((now[f"audio.{name}"] != value).any() for name, value in before.items())


def test_fine_tuning_keeps_the_standardisation_and_vocabulary_of_the_pretraining(project):
    inputs = {kind: {"standardise": True} for kind in ("skeleton", "audio")}
    settings = stage(epochs=1)
    changed = params.merge(settings.inputs.model_dump(), inputs)
    settings = TrainingStage.model_validate(settings.model_dump() | {"inputs": changed})
    before = split_schemes.make("pretraining", project, 2, 1, 1)
    tuned = [split_schemes.fine_tuning(split, 0.5, 0, project) for split in before]
    for name in ("SMACN", "MDRE"):
        model = settings.models[name]
        first = phases.execute(skeletal.plan_runs(name, model, settings, source(), before))
        on = skeletal.plan_runs(name, model, settings, source(), tuned, first)
        fresh = skeletal.plan_runs(name, model, settings, source(), tuned)
        kept = [skeletal_training.prepare(run).fitted for run in (*first.runs, *on, *fresh)]
        assert kept[0] == kept[2] and kept[1] == kept[3]
        assert kept[0] != kept[4] and set(kept[0]) == set(kept[4])
        samples = [skeletal_training.prepare(run).inputs[0][0] for run in (first.runs[0], on[0])]
        assert torch.equal(*samples)


def test_a_changed_encoder_is_another_fusion(project, tmp_path):
    settings = stage(epochs=2)
    drawn = splits_of(project, settings)[:1]
    first = skeletal.perform(["SMERN"], settings, source(), drawn).of("SMERN").runs[0]
    longer = settings.models["ARE"].model_copy(update={"training": {"epochs": 3}})
    changed = settings.model_copy(update={"models": settings.models | {"ARE": longer}})
    again = skeletal.perform(["SMERN"], changed, source(), drawn).of("SMERN").runs[0]
    assert first.key != again.key


def test_vocabulary_and_scale_come_from_the_training_part(project):
    settings = stage()
    table = project.copy()
    table.loc[table.index[-8:], "transcript"] = "unheard words only"
    training = np.arange(40)
    files = skeletal.stores(source(), ["audio", "text"], settings.inputs)
    chosen = {
        "audio": {"frames": 24, "standardise": True},
        "text": {"tokens": 6, "vocabulary": "training"},
    }
    given = {"stores": files, "inputs": chosen}
    load = skeletal_training.load
    (mfcc, lengths, prosody, tokens, _), facts, _ = load(table, training, given, 0)
    assert facts["vocabulary"] == 2 + len({"the", "is", "here", *WORDS})
    assert (tokens[-8:, :3] == 1).all()
    torch.testing.assert_close(prosody[:40].mean(dim=0), torch.zeros(35), atol=1e-5, rtol=0)
    assert all((mfcc[row, length:] == 0).all() for row, length in enumerate(lengths))
    chosen["text"]["vocabulary"] = "corpus"
    assert load(table, training, given, 0)[1]["vocabulary"] > facts["vocabulary"]


def test_fine_tuning_starts_from_the_weights_of_another_run(project):
    settings = stage(epochs=15)
    before = split_schemes.make("pretraining", project, 2, 1, 1)[0]
    first = skeletal.perform(["LSTM"], settings, source(), [before])
    split = split_schemes.fine_tuning(before, 0.25, 0, project)
    model = settings.models["LSTM"].model_copy(update={"training": {"epochs": 1}})
    histories = {}
    for start in (first, None):
        made = skeletal.plan_runs("LSTM tuned", model, settings, source(), [split], start)
        folder = phases.execute(made).folders[0]
        histories[start is None] = json.loads((folder / "history.json").read_text())
    assert histories[False]["train"][0] < histories[True]["train"][0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.SMACN", "no module lib/models/none.py"),
        ("skeletal.SMACNN", "no class SMACNN"),
        ("attention.GraphAttention", "no attribute"),
    ],
)
def test_unknown_models_are_named(name, message):
    with pytest.raises(ValueError, match=message):
        modalities(name)


def test_modalities_of_a_base_class_are_found():
    assert modalities("skeletal_baselines.Skeletal3DCNN") == ("skeleton",)


def planned(table, settings):
    drawn = splits_of(table, settings)
    return skeletal.plan_runs("SMACN", settings.models["SMACN"], settings, source(), drawn)[0]


def test_a_run_that_was_interrupted_ends_as_one_in_one_go(project, tmp_path, monkeypatch):
    whole = planned(project, stage(checkpoint_seconds=0.0))
    store.carry_out(whole, "whole")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    real, calls = classifiers.fit.__globals__["_epoch"], []

    def stop_after_five(*arguments):
        calls.append(None)
        if len(calls) == 6:
            interrupted()
        return real(*arguments)

    monkeypatch.setitem(classifiers.fit.__globals__, "_epoch", stop_after_five)
    with pytest.raises(KeyboardInterrupt):
        store.carry_out(whole, "halves")
    assert list((tmp_path / "halves").iterdir()) == [tmp_path / "halves" / f"{whole.key}.checkpoint"]
    calls.extend([None] * 10)
    monkeypatch.setitem(classifiers.fit.__globals__, "_epoch", real)
    store.carry_out(whole, "halves")
    one, two = (tmp_path / name / whole.key for name in ("whole", "halves"))
    for file in ("predictions.parquet", "model.safetensors", "history.json"):
        assert (one / file).read_bytes() == (two / file).read_bytes(), file
    assert not (tmp_path / "halves" / f"{whole.key}.checkpoint").exists()


def test_unknown_model_arguments_are_named(project):
    settings = stage()
    wrong = settings.models["SMACN"].model_copy(update={"arguments": {"chanels": 3}})
    changed = settings.model_copy(update={"models": {"SMACN": wrong}})
    with pytest.raises(ValueError, match="chanels"):
        store.carry_out(planned(project, changed), "runs")


def test_models_without_their_modality_are_left_out(project, tmp_path):
    only = Source("egait", "egait")
    with FeatureWriter(tmp_path / "egait" / "skeleton.arrow", {"modalities": ["skeleton"]}) as writer:
        writer.write("u0", np.zeros((3, 10, 3)))
    assert skeletal.possible(["SMACN", "ARE", "SMERN"], stage(), only) == ["SMACN"]


@pytest.mark.parametrize("profile", ["sample", "paper"])
def test_params_of_every_corpus_fit_the_stage(profile):
    loaded = params.load(ROOT)
    chosen = loaded._replace(values=loaded[0] | {"profile": profile})
    for corpus in ("iemocap", "egait", "ravdess"):
        read = chosen.resolve("skeletal.training", corpus).validated(TrainingStage)
        assert all(modalities(model.model) for model in read.models.values())
        assert set(read.experiments) <= set(read.models)
