"""Settings that several papers share; each paper adds its own fields."""

from typing import Any, Literal

from pydantic import Field

from lib.settings import Settings
from lib.training.settings import TrainingSettings


class FaceSettings(Settings):
    """How faces are found and cropped.

    Faces are detected in one of `every` frames and cropped to `size` pixels. MTCNN takes faces of
    at least `smallest` pixels in height whose probability is at least `least`.
    """

    detector: Literal["mtcnn", "dlib"]
    every: int
    smallest: int
    least: float
    size: int


class ExtractionStage(Settings):
    """Parameters of `01_extraction`: samples of which less than a share of `least_complete` is
    there, by header and annotation, are left out."""

    seed: int
    least_complete: float


class BackboneSettings(Settings):
    """Network on images (`lib.models.image_backbones.build`); the small one has `channels`."""

    name: Literal["vgg19", "resnet18", "resnet50", "small"]
    channels: int


class ModelSettings(Settings):
    """One experiment; `training` is laid over the stage's block of the same name."""

    training: dict[str, Any] = Field(default_factory=dict)


class TrainingStage(Settings):
    """Parameters of `02_training`, which later stages take their models from.

    Each of the `experiments` (keys of `models`) is trained `repeats` times, with seeds of their
    own; the encoders of fusions are trained too.
    """

    repeats: int
    seed: int
    experiments: list[str]
    training: TrainingSettings


class AblationStage(Settings):
    """Parameters of `03_ablations`: experiments beside those of training."""

    experiments: list[str]


class TestStage(Settings):
    """Parameters of `04_t_tests`: pairs of experiments, the first tested against the second."""

    __test__ = False

    pairs: list[tuple[str, str]]
    alpha: float


class SchemeStage(Settings):
    """Parameters of `05_cross_subject` and `05_cross_speaker`: experiments under split schemes.

    The first of the `schemes` is the reference.
    """

    experiments: list[str]
    schemes: list[str]
    repeats: int
