"""Settings of the experiments of lee2018."""

from typing import Any, Literal

from pydantic import Field

from lib.papers import settings as shared
from lib.papers.valence.postprocessing import ChainSettings
from lib.settings import Settings


class FaceSettings(shared.FaceSettings):
    """How faces are found and aligned; landmarks between detections are interpolated.

    `landmarks` is dlib's file of 68 landmarks, relative to the project, or the package that has it,
    ``face_recognition_models``; MTCNN needs none.
    """

    landmarks: str | None


class ExtractionStage(shared.ExtractionStage):
    """Parameters of `valence/01_extraction`.

    Of each second, `frame_rate` frames are kept. The gold standard is the release's own, or rebuilt
    from individual ratings where there are some. Frames of `drawn` recordings are shown.
    """

    frame_rate: float
    faces: FaceSettings
    gold_standard: Literal["published", "rebuilt"]
    drawn: int


class ModelSettings(shared.ModelSettings):
    """One experiment: network, length of a clip in frames, and what differs in training.

    With `attention` there is spatiotemporal attention before the first pooling. Training labels are
    taken to be `delay` seconds late, and predictions are delayed by as much.
    """

    kind: Literal["2D-CNN", "CNN + RNN", "3D-CNN"]
    frames: int
    attention: bool = False
    delay: float = 0.0
    arguments: dict[str, Any] = Field(default_factory=dict)
    attention_arguments: dict[str, Any] = Field(default_factory=dict)


class AugmentationSettings(Settings):
    """Changes of a training clip, the same in all its frames.

    `flip` is the probability of a mirror image. `contrast`, `brightness` and `colour` are half
    widths, of the range of values: of a uniform factor around 1, of a uniform shift, and of a shift
    of each channel.
    """

    flip: float
    contrast: float
    brightness: float
    colour: float


class TrainingStage(shared.TrainingStage):
    """Parameters of `valence/02_training`.

    Of the release's training part, `development` recordings are kept from training, for early
    stopping and for post-processing. Clips begin `stride` frames apart in training (None: without
    overlap) and `prediction_stride` in prediction, where values between are interpolated. Up to
    `longest_gap` frames in a row without a face are filled with the nearest face; clips over longer
    gaps are left out, and their valence is interpolated.
    """

    development: int
    models: dict[str, ModelSettings]
    arguments: dict[str, Any]
    attention_arguments: dict[str, Any]
    stride: int | None
    prediction_stride: int
    longest_gap: int
    augmentation: AugmentationSettings
    chain: ChainSettings


class AblationStage(shared.AblationStage):
    """Parameters of `valence/03_ablations`; the curve delays predictions by `delays`, seconds."""

    delays: list[float]


class TraceStage(Settings):
    """Parameters of `valence/05_traces`.

    Traces of `experiments` are drawn for the reported recordings with the numbers `recordings`, and
    the attention of one experiment for a number of `clips`. The need for regions of the face is
    measured for the experiments `covered`.
    """

    experiments: list[str]
    recordings: list[int]
    attention: str
    clips: int
    covered: list[str]
