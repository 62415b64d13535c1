"""From EMOTIC's layout to predictions of labels, small."""

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision

from lib import params
from lib.corpora import emotic
from lib.evaluation.predictions import gather, truth_and_scores
from lib.evaluation.scores import score_table
from lib.features.image_augmentation import PictureError
from lib.features.store import FeatureStore
from lib.models.context import ContextLoss, ContextNetwork, ContextOutput, value_loss
from lib.models.weights import CheckpointError
from lib.papers.context import extraction as context_extraction
from lib.papers.context import inputs
from lib.papers.context import runs as context
from lib.papers.context import tables as context_report
from lib.papers.context import training as context_training
from lib.papers.context.settings import ExtractionStage, TrainingStage
from lib.papers.found import report
from lib.runs import phases, store
from lib.runs.source import ROOT
from lib.splits.split import SplitError
from lib.stage import Stage
from lib.training.loop import predict
from lib.training.settings import TrainingSettings
from scripts.sample_corpora import emotic as sample
from scripts.sample_corpora.emotic_weights import Pretraining
from tests.papers.test_skeletal_training import execute
from tests.shared import once


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """A project with an extracted sample, one of whose pictures is damaged."""
    folder, made = once(tmp_path_factory, "people", extract)
    return folder, *made


def extract(folder):
    small = Pretraining(scenes=64, size=24, channels=4, epochs=2, batch_size=16)
    sample.write(folder / "data/emotic", seed=6, share=0.12, pretraining=small)
    shutil.copyfile(ROOT / "params.yaml", folder / "params.yaml")
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    people = emotic.read(folder / "data/emotic")
    broken = people.query("part == 'train'")["image"].iloc[0]
    (folder / "data/emotic" / broken).write_bytes(b"no picture")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        settings = params.read("context.extraction", ExtractionStage, "emotic")
        backbone = settings.backbone.model_copy(update={"channels": 4})
        settings = settings.model_copy(update={"size": 24, "backbone": backbone})
        output = folder / "extraction/emotic"
        samples, excluded = context_extraction.extract("emotic", people, 24, output, {})
        origins = context_extraction.streams(settings, output)
    return settings, samples, excluded, origins, broken, people


@pytest.fixture
def project(extracted, monkeypatch):
    monkeypatch.chdir(extracted[0])
    return extracted


def stage(**changes):
    values = params.block("context.training", "emotic")
    small = {"hidden": 8, "training": {"epochs": 2, "batch_size": 16, "milestones": [1]}}
    return TrainingStage.model_validate(params.merge(params.merge(values, small), changes))


def run_of(settings, extraction, name="attention", repeats=1):
    source = context.Source.of("emotic", "extraction/emotic")
    drawn = context.release_splits(source.samples(), repeats, settings.seed)
    return source, drawn, context.perform([name], settings, extraction, source, drawn)


def loaded(settings, project):
    """Network and run of the attention, and the pictures that it is tested on."""
    _, _, done = run_of(settings, project[1])
    run = done.runs[0]
    store = FeatureStore(project[0] / "extraction/emotic/pictures.arrow")
    pictures = inputs.Pictures([store[sample] for sample in run.split.test])
    return context_training.load(run, done.folders[0]), run, pictures


def test_people_in_broken_pictures_are_left_out_and_named(project):
    folder, _, samples, excluded, origins, broken, people = project
    lost = people[people["image"] == broken]["sample_id"]
    assert set(excluded["sample_id"]) == set(lost)
    assert set(excluded["reason"]) == {"no picture"}
    store = FeatureStore(folder / "extraction/emotic/pictures.arrow")
    assert sorted(store) == sorted(samples["sample_id"])
    assert store[samples["sample_id"][0]].shape == (2, 3, 24, 24)
    assert origins == {"body": "random", "place": "generated scenes", "gist": "generated scenes"}
    with pytest.raises(PictureError, match="no picture of data/emotic"):
        context_extraction.extract("emotic", people[people["image"] == broken], 24, folder, {})


