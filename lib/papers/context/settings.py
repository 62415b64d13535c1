"""Settings of the experiments of vo2022."""

from typing import Any, Literal

from pydantic import Field

from lib.features.augmentation_settings import AugmentationSettings
from lib.papers import settings as shared
from lib.papers.settings import AblationStage as AblationStage
from lib.papers.settings import BackboneSettings
from lib.settings import Settings

Stream = Literal["body", "place", "gist"]


class ExtractionStage(Settings):
    """Parameters of `context/01_extraction`.

    Scenes and bodies become squares of `size` pixels. `weights` names each stream's checkpoint, relative to
    the project: torchvision's ImageNet file for the body, Places365's for the place, EmotionNet's for the
    gist; see `lib.models.weights.chosen_weights` for other values. For `boxes` see `lib.corpora.emotic.read`.
    """

    seed: int
    size: int
    backbone: BackboneSettings
    weights: dict[Stream, str | None]
    boxes: Literal["original", "cut"]
    pictures_drawn: int


class ModelSettings(shared.ModelSettings):
    """One experiment: which streams, how they are fused, and what it changes of the stage.

    With `continuous`, valence, arousal and dominance are predicted too.
    """

    streams: list[Stream]
    fusion: Literal["attention", "concatenation"]
    trained: list[Stream] | None = None
    continuous: bool = False
    loss: dict[str, Any] = Field(default_factory=dict)


class LossSettings(Settings):
    """Equations 4 to 6; see `lib.models.context.ContextLoss`. `values` is the weight of `value_loss`."""

    c: float
    body: float
    place: float
    gist: float
    fused: float
    per_batch: bool
    values: float


class TrainingStage(shared.TrainingStage):
    """Parameters of `context/02_training`; the parts are the release's in every repetition.

    Streams that are not `trained` are frozen; with `store_frozen` their features are computed once, from
    pictures that are not augmented. The network that weighs the streams has `hidden` units.
    """

    models: dict[str, ModelSettings]
    trained: list[Stream]
    store_frozen: bool
    hidden: int
    loss: LossSettings
    augmentation: AugmentationSettings


class AttributionStage(Settings):
    """Parameters of `context/05_attribution`: an experiment with attention over all streams."""

    experiment: str
    pictures_drawn: int
