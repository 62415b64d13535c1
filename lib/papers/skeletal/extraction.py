"""Filtered 3D skeletons of a corpus's samples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import catalogue
from lib.corpora.provenance import Provenance
from lib.features.kinematics import COCO_KEYPOINTS, H36M_JOINTS, UPPER_BODY
from lib.features.skeleton import FilterSettings, ShortSequence, cut, low_pass, upper_body
from lib.features.store import FeatureWriter
from lib.features.tracks import fill_gaps, gaps
from lib.features.video import probe
from lib.papers import settings as shared
from lib.papers.found import Losses
from lib.papers.skeletal import detections, markers
from lib.papers.skeletal.lifter import Lifter, LifterSettings, prepare
from lib.papers.skeletal.speech import incomplete
from lib.params import project_path

Movements = Iterator[tuple[str, tuple[NDArray[np.floating], ...] | str]]
"""Samples with their joints before and after filtering, (frames, joints, 3), and the scores of their
keypoints, (frames, keypoints), 0 where filled; or with the reason why they are left out."""
VISIBLE = [index for index, name in enumerate(COCO_KEYPOINTS) if "knee" not in name and "ankle" not in name]
"""Keypoints of the upper body, hips included."""


class ExtractionStage(shared.ExtractionStage):
    """Parameters of `skeletal/01_extraction`.

    The person of a sample must be seen in a share of `least_presence` of its frames, and 2D
    keypoints below `least_score` count as not seen (`lib.features.tracks.fill_gaps`); `swap_sides`
    is as in `lib.corpora.iemocap.read`. AlphaPose's results are the corpus's; Keypoint R-CNN detects
    people now, with weights in `detector_weights`, a file of the project. So is `glove`,
    ``glove.840B.300d.txt``, or ``random`` for random vectors. Markers are averaged over `mocap_parts`.
    """

    detector: Literal["alphapose", "keypoint_rcnn"]
    detector_weights: str | None
    low_pass: FilterSettings
    lifter: LifterSettings
    least_presence: float
    least_score: float
    swap_sides: list[str]
    glove: str | None
    mocap_parts: int


@dataclass
class Extraction:
    """Samples kept and left out, losses of files, facts, and a check of sides (`markers`)."""

    samples: pd.DataFrame
    exclusions: pd.DataFrame
    folder: Path
    losses: Losses
    facts: dict[str, Any] = field(default_factory=dict)
    sides: pd.DataFrame = field(default_factory=pd.DataFrame)


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
    detected: Path,
) -> Extraction:
    """Write skeletons, before and after filtering, of every usable sample.

    The samples' ``filled`` is the share of the upper body's keypoints that were not seen and are
    filled, ``longest_gap`` the most frames of one of them in a row, ``position`` the place in the
    order of `labelled`, the corpus's own. A corpus without movement keeps all samples. `detected`
    is from `lib.papers.skeletal.detections.detect`.
    """
    labelled = labelled.assign(position=range(len(labelled)))
    described = describe(corpus, data)
    heard, least = "audio" in described["modalities"], settings.least_complete
    losses: Losses = []
    reasons = incomplete(corpus, labelled, least, losses) if heard else {}
    sides: list[dict[str, Any]] = []
    cut_off = labelled["sample_id"].isin(reasons)
    whole = labelled[~cut_off].reset_index(drop=True)
    if "skeleton" not in described["modalities"]:
        none = labelled[cut_off].assign(reason=list(reasons.values()))
        return Extraction(whole, none, folder, losses)
    if _is_lifted(corpus):
        movements = _dialogues(whole, settings, lifter, detected, sides, losses)
        joints = [H36M_JOINTS[joint] for joint in UPPER_BODY]
        fps = probe(project_path(f"data/{corpus}") / whole["video"].iloc[0]).fps if len(whole) else None
    else:
        reader = catalogue.reader(corpus)
        movements = _recorded(reader.joints(project_path(f"data/{corpus}")), settings)
        joints, fps = list(reader.JOINTS), reader.FRAME_RATE
    metadata = described | {"joints": joints, "unit": "metres", "fps": fps}
    metadata |= {"low_pass": settings.low_pass.model_dump(), "settings": settings.model_dump()}
    found: dict[str, tuple[int, float, int]] = {}
    with (
        FeatureWriter(folder / "skeleton.arrow", metadata) as filtered,
        FeatureWriter(folder / "unfiltered.arrow", metadata | {"low_pass": None}) as raw,
    ):
        for sample, movement in movements:
            if isinstance(movement, str):
                reasons[sample] = movement
                continue
            raw.write(sample, movement[0])
            filtered.write(sample, movement[1])
            found[sample] = len(movement[1]), *gaps(movement[2])
    samples = labelled[labelled["sample_id"].isin(found)].reset_index(drop=True)
    for column, name in enumerate(("frames", "filled", "longest_gap")):
        samples[name] = [found[sample][column] for sample in samples["sample_id"]]
    left_out = pd.DataFrame(reasons.items(), columns=["sample_id", "reason"])
    left_out = left_out.merge(labelled[["sample_id", "label"]], on="sample_id")
    values = {
        "kept": samples["label"].value_counts().sort_index().to_dict(),
        "excluded": left_out["label"].value_counts().sort_index().to_dict(),
        "lifter": lifter.facts,
    }
    return Extraction(samples, left_out, folder, losses, values, pd.DataFrame(sides))


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


def _recorded(recordings: Iterable[tuple[str, NDArray[np.float32]]], settings: ExtractionStage) -> Movements:
    for sample, positions in recordings:
        raw = positions - positions[:1, :1]  # the walk starts at the origin
        try:
            yield sample, (raw, low_pass(raw, settings.low_pass, sample), np.ones(raw.shape[:2]))
        except ShortSequence as error:
            yield sample, str(error)


def _dialogues(
    table: pd.DataFrame,
    settings: ExtractionStage,
    lifter: Lifter,
    detected: Path,
    sides: list[Any],
    losses: Losses,
) -> Movements:
    from lib.models.lifting import lift

    assert lifter.model is not None
    for dialogue, group in table.groupby("dialogue", sort=False):
        video = detections.dialogue_video(group.iloc[0], detected)
        size, fps = (video.info.width, video.info.height), video.info.fps
        sides.append(markers.compare_sides(group.iloc[0], video, settings.least_score))
        what = f"{video.lost} of {video.frames + video.lost} frames of the dialogue cannot be decoded"
        losses += [(group["video"].iloc[0], what)] * bool(video.lost)
        for side, (keypoints, present) in video.people.items():
            turns = group[group["side"] == side]
            try:
                filled = fill_gaps(keypoints, present, settings.least_score)
            except ValueError as error:
                yield from ((sample, str(error)) for sample in turns["sample_id"])
                continue
            keypoints, name = filled[..., :2], f"{dialogue}, {side}"
            joints = upper_body(lift(lifter.model, keypoints, *size, settings.lifter.flip))
            if settings.low_pass.applied_to == "keypoints":
                smooth = low_pass(keypoints, settings.low_pass, name)
                smooth = upper_body(lift(lifter.model, smooth, *size, settings.lifter.flip))
            else:
                smooth = low_pass(joints, settings.low_pass, name)
            for sample, start, end in turns[["sample_id", "start", "end"]].itertuples(index=False):
                expected = max(1, round(end * fps) - round(start * fps))
                share = float(cut(present, start, end, fps).sum()) / expected
                if start * fps >= video.frames:
                    yield sample, "the video ends before the utterance"
                elif share < settings.least_presence:
                    yield sample, f"the actor is in the picture in {share:.0%} of the frames"
                else:
                    scores = cut(filled[:, VISIBLE, 2], start, end, fps)
                    yield sample, (cut(joints, start, end, fps), cut(smooth, start, end, fps), scores)
