import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.linear_model import Ridge
from sklearn.metrics import average_precision_score

from lib.corpora import emotic, provenance
from lib.models import image_backbones
from scripts.sample_corpora import __main__ as command
from scripts.sample_corpora import emotic as sample
from scripts.sample_corpora import emotic_weights, scenes

SMALL = emotic_weights.Pretraining(scenes=32, size=24, channels=4, epochs=1)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "emotic"
    sample.write(folder, seed=3, share=0.05, pretraining=SMALL)
    return folder


def test_same_seed_same_bytes(release, tmp_path):
    sample.write(tmp_path / "again", seed=3, share=0.05, pretraining=SMALL)
    names = sorted(path.relative_to(release) for path in release.rglob("*") if path.is_file())
    for name in names:
        assert (release / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    with pytest.raises(FileExistsError, match="is not empty"):
        sample.write(release)


def test_layout_and_quirks_of_the_release(release):
    table = emotic.read(release)
    assert set(table["part"]) == set(emotic.PARTS)
    assert {image.split("/")[1] for image in table["image"]} <= set(sample.FOLDERS)
    assert table.loc[table["part"] == "train", "annotators"].eq(1).all()
    assert table.loc[table["part"] != "train", "annotators"].between(1, 4).all()
    assert (table["label"] != "").all()
    assert table.groupby("image").size().max() > 1


def test_weights_of_streams_state_their_origin(release):
    for name in ("place", "gist"):
        path = release / "weights" / f"{name}.safetensors"
        built = image_backbones.build("small", SMALL.channels, path)
        assert built.origin == "generated scenes"
        learnt = emotic_weights.learn(SMALL)[name].state_dict()
        for key, value in built.network.state_dict().items():
            assert torch.equal(value, learnt[key]), key
    assert provenance.read(release).files == sum(
        path.is_file() for path in release.rglob("*") if path.name != "PROVENANCE.json"
    )


def test_only_synthetic_folders_are_replaced(release, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert command.main(["emotic", "--to", str(tmp_path)]) == 1
    assert "not a synthetic corpus" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_mood_is_in_the_colours_and_the_body_in_the_figure():
    generator = np.random.default_rng(0)
    moods, colours = [], []
    for _ in range(60):
        scene = scenes.draw_scene(generator)
        pixels = np.asarray(scenes.render(scene, []), float)
        moods.append(scene.mood)
        colours.append([*pixels.mean(axis=(0, 1)), pixels.std()])
    fit = Ridge(1).fit(colours, moods)
    for found, true in zip(fit.predict(colours).T, np.transpose(moods), strict=True):
        assert np.corrcoef(found, true)[0, 1] > 0.8
    scene = scenes.draw_scene(generator)
    body = np.array([0.0, 2.0])
    pictures = [
        np.asarray(scenes.render(scene, [scenes.Figure((60, 86, 60), body * sign, away, 7)]))
        for sign, away in ((1, False), (-1, False), (1, True), (-1, True))
    ]
    assert (pictures[0] != pictures[1]).any() and (pictures[2] == pictures[3]).all()


def test_a_persons_box_tells_nothing_of_the_mood(tmp_path):
    """Ridge regression on the colours of the box and of its rim, in the stored pictures.

    Grey pictures are left out; boxes beyond the picture are cut at its edge, as readers do.
    """
    quirks = sample.Quirks(grey=0, beyond=0.3, unrated=0)
    effects = sample.Effects.load().model_copy(update={"quirks": quirks})
    moods, colours = [], []
    for number in range(300):
        scene = scenes.draw_scene(sample.stream(7, "train", str(number)))
        picture = sample._picture(tmp_path, "train", number, 7, effects)
        path = tmp_path / "emotic" / picture["folder"] / picture["filename"]
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"), float)
        box = picture["person"][0, 0]["body_bbox"].astype(int)
        crop = pixels[box[1] : box[3], box[0] : box[2]]
        rim = [crop[0], crop[-1], crop[:, 0], crop[:, -1]]
        spread = np.concatenate([line - line.mean(axis=0) for line in rim]).std(axis=0)
        means = [line.mean(axis=0) for line in (*rim, crop.reshape(-1, 3))]
        moods.append(scene.mood)
        colours.append(np.concatenate([*means, spread, crop.std(axis=(0, 1))]))
    colours = (np.array(colours) - np.mean(colours, axis=0)) / np.std(colours, axis=0)
    fit = Ridge(10).fit(colours[:200], moods[:200])
    for found, true in zip(fit.predict(colours[200:]).T, np.transpose(moods[200:]), strict=True):
        assert abs(np.corrcoef(found, true)[0, 1]) < 0.25


def test_gist_informs_most_then_body_then_place():
    """Mean average precision of ridge regression on what the labels are made of."""
    generator, effects = np.random.default_rng(1), sample.Effects.load()
    sources, labels = {"gist": [], "body": [], "place": []}, []
    for _ in range(3000):
        scene, body = scenes.draw_scene(generator), generator.normal(0, 1, 2)
        noise = generator.normal(0, 1, len(emotic.LABELS))
        names = sample.labels_of(scene, body, effects, noise)
        labels.append([label in names for label in emotic.LABELS])
        sources["gist"].append(scene.mood)
        sources["body"].append(body)
        sources["place"].append([scene.place == place for place in scenes.PLACES])
    labels = np.array(labels, float)
    sources["chance"] = generator.normal(size=(3000, 3))
    found = {}
    for name, values in sources.items():
        values = np.array(values, float)
        scores = Ridge(1).fit(values[:1500], labels[:1500]).predict(values[1500:])
        found[name] = average_precision_score(labels[1500:], scores, average="macro")
    assert found["gist"] - found["body"] > 0.1
    assert found["body"] - found["place"] > 0.1
    assert found["place"] - found["chance"] > 0.015


@pytest.mark.slow
def test_the_whole_sample_has_every_quirk_and_label(tmp_path):
    origin = sample.write(tmp_path / "emotic", pretraining=None)
    assert origin.bytes < 4_000_000
    for quirk in ("boxes cut at the edge", "persons without valence", "grey images"):
        assert origin.counts[quirk] > 0, quirk
    table = emotic.read(tmp_path / "emotic")
    positives = table.groupby("part")[list(emotic.LABELS)].sum()
    assert (positives > 0).all(axis=None)
    assert positives.loc["train"].max() > 10 * positives.loc["train"].min()


@pytest.mark.slow
def test_the_colours_of_a_scene_tell_its_labels(tmp_path):
    """Ridge regression on means and spread of the pixels."""
    sample.write(tmp_path / "emotic", seed=5, pretraining=None)
    table = emotic.read(tmp_path / "emotic")
    features = []
    for row in table.itertuples():
        with Image.open(tmp_path / "emotic" / row.image) as image:
            pixels = np.asarray(image.convert("RGB"), float)
        features.append([*pixels.mean(axis=(0, 1)), pixels.std()])
    features = np.array(features)
    features = np.hstack([features, features**2])
    train, test = (table["part"] == part for part in ("train", "test"))
    labels = table[list(emotic.LABELS)].to_numpy(float)
    scale = features[train].std(axis=0)
    scores = Ridge(1).fit(features[train] / scale, labels[train]).predict(features[test] / scale)
    found = average_precision_score(labels[test], scores, average="macro")
    assert found > 1.5 * labels[test].mean()
