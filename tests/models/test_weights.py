"""No network of the papers' profile starts from other weights than the papers' unasked."""

import pytest

from lib import params
from lib.models.weights import CheckpointError
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.audiovisual.settings import TrainingStage
from lib.papers.extracted import Source
from lib.papers.skeletal import lifter, speech
from lib.papers.skeletal.extraction import ExtractionStage
from lib.project import project_path


def planned(weights):
    """Experiment on sound with some weights of the backbone."""
    stage = params.read("audiovisual.training", TrainingStage, "rml")
    backbone = stage.backbone.model_copy(update={"weights": weights})
    source = Source("rml", "features")
    source.__dict__["metadata"] = {"classes": ["a", "b"]}
    changed = stage.model_copy(update={"backbone": backbone})
    return audiovisual.experiment(stage.models["audio"], changed, source, "clip")


@pytest.mark.parametrize("value", [None, ""])
def test_backbone_without_weights(value):
    with pytest.raises(CheckpointError, match=r"backbone\.weights is empty: get .*vgg19.*`random` for"):
        planned(value)


@pytest.mark.parametrize(
    ("value", "stored"), [("random", None), ("imagenet", "imagenet"), ("own/vgg19.pth", "own/vgg19.pth")]
)
def test_weights_of_a_backbone(value, stored):
    experiment = planned(value)
    assert experiment.settings["backbone"]["weights"] == stored
    assert ("own/vgg19.pth" in experiment.files) == (value == "own/vgg19.pth")


def test_lifter_without_checkpoint(tmp_path):
    settings = params.read("skeletal.extraction", ExtractionStage, "iemocap").lifter
    empty = settings.model_copy(update={"checkpoint": None})
    with pytest.raises(CheckpointError, match=r"lifter\.checkpoint is empty: get .*`projected`"):
        lifter.prepare(empty, 1, tmp_path)


def test_word_vectors():
    with pytest.raises(CheckpointError, match=r"glove is empty: get glove\.840B\.300d\.txt.*`random`"):
        speech.glove_file(None)
    assert speech.glove_file("random") is None
    assert speech.glove_file("vectors/glove.txt").name == "glove.txt"


@pytest.mark.parametrize(
    "value",
    [
        "skeletal.extraction.lifter.checkpoint",
        "skeletal.extraction.glove",
        "audiovisual.training.backbone.weights",
        "context.extraction.weights.body",
    ],
)
def test_papers_profile_names_no_substitute(value):
    content = params.load_yaml(project_path("profiles/paper.yaml"))
    for key in value.split("."):
        content = content[key]
    assert content is None