def test_people_as_found(project):
    """Whole, with a box beyond the picture or no rating of valence, and in the damaged picture."""
    _, _, samples, excluded, _, _, people = project
    found = report(
        Stage("context/01_extraction", "emotic", None, {}, "scratch"), people, samples, excluded, []
    )
    cut, unrated = samples["box_cut"], samples["valence"].isna()
    assert cut.any() and unrated.any()
    sums = [
        len(people),
        people["image"].nunique(),
        (~cut & ~unrated).sum(),
        (cut | unrated).sum(),
        len(excluded),
    ]
    assert found.iloc[0, 1:].tolist() == sums
    rows = dict(found.iloc[1:].set_index("reason")["with losses"].dropna())
    assert rows == {"box beyond the picture, cut": cut.sum(), "valence not rated": unrated.sum()}
    assert found.iloc[-1][["reason", "left out"]].tolist() == ["no picture", len(excluded)]


def test_shares_and_weights_of_labels(project):
    shares = context_extraction.label_shares(project[2], emotic.LABELS)
    train = project[2].query("part == 'train'")
    assert shares.loc["Happiness", "train"] == pytest.approx(train["Happiness"].mean())
    expected = 1 / np.log(1.2 + train["Happiness"].mean())
    assert shares.loc["Happiness", "weight"] == pytest.approx(expected)


def test_parts_of_the_release_share_no_picture(project):
    samples = project[2]
    (split,) = context.release_splits(samples, 1, 3)
    assert len(split.train) == (samples["part"] == "train").sum()
    mixed = samples.assign(cluster="one picture")
    with pytest.raises(SplitError, match="share"):
        context.release_splits(mixed, 1, 3)


def test_runs_give_scores_and_weights_of_every_tested_person(project, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "execute", execute)  # without a cluster
    settings = stage(repeats=2)
    source, _, done = run_of(settings, project[1], repeats=2)
    table = gather(done.folders, tmp_path / "predictions.parquet")
    test = table[table["part"] == "test"]
    people = source.samples().query("part == 'test'")
    assert len(test) == 2 * len(people)
    truth, _ = truth_and_scores(test[test["repeat"] == 0])
    np.testing.assert_array_equal(truth, people[list(emotic.LABELS)].to_numpy(bool))
    weights = context_report.impact_weights(done)
    assert len(weights) == len(test)
    np.testing.assert_allclose(weights[["body", "place", "gist"]].sum(axis=1), 1, rtol=1e-5)
    scores = score_table(table)
    assert scores.query("row == 'mAP'")["runs"].to_list() == [2]
    beside = context_report.beside(scores, "Table 1", "not comparable: synthetic")
    assert len(beside) == 27 and beside["verdict"].str.startswith("not comparable").all()
    best = context_report.best_labels(test[test["repeat"] == 0])
    sample, label = next(iter(best.items()))
    row = test[test["repeat"] == 0].set_index("sample_id").loc[sample]
    assert row[f"score_{label}"] == max(row[f"score_{name}"] for name in emotic.LABELS)
    maps = {
        stream: context_report.heat_maps(done.runs[0], done.folders[0], best, stream)
        for stream in ("body", "gist")
    }
    assert all(list(found) == list(best) for found in maps.values())
    assert all(heat.shape == (24, 24) and heat.max() <= 1 for heat in maps["gist"].values())
    assert not np.array_equal(maps["body"][sample], maps["gist"][sample])
    few = {name: best[name] for name in list(best)[-3:]}  # in another batch
    again = context_report.heat_maps(done.runs[0], done.folders[0], few, "gist")
    for name in few:
        np.testing.assert_allclose(again[name], maps["gist"][name], atol=1e-4)
    shares = context_report.heat_in_boxes(maps["gist"], people)
    assert set(shares.index) <= set(best) and ((shares >= 0) & (shares <= 1)).all(axis=None)


def test_heat_is_measured_in_the_persons_box():
    people = pd.DataFrame(
        {"sample_id": ["a", "b"], "x1": 0, "x2": 20, "y1": 0, "y2": 30, "width": 40, "height": 30}
    )
    heat = np.zeros((6, 8), np.float32)
    heat[2, 1], heat[2, 6] = 3, 1
    shares = context_report.heat_in_boxes({"a": heat, "b": np.zeros((6, 8), np.float32)}, people)
    assert shares.to_dict("index") == {"a": {"heat in the box": 0.75, "area": 0.5}}


