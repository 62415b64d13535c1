"""Settings of the skeletal stages that take their models from `skeletal.training`."""

from typing import Any

from lib.settings import Settings


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
    exact : str or None
        Experiment that is repeated in float32, to see whether bfloat16 changes it.
    """

    experiments: list[str]
    ranges: dict[str, list[dict[str, Any]]]
    unfiltered: str
    masked: str
    joint: str
    joint_size: int
    exact: str | None


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
