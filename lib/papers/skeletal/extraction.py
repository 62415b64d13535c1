"""Filtered 3D skeletons of a corpus's samples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import catalogue
from lib.corpora.provenance import Provenance
from lib.features.kinematics import H36M_JOINTS, UPPER_BODY
from lib.features.skeleton import FilterSettings, ShortSequence, cut, low_pass, upper_body
from lib.features.store import FeatureWriter
from lib.features.tracks import fill_gaps, speaker
from lib.papers.skeletal.dialogue_video import DialogueVideo, dialogue_video, sides
from lib.papers.skeletal.lifter import Lifter, LifterSettings, prepare
from lib.params import project_path
from lib.settings import Settings


class ExtractionStage(Settings):
    """Parameters of `skeletal/01_extraction`.

    Attributes
    ----------
    least_presence : float
        Smallest share of its frames in which the person of a sample must be seen.
    swap_sides : list of str
        See `lib.corpora.iemocap.read`.
    glove : str or None
        ``glove.840B.300d.txt``, relative to the project; None to start from random embeddings.
    mocap_parts : int
        Number of parts of an utterance over which marker values are averaged.
    """

    seed: int
    low_pass: FilterSettings
    lifter: LifterSettings
    least_presence: float
    swap_sides: list[str]
    glove: str | None
    mocap_parts: int


@dataclass
class Extraction:
    """Samples that were kept, samples that were left out, and facts about both."""

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
    """A sample that is left out."""

    sample_id: str
    reason: str


def prepare_lifter(corpus: str, settings: ExtractionStage, folder: Path) -> Lifter:
    """Lifter of a corpus; it has no network if the corpus has no 2D keypoints to lift."""
    if not _is_lifted(corpus):
        return Lifter(None, {"lifter": "none: no 2D keypoints are lifted"})
    return prepare(settings.lifter, settings.seed, folder)


def extract(
    corpus: str,
    labelled: pd.DataFrame,
    settings: ExtractionStage,
    lifter: Lifter,
    folder: Path,
    data: Provenance,
) -> Extraction:
    """Write skeletons, before and after filtering, of every usable sample.

    A corpus without movement keeps all samples.
    """
    if "skeleton" not in catalogue.get(corpus).use("skeletal").modalities:
        none = labelled.iloc[:0].assign(reason="")
        return Extraction(labelled.reset_index(drop=True), none, folder)
    if _is_lifted(corpus):
        movements = _dialogues(labelled, settings, lifter)
        joints, fps = [H36M_JOINTS[joint] for joint in UPPER_BODY], None
    else:
        reader = catalogue.reader(corpus)
        movements = _recorded(reader.joints(project_path(f"data/{corpus}")), settings)
        joints, fps = list(reader.JOINTS), reader.FRAME_RATE
    metadata = describe(corpus, data) | {"joints": joints, "unit": "metres", "fps": fps}
    metadata["low_pass"] = settings.low_pass.model_dump()
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
    """Facts about a corpus that each of its feature stores holds."""
    use = catalogue.get(corpus).use("skeletal")
    return {
        "corpus": corpus,
        "data": data.version,
        "marker": data.marker,
        "classes": list(use.classes),
        "modalities": list(use.modalities),
    }


def _is_lifted(corpus: str) -> bool:
    """Whether a corpus's skeletons come from 2D keypoints; other readers give 3D joints."""
    with_skeletons = "skeleton" in catalogue.get(corpus).use("skeletal").modalities
    return with_skeletons and not hasattr(catalogue.reader(corpus), "joints")


def _recorded(
    recordings: Iterable[tuple[str, NDArray[np.float32]]], settings: ExtractionStage
) -> Iterator[Movement | Exclusion]:
    for sample, positions in recordings:
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
        for sample in turns["sample_id"]:
            yield Exclusion(sample, "the actor is never in the picture")
        return
    assert lifter.model is not None
    filled = fill_gaps(keypoints, present)
    size = (video.info.width, video.info.height)
    joints = upper_body(lift(lifter.model, filled[..., :2], *size, settings.lifter.flip))
    smooth = low_pass(joints, settings.low_pass, name)
    fps = video.info.fps
    for sample, start, end in turns[["sample_id", "start", "end"]].itertuples(index=False):
        share = float(cut(present, start, end, fps).mean())
        if start * fps >= video.frames:
            yield Exclusion(sample, "the video ends before the utterance")
        elif share < settings.least_presence:
            yield Exclusion(sample, f"the actor is in the picture in {share:.0%} of the frames")
        else:
            yield Movement(sample, cut(joints, start, end, fps), cut(smooth, start, end, fps))