@pytest.mark.parametrize(("name", "mean"), [("small", 0.469), ("resnet50", 0.485)])
def test_pictures_are_standardised_as_the_weights_want(project, name, mean):
    store = {"a": np.zeros((2, 3, 4, 4), np.uint8)}
    shown = inputs.pictures_of({"backbone": {"name": name}}, store, ["a"])[:]
    deviation = {"small": 0.251, "resnet50": 0.229}[name]
    assert float(shown[0, 0, 0, 0, 0]) == pytest.approx(-mean / deviation)


def test_a_stream_without_weights_is_refused_and_substitutes_are_marked(project, tmp_path):
    settings = project[1]
    empty = settings.model_copy(update={"weights": settings.weights | {"place": None}})
    with pytest.raises(CheckpointError, match=r"weights\.place is empty: get Places365's"):
        context_extraction.streams(empty, tmp_path)
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "imagenet.pth")
    file = str(tmp_path / "imagenet.pth")
    backbone = settings.backbone.model_copy(update={"name": "resnet18"})
    weights = {"body": file, "place": file, "gist": "random"}
    origins = context_extraction.streams(
        settings.model_copy(update={"weights": weights, "backbone": backbone}), tmp_path
    )
    about = "imagenet.pth (ImageNet)"
    assert origins == {"body": about, "place": f"{about}, a substitute", "gist": "random"}


def test_the_profile_paper_names_no_weights_and_keeps_the_last_epoch():
    paper = params.load_yaml(ROOT / "profiles/paper.yaml")["context"]
    assert set(paper["extraction"]["weights"].values()) == {None}
    assert paper["training"]["training"]["keep"] == "last"


@pytest.mark.slow
def test_an_experiment_can_train_all_streams(project):
    _, _, done = run_of(stage(), project[1], "attention, all trained")
    run, folder = done.runs[0], done.folders[0]
    model = context_training.load(run, folder)
    assert not model.stored and run.settings["trained"] == ["body", "place", "gist"]
    before = context_training.stream(run.settings, "gist").network.state_dict()
    after = model.network.backbones["gist"].state_dict()
    assert any(not torch.equal(before[key], after[key]) for key in before)


def test_stored_features_equal_the_frozen_networks(project):
    """The same weights, once with stored features and once with pictures."""
    stored, run, pictures = loaded(stage(), project)
    assert list(stored.stored) == ["place", "gist"]
    whole = context_training.build(run.settings | {"store_frozen": False}, len(emotic.LABELS))
    whole.network.load_state_dict(stored.network.state_dict(), strict=False)
    features = stored.stored_features(pictures)
    pairs = pictures[:]
    with torch.no_grad():
        torch.testing.assert_close(stored(pairs, *features), whole.eval()(pairs))


@pytest.mark.slow
def test_frozen_streams_do_not_change(project):
    settings = stage(store_frozen=False)
    _, _, done = run_of(settings, project[1])
    run, folder = done.runs[0], done.folders[0]
    model = context_training.load(run, folder)
    for name in ("place", "gist"):
        before = context_training.stream(run.settings, name).network.state_dict()
        after = model.network.backbones[name].state_dict()
        assert before.keys() == after.keys()
        assert all(torch.equal(before[key], after[key]) for key in before)
    body = context_training.stream(run.settings, "body").network
    after = model.network.backbones["body"].state_dict()
    assert any(not torch.equal(a, after[name]) for name, a in body.state_dict().items())
    counts = phases.networks(done).loc["attention"]
    assert counts["trained"] < counts["parameters"]
    both = phases.networks(run_of(stage(), project[1])[2]).loc["attention"]
    assert both.to_list() == counts.to_list()


