"""Settings of the experiments of priyasad2020."""

from typing import Any, Literal

from pydantic import Field

from lib.papers.settings import TestStage as TestStage
from lib.settings import Settings
from lib.training.settings import TrainingSettings


class BackboneSettings(Settings):
    """Network on images.

    Attributes
    ----------
    name : str
        See `lib.models.image_backbones.build`.
    channels : int
        Width of the small network.
    weights : str or None
        File of ImageNet weights, relative to the project; None for random ones.
    audio_size, video_size : int
        Pixels that log-mel images and faces are resized to.
    """

    name: Literal["vgg19", "resnet18", "resnet50", "small"]
    channels: int
    weights: str | None
    audio_size: int
    video_size: int


class ModelSettings(Settings):
    """One experiment.

    Attributes
    ----------
    modality : {"audio", "video", "both"}
    variant : {"speech", "whole"}
        Segments of the region with speech, or of the whole clip.
    hidden : int or None
        States of the LSTM over the faces; None for the mean of their vectors.
    fusion, over : str
        See `lib.models.audiovisual.AudioVisualFusion`.
    encoders : dict
        For both modalities: the experiments whose trained networks are fused (first phase).
    freeze : bool
        Train only the fusion in the second phase.
    training : dict
        Laid over the stage's block of the same name.
    """

    modality: Literal["audio", "video", "both"]
    variant: Literal["speech", "whole"] = "speech"
    hidden: int | None = None
    fusion: Literal["attention", "concatenation"] = "attention"
    over: Literal["modalities", "positions", "gate"] = "modalities"
    encoders: dict[str, str] = Field(default_factory=dict)
    freeze: bool = True
    training: dict[str, Any] = Field(default_factory=dict)


class TrainingStage(Settings):
    """Parameters of `audiovisual/02_training`, which later stages take their models from.

    Attributes
    ----------
    scheme : str
        Over clips, so that a clip's segments stay together.
    experiments : list of str
        Keys of `models`; the encoders of fusions are trained too.
    """

    scheme: str
    folds: int
    repeats: int
    seed: int
    experiments: list[str]
    models: dict[str, ModelSettings]
    backbone: BackboneSettings
    training: TrainingSettings
    bootstrap_draws: int


class AblationStage(Settings):
    """Parameters of `audiovisual/03_ablations`.

    Attributes
    ----------
    experiments : list of str
        Variants.
    pairs : list of pairs
        Experiments that are compared, the fuller first.
    """

    experiments: list[str]
    pairs: list[tuple[str, str]]


class CrossSubjectStage(Settings):
    """Parameters of `audiovisual/05_cross_subject`.

    Attributes
    ----------
    experiments : list of str
    schemes : list of str
        Over clips; the first is the reference.
    leaking : bool
        Also draw folds over segments, so that a clip's segments are trained and tested on.
    repeats : int
    """

    experiments: list[str]
    schemes: list[str]
    leaking: bool
    repeats: int
