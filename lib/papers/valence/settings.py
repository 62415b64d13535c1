"""Settings of the experiments of lee2018."""

from typing import Any, Literal

from pydantic import Field

from lib.papers import settings as shared
from lib.papers.settings import TestStage as TestStage
from lib.papers.valence.postprocessing import ChainSettings
from lib.settings import Settings

Kind = Literal["2D-CNN", "CNN + RNN", "3D-CNN"]


class FaceSettings(shared.FaceSettings):
    """How faces are found and aligned; landmarks between detections are interpolated.

    Attributes
    ----------
    landmarks : str or None
        dlib's file of 68 landmarks, relative to the project; MTCNN needs none.
    """

    landmarks: str | None


class ExtractionStage(Settings):
    """Parameters of `valence/01_extraction`.

    Attributes
    ----------
    frame_rate : float
        Frames that are kept per second.
    gold_standard : {"published", "rebuilt"}
        The release's own, or made from individual ratings where there are some.
    drawn : int
        Number of recordings whose frames are shown.
    """

    seed: int
    frame_rate: float
    faces: FaceSettings
    gold_standard: Literal["published", "rebuilt"]
    drawn: int


class ModelSettings(shared.ModelSettings):
    """One experiment: network, clip, and what differs in training.

    Attributes
    ----------
    kind : {"2D-CNN", "CNN + RNN", "3D-CNN"}
    frames : int
        Length of a clip.
    attention : bool
        Spatiotemporal attention before the first pooling.
    delay : float
        Seconds by which training labels are taken to be late; predictions are delayed by as much.
    """

    kind: Kind
    frames: int
    attention: bool = False
    delay: float = 0.0
    arguments: dict[str, Any] = Field(default_factory=dict)
    attention_arguments: dict[str, Any] = Field(default_factory=dict)


class AugmentationSettings(Settings):
    """Changes of a training clip, the same in all its frames.

    Attributes
    ----------
    flip : float
        Probability of a mirror image.
    contrast, brightness, colour : float
        Half width of a uniform factor around 1, of a uniform shift, and of a shift of each channel;
        of the range of values.
    """

    flip: float
    contrast: float
    brightness: float
    colour: float


class TrainingStage(shared.TrainingStage):
    """Parameters of `valence/02_training`.

    Attributes
    ----------
    development : int
        Recordings of the release's training part that are kept from training: for early stopping
        and for post-processing.
    stride : int or None
        Frames from one training clip to the next; None for clips that do not overlap.
    prediction_stride : int
        Frames from one predicted clip to the next; values between are interpolated.
    longest_gap : int
        Up to this many frames in a row without a face are filled with the nearest one's; clips over
        longer gaps are left out, and their valence is interpolated.
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

    Attributes
    ----------
    experiments : list of str
        Whose traces are drawn.
    recordings : list of int
        Numbers of the reported recordings that are drawn.
    attention : str
        Experiment whose attention is drawn.
    clips : int
        Clips whose attention is drawn.
    covered : list of str
        Experiments whose need of regions of the face is measured.
    """

    experiments: list[str]
    recordings: list[int]
    attention: str
    clips: int
    covered: list[str]
