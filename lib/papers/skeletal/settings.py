"""Settings of the stages of shi2020 and shi2021."""

from typing import Any, Literal

from pydantic import Field

from lib.papers import settings as shared
from lib.settings import Settings


class FeatureInput(Settings):
    """Whether features get mean 0 and spread 1 over the training part."""

    standardise: bool


class SequenceInput(FeatureInput):
    """Also the number of frames that a sequence is cut or zero padded to."""

    frames: int


class SkeletonInput(SequenceInput):
    """Also the store that skeletons are taken from."""

    store: Literal["skeleton", "unfiltered"]


class TextInput(Settings):
    """Tokens of a transcript, and whose transcripts the vocabulary knows."""

    tokens: int
    vocabulary: Literal["training", "corpus"]


class InputSettings(Settings):
    """How each modality becomes tensors."""

    skeleton: SkeletonInput
    audio: SequenceInput
    text: TextInput
    mocap: FeatureInput


class ModelSettings(shared.ModelSettings):
    """One experiment: a model and what it changes of the stage's settings.

    `model` is ``"module.Class"`` below `lib.models`, `arguments` are those that differ from the
    class's defaults, and `inputs` are laid over the stage's block of the same name. For a fusion,
    `encoders` are the experiments whose trained models encode each modality (first phase); with
    `freeze`, only the fusion is trained in the second phase, not its encoders.
    """

    model: str = Field(pattern=r"^\w+\.\w+$")
    arguments: dict[str, Any] = Field(default_factory=dict)
    encoders: dict[str, str] = Field(default_factory=dict)
    freeze: bool = True
    inputs: dict[str, Any] = Field(default_factory=dict)


class BaselineSettings(Settings):
    """Random forests on plain statistics of the features."""

    trees: int


class TrainingStage(shared.TrainingStage):
    """Parameters of `skeletal/02_training`; a corpus trains the models whose modalities it has."""

    scheme: str
    folds: int
    models: dict[str, ModelSettings]
    inputs: InputSettings
    baseline: BaselineSettings
    maps_drawn: int


class AblationStage(shared.AblationStage):
    """Parameters of `skeletal/03_ablations`; experiments are models of shi2021 Table 2.

    `ranges` are arguments to try, by model; each fold takes the best by UAR on its development
    part. Experiments are repeated without the low-pass filter (`unfiltered`, shi2021 Table 3), with
    padding kept out (`masked`), with encoders that the second phase trains further (`further`), and
    with shi2020's layer of `joint_size` after the joined vectors (`joint`).
    """

    ranges: dict[str, list[dict[str, Any]]]
    unfiltered: str
    masked: list[str]
    further: list[str]
    joint: str
    joint_size: int


class FineTuningStage(Settings):
    """Parameters of `skeletal/06_fine_tuning`.

    The pretraining is repeated; in each repetition, each share (`ratios`) of the held-out speakers'
    samples is drawn `draws` times, at random or `by_class`. The `scheme` holds out the speakers of
    a session, or every pair of speakers.
    """

    experiment: str
    scheme: Literal["pretraining", "pretraining_all_pairs"]
    by_class: bool
    repeats: int
    draws: int
    ratios: list[float]
