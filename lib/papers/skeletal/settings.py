"""Settings of the experiments of shi2020 and shi2021."""

from typing import Any, Literal

from pydantic import Field

from lib.settings import Settings
from lib.training.settings import TrainingSettings

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
    """Frames that a skeleton is cut or zero padded to, and the store that it is taken from.

    With `standardise` each coordinate of a joint has mean 0 and spread 1 over the training part.
    """

    frames: int
    standardise: bool
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