def test_the_constants_loss_is_that_of_the_shares_and_no_constant_has_a_lower_one():
    labels = ["a", "b"]
    truth = torch.tensor([[1.0, 0], [1, 0], [0, 0], [1, 1]])
    samples = pd.DataFrame(truth.numpy(), columns=labels).assign(sample_id=list("wxyz"))
    samples.loc[4] = [0, 1, "tested"]
    loss = {"c": 1.2, "body": 1.0, "place": 3.0, "gist": 0.5, "fused": 2.0}
    settings = {"loss": loss | {"per_batch": False}, "model": {"streams": ["body", "gist"]}}
    run = SimpleNamespace(settings=settings, split=SimpleNamespace(train=tuple("wxyz")))
    found = context_report.constant_loss(run, samples, labels)
    coefficients = {name: loss[name] for name in ("body", "place", "gist", "fused")}
    loss_of = ContextLoss(truth.mean(dim=0), loss["c"], coefficients)

    def of(row):
        same = row.expand_as(truth)
        return float(loss_of(ContextOutput(same, {"body": same, "gist": same}, None), truth))

    shares = truth.mean(dim=0)
    assert found == pytest.approx(of(shares), rel=1e-6)
    for step in (-0.1, 0.1):
        assert of(shares + step) > found
    settings["loss"]["per_batch"] = True
    assert np.isnan(context_report.constant_loss(run, samples, labels))


@pytest.mark.parametrize("fusion", ["attention", "concatenation"])
def test_packed_outputs_unpack(fusion):
    torch.manual_seed(0)
    backbones = {
        name: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 5)) for name in ("body", "gist")
    }
    model = context_training.PackedContext(ContextNetwork(backbones, 5, 4, fusion, 3), {}).eval()
    pairs = torch.randn(6, 2, 3, 4, 4)
    direct = model.outputs(pairs)
    again = model.unpack(model(pairs))
    torch.testing.assert_close(again.fused, direct.fused)
    for name in ("body", "gist"):
        torch.testing.assert_close(again.streams[name], direct.streams[name])
    if fusion == "attention":
        torch.testing.assert_close(again.weights, direct.weights)
    else:
        assert again.weights is None


def test_augmentation_follows_the_epochs_seed(project):
    settings = stage()
    store = FeatureStore(project[0] / "extraction/emotic/pictures.arrow")
    pairs = [store[sample] for sample in list(store)[:6]]
    shown = inputs.Pictures(pairs, settings.augmentation)
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(shown[:6])
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    plain = inputs.Pictures(pairs)
    assert torch.equal(plain[2:4], plain[torch.tensor([2, 3])])


def test_scores_do_not_depend_on_the_batch(project):
    model, _, pictures = loaded(stage(), project)
    features = model.stored_features(pictures)
    part = context_training.Part((pictures, *features), torch.zeros(len(pictures)))
    settings = TrainingSettings(epochs=1, patience=1, batch_size=5, learning_rate=0.1)
    one = predict(model, part, settings)
    other = predict(model, part, settings.model_copy(update={"batch_size": 64}))
    torch.testing.assert_close(one, other)


@pytest.mark.slow
def test_valence_arousal_and_dominance_are_predicted_beside_the_categories(project):
    source, _, done = run_of(stage(training={"epochs": 3}), project[1], "attention, VAD")
    values = pd.read_parquet(done.folders[0] / "values.parquet")
    assert list(values) == ["valence", "arousal", "dominance"]
    assert list(values.index) == list(done.runs[0].split.test)
    scores = context_report.value_scores(done, source.samples())
    truth = source.samples().set_index("sample_id").loc[values.index, "valence"].dropna()
    assert scores.loc["valence", "error"] == pytest.approx((truth - values["valence"]).abs().mean())
    assert scores.loc["valence", "people"] == len(truth)
    predictions = pd.read_parquet(done.folders[0] / "predictions.parquet")
    assert truth_and_scores(predictions)[1].shape[1] == len(emotic.LABELS)
    assert context_report.value_scores(run_of(stage(), project[1])[2], source.samples()).empty


def test_missing_ratings_do_not_count():
    values = torch.tensor([[0.5, 0.2], [0.1, 0.9]], requires_grad=True)
    loss = value_loss(values, torch.tensor([[0.3, torch.nan], [torch.nan, torch.nan]]))
    loss.backward()
    assert loss.item() == pytest.approx(0.04)
    assert values.grad.numpy() == pytest.approx(np.array([[0.4, 0], [0, 0]]))
    assert value_loss(values, torch.full((2, 2), torch.nan)).item() == 0
