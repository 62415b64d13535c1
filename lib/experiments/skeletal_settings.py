"""Settings of the experiments of shi2020 and shi2021."""

from typing import Any, Literal

from pydantic import Field

from lib.params import Settings
from lib.training_settings import TrainingSettings

MODALITIES: dict[str, tuple[str, ...]] = {
    "SMACN": ("skeleton",),
    "LSTM": ("skeleton",),
    "LSTM+Att": ("skeleton",),
    "CNN": ("skeleton",),
    "3DCNN": ("skeleton",),
    "MoCap model": ("mocap",),
    "ARE": ("audio",),
    "TRE": ("text",),
    "MDRE": ("audio", "text"),
    "MDREA": ("audio", "text"),
    "SMERN": ("skeleton", "audio", "text"),
    "SMERN-GA": ("skeleton", "audio", "text"),
    "CMA": ("skeleton", "audio", "text"),
    "Xu et al.": ("skeleton", "audio", "text"),
}
"""What each model takes, in the order of its inputs."""


class SkeletonInput(Settings):
    """Frames that a skeleton is cut or zero padded to, and the store that it is taken from."""

    frames: int
    store: Literal["skeleton", "unfiltered"]


class AudioInput(Settings):
    """MFCC frames; whether features are standardised by the training part's mean and spread."""

    frames: int
    standardise: bool


class TextInput(Settings):
    """Tokens of a transcript; whose transcripts the vocabulary knows; pre-trained vectors."""

    tokens: int
    vocabulary: Literal["training", "corpus"]
    glove: bool


class MocapInput(Settings):
    """Whether marker values are standardised by the training part's mean and spread."""

    standardise: bool


class InputSettings(Settings):
    """How each modality becomes tensors."""

    skeleton: SkeletonInput
    audio: AudioInput
    text: TextInput
    mocap: MocapInput


class ModelSettings(Settings):
    """One experiment: a model and what it changes of the stage's settings.

    Attributes
    ----------
    name : str
        Key of `MODALITIES`.
    arguments : dict
        Arguments of the model's class that differ from its defaults.
    encoders : dict
        For a fusion: the experiment whose trained model encodes each modality (first phase).
    freeze : bool
        For a fusion: only the fusion is trained in the second phase, not its encoders.
    inputs, training : dict
        Laid over the stage's blocks of the same name.
    """

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    encoders: dict[str, str] = Field(default_factory=dict)
    freeze: bool = True
    inputs: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)


class BaselineSettings(Settings):
    """Random forests on plain statistics of the features."""

    trees: int


class TrainingStage(Settings):
    """Parameters of `skeletal/02_training`, which later stages take their models from.

    Attributes
    ----------
    experiments : list of str
        Models that are trained; those whose modalities a corpus has not are left out.
    """

    scheme: str
    folds: int
    repeats: int
    seed: int
    experiments: list[str]
    models: dict[str, ModelSettings]
    inputs: InputSettings
    training: TrainingSettings
    baseline: BaselineSettings
    bootstrap_draws: int
    maps_drawn: int


class AblationStage(Settings):
    """Parameters of `skeletal/03_ablations`; models and all else come from `skeletal.training`.

    Attributes
    ----------
    experiments : list of str
        Models of shi2021 Table 2.
    ranges : dict
        By model the arguments that are tried; the best by UAR on the development part is reported.
    unfiltered, masked, joint : str
        Experiments that are repeated without the low-pass filter (shi2021 Table 3), with padding
        kept out, and with shi2020's layer of `joint_size` after the joined vectors.
    """

    experiments: list[str]
    ranges: dict[str, list[dict[str, Any]]]
    unfiltered: str
    masked: str
    joint: str
    joint_size: int


class TestStage(Settings):
    """Parameters of `skeletal/04_t_tests`: pairs of experiments, first against second."""

    __test__ = False

    pairs: list[tuple[str, str]]
    alpha: float


class CrossSpeakerStage(Settings):
    """Parameters of `skeletal/05_cross_speaker`: experiments under each split scheme."""

    experiments: list[str]
    schemes: list[str]
    repeats: int


class FineTuningStage(Settings):
    """Parameters of `skeletal/06_fine_tuning`.

    Attributes
    ----------
    experiment : str
    repeats, draws : int
        Repetitions of the pretraining, and draws of the training share in each.
    ratios : list of float
        Shares of the held-out speakers' samples that train.
    """

    experiment: str
    repeats: int
    draws: int
    ratios: list[float]
