"""Settings of the experiments of priyasad2020."""

from typing import Literal

from pydantic import Field

from lib.papers import settings as shared
from lib.papers.settings import SchemeStage


class BackboneSettings(shared.BackboneSettings):
    """Network on images; log-mel images and faces are resized to the two sizes, pixels.

    For `weights` see `lib.models.weights.chosen_weights`.
    """

    weights: str | None
    audio_size: int
    video_size: int


class ModelSettings(shared.ModelSettings):
    """One experiment.

    Segments are those of the region with speech, or of the whole clip (`variant`). The LSTM over
    the faces has `hidden` states; None takes the mean of their vectors. `fusion` and `over` are as
    in `lib.models.audiovisual.AudioVisualFusion`. For both modalities, `encoders` are the
    experiments whose trained networks are fused (first phase); with `freeze`, only the fusion is
    trained then.
    """

    modality: Literal["audio", "video", "both"]
    variant: Literal["speech", "whole"] = "speech"
    hidden: int | None = None
    fusion: Literal["attention", "concatenation"] = "attention"
    over: Literal["modalities", "positions", "gate"] = "modalities"
    encoders: dict[str, str] = Field(default_factory=dict)
    freeze: bool = True


class TrainingStage(shared.TrainingStage):
    """Parameters of `audiovisual/02_training`; `scheme` is over clips, which stay together.

    Backbones of modalities that are not `trained` keep the weights that they start from; their
    vectors (fc7) are computed once in a run. `dropout` is that before the last layer of every network.
    """

    scheme: str
    folds: int
    models: dict[str, ModelSettings]
    backbone: BackboneSettings
    trained: list[Literal["audio", "video"]]
    dropout: float


class AblationStage(shared.AblationStage):
    """Parameters of `audiovisual/03_ablations`: pairs are compared, the fuller network first."""

    pairs: list[tuple[str, str]]


class CrossSubjectStage(SchemeStage):
    """Parameters of `audiovisual/05_cross_subject`; the schemes are over clips.

    With `leaking`, folds over segments are drawn too, so that a clip's segments are trained and
    tested on.
    """

    leaking: bool
