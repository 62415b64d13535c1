"""Settings of the experiments of vo2022."""

from typing import Any, Literal

from pydantic import Field

from lib.features.image_augmentation import AugmentationSettings
from lib.papers.settings import TestStage as TestStage
from lib.settings import Settings
from lib.training.settings import TrainingSettings

Stream = Literal["body", "place", "gist"]


class BackboneSettings(Settings):
    """The network of every stream.

    Attributes
    ----------
    name : str
        See `lib.models.image_backbones.build`.
    channels : int
        Of the small one.
    """

    name: Literal["resnet50", "resnet18", "small"]
    channels: int


class ExtractionStage(Settings):
    """Parameters of `context/01_extraction`.

    Attributes
    ----------
    size : int
        Pixels of the squares that scenes and bodies become.
    weights : dict
        Checkpoint of each stream, relative to the project: torchvision's ImageNet file for the
        body, Places365's for the place, EmotionNet's for the gist; None to start at random.
    pictures_drawn : int
    """

    seed: int
    size: int
    backbone: BackboneSettings
    weights: dict[Stream, str | None]
    pictures_drawn: int


class ModelSettings(Settings):
    """One experiment: which streams, and how they are fused."""

    streams: list[Stream]
    fusion: Literal["attention", "concatenation"]
    loss: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)


class LossSettings(Settings):
    """Equations 4 to 6; see `lib.models.context.ContextLoss`."""

    c: float
    body: float
    place: float
    gist: float
    fused: float
    per_batch: bool


class TrainingStage(Settings):
    """Parameters of `context/02_training`, which later stages take their models from.

    Attributes
    ----------
    repeats : int
        Trainings of each experiment with seeds of their own; the parts are the release's.
    trained : list of str
        Streams whose network is trained; the others are frozen.
    store_frozen : bool
        Compute frozen streams' features once, from pictures that are not augmented.
    hidden : int
        Of the network that weighs the streams.
    """

    repeats: int
    seed: int
    experiments: list[str]
    models: dict[str, ModelSettings]
    trained: list[Stream]
    store_frozen: bool
    hidden: int
    loss: LossSettings
    augmentation: AugmentationSettings
    training: TrainingSettings
    bootstrap_draws: int


class AblationStage(Settings):
    """Parameters of `context/03_ablations`: experiments beside those of training."""

    experiments: list[str]


class AttributionStage(Settings):
    """Parameters of `context/05_attribution`.

    Attributes
    ----------
    experiment : str
        With attention over all three streams.
    pictures_drawn : int
    """

    experiment: str
    pictures_drawn: int
