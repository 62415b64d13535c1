"""From a corpus to filtered 3D skeletons of its samples."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import egait, iemocap, ravdess
from lib.corpora.provenance import Provenance
from lib.features.kinematics import H36M_JOINTS, UPPER_BODY
from lib.features.skeleton import FilterSettings, ShortSequence, cut, low_pass, upper_body
from lib.features.store import FeatureWriter
from lib.features.tracks import fill_gaps, speaker
from lib.papers.skeletal.dialogue_video import DialogueVideo, dialogue_video, sides
from lib.papers.skeletal.speech import SpeechSettings
from lib.params import project_path
from lib.settings import Settings
from lib.training.settings import TrainingSettings

if TYPE_CHECKING:
    from lib.models.lifting import TemporalLifter


CLASSES: dict[str, tuple[str, ...]] = {
    "iemocap": iemocap.CLASSES,
    "egait": egait.CLASSES,
    "ravdess": ravdess.FOUR_CLASSES,
}
MODALITIES: dict[str, tuple[str, ...]] = {
    "iemocap": ("skeleton", "audio", "text", "mocap"),
    "egait": ("skeleton",),
    "ravdess": ("audio",),
}
"""What extraction gives for each corpus."""


class LifterSettings(Settings):
    """The 2D to 3D network.

    Attributes
    ----------
    checkpoint : str or None
        VideoPose3D's ``pretrained_h36m_detectron_coco.bin``, relative to the project; None to
        train a network on projected motion.
    flip : bool
        Average with the mirrored input.
    filter_widths, channels, sequences, sequence_frames, training
        Of the network that is trained.
    """

    checkpoint: str | None
    flip: bool
    filter_widths: list[int]
    channels: int
    sequences: int
    sequence_frames: int
    training: TrainingSettings


class ExtractionStage(Settings):
    """Parameters of `skeletal/01_extraction`.

    Attributes
    ----------
    least_presence : float
        A sample is left out if its person is seen in a smaller share of its frames.
    swap_sides : list of str
        See `lib.corpora.iemocap.read`.
    glove : str or None
        ``glove.840B.300d.txt``, relative to the project; None to start from random embeddings.
    mocap_parts : int
        Parts of an utterance over which marker values are averaged.
    """

    seed: int
    low_pass: FilterSettings
    lifter: LifterSettings
    least_presence: float
    swap_sides: list[str]
    speech: SpeechSettings
    glove: str | None
    mocap_parts: int


@dataclass(frozen=True)
class Lifter:
    """A lifting network and what is known about it; no network where the corpus has 3D joints."""

    model: "TemporalLifter | None"
    facts: dict[str, Any]


@dataclass
class Extraction:
    """What extraction kept, and what it left out."""

    samples: pd.DataFrame
    exclusions: pd.DataFrame
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def summary(self) -> pd.DataFrame:
        """Kept and excluded samples by class."""
        kept = self.samples["label"].value_counts().rename("kept")
        left = self.exclusions["label"].value_counts().rename("excluded")
        return pd.concat([kept, left], axis=1).fillna(0).astype(int)


@dataclass(frozen=True)
class Movement:
    """One sample before and after filtering, (frames, joints, 3)."""

    sample_id: str
    raw: NDArray[np.floating]
    filtered: NDArray[np.floating]


@dataclass(frozen=True)
class Exclusion:
    """Why a sample is left out."""

    sample_id: str
    reason: str


def prepare_lifter(corpus: str, settings: ExtractionStage, folder: Path) -> Lifter:
    """Load the official checkpoint, or train a network; nothing for corpora without video."""
    if corpus != "iemocap":
        return Lifter(None, {"lifter": "none: no 2D keypoints are lifted"})
    from lib.models.lifting import load_checkpoint

    if settings.lifter.checkpoint:
        path = project_path(settings.lifter.checkpoint)
        return Lifter(load_checkpoint(path), {"lifter": f"VideoPose3D checkpoint {path.name}"})
    from lib.papers.skeletal.lifter import train

    path = folder / "lifter.safetensors"
    facts = train(settings.lifter, settings.seed, path)
    return Lifter(
        load_checkpoint(path), {"lifter": "trained on projected motion, not VideoPose3D's"} | facts
    )


def extract(
    corpus: str,
    labelled: pd.DataFrame,
    settings: ExtractionStage,
    lifter: Lifter,
    folder: Path,
    data: Provenance,
) -> Extraction:
    """Write skeletons, before and after filtering, of every sample that can be used.

    Returns
    -------
    Extraction
        Everything, of a corpus without movement.
    """
    if "skeleton" not in MODALITIES[corpus]:
        return Extraction(
            labelled.reset_index(drop=True), labelled.iloc[:0].assign(reason=""), folder
        )
    if corpus == "egait":
        movements = _gaits(settings)
        joints, fps = list(egait.JOINTS), egait.FRAME_RATE
    else:
        movements = _dialogues(labelled, settings, lifter)
        joints, fps = [H36M_JOINTS[joint] for joint in UPPER_BODY], None
    metadata = describe(corpus, data) | {
        "joints": joints,
        "unit": "metres",
        "fps": fps,
        "low_pass": settings.low_pass.model_dump(),
    }
    frames: dict[str, int] = {}
    exclusions = []
    with (
        FeatureWriter(folder / "skeleton.arrow", metadata) as filtered,
        FeatureWriter(folder / "unfiltered.arrow", metadata | {"low_pass": None}) as raw,
    ):
        for movement in movements:
            if isinstance(movement, Exclusion):
                exclusions.append(movement)
                continue
            filtered.write(movement.sample_id, movement.filtered)
            raw.write(movement.sample_id, movement.raw)
            frames[movement.sample_id] = len(movement.filtered)
    samples = labelled[labelled["sample_id"].isin(frames.keys())].reset_index(drop=True)
    samples["frames"] = samples["sample_id"].map(frames)
    reasons = pd.DataFrame(exclusions, columns=["sample_id", "reason"])
    left_out = reasons.merge(labelled[["sample_id", "label"]], on="sample_id")
    values = {
        "kept": samples["label"].value_counts().sort_index().to_dict(),
        "excluded": left_out["label"].value_counts().sort_index().to_dict(),
        "lifter": lifter.facts,
    }
    return Extraction(samples, left_out, folder, values)


def describe(corpus: str, data: Provenance) -> dict[str, Any]:
    """What every feature store of a corpus says of it."""
    return {
        "corpus": corpus,
        "data": data.version,
        "marker": data.marker,
        "classes": list(CLASSES[corpus]),
        "modalities": list(MODALITIES[corpus]),
    }


def stores(corpus: str) -> list[str]:
    """Names of the feature stores that every extraction of a corpus writes."""
    names = {"skeleton": ["skeleton", "unfiltered"], "audio": ["mfcc", "prosody"]}
    return [
        name for kind in MODALITIES[corpus] for name in names.get(kind, [kind]) if kind != "text"
    ]


def _gaits(settings: ExtractionStage) -> Iterator[Movement | Exclusion]:
    for sample, positions in egait.joints(project_path("data/egait")):
        raw = positions - positions[:1, :1]  # the walk starts at the origin
        try:
            yield Movement(sample, raw, low_pass(raw, settings.low_pass, sample))
        except ShortSequence as error:
            yield Exclusion(sample, str(error))


def _dialogues(
    labelled: pd.DataFrame, settings: ExtractionStage, lifter: Lifter
) -> Iterator[Movement | Exclusion]:
    for dialogue, group in labelled.groupby("dialogue", sort=False):
        video = dialogue_video(group.iloc[0])
        for side in sides(group):
            turns = group[group["side"] == side]
            person = speaker(video.poses, side, video.info.width, video.frames)
            yield from _turns(f"{dialogue}, {side}", turns, video, person, settings, lifter)


def _turns(
    name: str,
    turns: pd.DataFrame,
    video: DialogueVideo,
    person: tuple[NDArray[np.float32], NDArray[np.bool_]],
    settings: ExtractionStage,
    lifter: Lifter,
) -> Iterator[Movement | Exclusion]:
    from lib.models.lifting import lift

    keypoints, present = person
    if not present.any():
        for turn in turns.itertuples():
            yield Exclusion(str(turn.sample_id), "the actor is never in the picture")
        return
    assert lifter.model is not None
    filled = fill_gaps(keypoints, present)
    joints = upper_body(
        lift(
            lifter.model, filled[..., :2], video.info.width, video.info.height,
            settings.lifter.flip,
        )
    )  # fmt: skip
    smooth = low_pass(joints, settings.low_pass, name)
    for turn in turns.itertuples():
        start, end, fps = float(turn.start), float(turn.end), video.info.fps  # type: ignore[arg-type]
        if start * fps >= video.frames:
            yield Exclusion(str(turn.sample_id), "the video ends before the utterance")
            continue
        share = float(cut(present, start, end, fps).mean())
        if share < settings.least_presence:
            reason = f"the actor is in the picture in {share:.0%} of the frames"
            yield Exclusion(str(turn.sample_id), reason)
            continue
        yield Movement(
            str(turn.sample_id), cut(joints, start, end, fps), cut(smooth, start, end, fps)
        )
