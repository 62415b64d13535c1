"""Skeletons of the person in a recording: 3D joints as they are, or lifted from 2D keypoints."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.features.kinematics import H36M_JOINTS, UPPER_BODY
from lib.features.skeleton import ShortSequence, cut, low_pass, upper_body
from lib.features.tracks import fill_gaps, speaker
from lib.models.lifting import lift, load_checkpoint
from lib.models.weights import CheckpointError
from lib.papers.skeletal.extraction import ExtractionStage
from lib.papers.skeletal.lifter import TRAINED
from lib.params import project_path
from scripts.predict.models import Trained
from scripts.predict.recording import Missing, Recording

LIFTER = "lifter.safetensors"
JOINTS = [H36M_JOINTS[joint] for joint in UPPER_BODY]


class Moved(NamedTuple):
    """Joints by the name of the store, (frames, joints, 3), in which frames the person is `present`, the
    frames per second, and the least share of a window in which it must be."""

    joints: dict[str, NDArray[np.floating]]
    present: NDArray[np.bool_]
    frames: float
    least: float

    def there(self, spans: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which windows have the person in enough frames."""
        shares = [cut(self.present, start, end, self.frames).mean() for start, end in spans]
        inside = spans[:, 0] * self.frames < len(self.present)
        return (np.array(shares) >= self.least) & inside

    def cut(self, store: str, start: float, end: float) -> NDArray[np.floating]:
        """Joints between two times, seconds."""
        return cut(self.joints[store], start, end, self.frames)


def lifter_of(trained: Trained, settings: ExtractionStage) -> Path:
    """File of the network from 2D to 3D joints that a training's skeletons come from."""
    if trained.is_card:
        return trained.folder / LIFTER
    if settings.lifter.checkpoint and settings.lifter.checkpoint not in TRAINED:
        return project_path(settings.lifter.checkpoint)
    return project_path(Path(trained.record["settings"]["samples"]).parent / LIFTER)


def skeletons(trained: Trained, recording: Recording) -> tuple[Moved | None, list[Missing]]:
    """Joints of the file, or lifted ones of the person that is seen most often, or why there are none.

    They have the frame rate of the training, if it is known.
    """
    features = trained.record["features"]
    lifted, given = features.get("joints") == JOINTS, recording.joints is None
    if lifted != given:
        needed = "2D keypoints" if lifted else f"the 3D joints of {trained.record['corpus']}"
        found: Moved | str = f"the network needs {needed}, not {'2D keypoints' if given else '3D joints'}"
    elif "settings" not in features:
        found = "the network keeps no settings of its extraction"
    else:
        found = _lifted(trained, recording) if lifted else _as_they_are(features, recording)
    return (None, [Missing("body", 0.0, recording.seconds, found)]) if isinstance(found, str) else (found, [])


def _as_they_are(features: dict[str, Any], recording: Recording) -> Moved | str:
    """Joints of a file as those of a corpus that has 3D joints: the first one starts at the origin."""
    settings, rate = ExtractionStage.model_validate(features["settings"]), features.get("fps")
    raw, known = recording.joints, features["joints"]
    assert raw is not None
    if raw.shape[1] != len(known):
        return f"the network needs {len(known)} joints ({', '.join(known)}), the file has {raw.shape[1]}"
    if rate and rate != recording.frames:
        places = np.arange(0, len(raw), recording.frames / rate)
        raw = np.stack([_at(places, raw[..., axis]) for axis in range(3)], axis=-1).astype(np.float32)
    raw = raw - raw[:1, :1]
    try:
        smooth = low_pass(raw, settings.low_pass, recording.path.name)
    except ShortSequence:
        return "too few frames for the filter"
    return _moved(smooth, raw, np.ones(len(raw), bool), rate or recording.frames, settings)


def _lifted(trained: Trained, recording: Recording) -> Moved | str:
    features, poses = trained.record["features"], recording.poses
    settings, rate = ExtractionStage.model_validate(features["settings"]), features.get("fps") or 30.0
    assert poses is not None
    width, height = recording.size or np.ceil(poses.keypoints[..., :2].max(axis=(0, 1))).astype(int).tolist()
    count = int(poses.frame.max()) + 1
    keypoints, present = speaker(poses, "left", 10**9, count)  # anywhere in the picture
    places = np.arange(0, count, recording.frames / rate)
    nearest = np.minimum(np.round(places).astype(int), count - 1)
    try:
        filled = fill_gaps(keypoints, present, settings.least_score)
        model = load_checkpoint(lifter_of(trained, settings))
        points = np.stack([_at(places, filled[..., axis]) for axis in (0, 1)], axis=-1)
        smooth: Any = low_pass(points, settings.low_pass, recording.path.name)
        raw = upper_body(lift(model, points, width, height, settings.lifter.flip))
        if settings.low_pass.applied_to == "keypoints":
            smooth = upper_body(lift(model, smooth, width, height, settings.lifter.flip))
        else:
            smooth = low_pass(raw, settings.low_pass, recording.path.name)
    except ShortSequence:
        return "too few frames for the filter"
    except (ValueError, OSError, CheckpointError) as error:
        return str(error)
    return _moved(smooth, raw, present[nearest], rate, settings)


def _moved(
    smooth: Any, raw: Any, present: NDArray[np.bool_], rate: float, settings: ExtractionStage
) -> Moved:
    joints = {"skeleton": smooth.astype(np.float32), "unfiltered": raw.astype(np.float32)}
    return Moved(joints, present, rate, settings.least_presence)


def _at(places: NDArray[np.float64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Values of every joint, (frames, joints), at places between frames."""
    frames = np.arange(len(values))
    return np.stack([np.interp(places, frames, joint) for joint in values.T], axis=1)
