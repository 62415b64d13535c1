"""IEMOCAP's videos, the people that AlphaPose or Keypoint R-CNN detected, and motion capture."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.features import mocap, pose_detector
from lib.features.pose import Poses, read_alphapose, write_alphapose
from lib.features.tracks import SIDES, Side, speaker
from lib.features.video import VideoInfo, count_frames, probe
from lib.params import project_path
from lib.training.loop import default_device

CORPUS, RESULT = "data/iemocap", "alphapose-results.json"


class DialogueVideo(NamedTuple):
    """A dialogue's video, frames that are there and `lost`, detected people, and those of each half
    (`lib.features.tracks.speaker`)."""

    path: Path
    info: VideoInfo
    frames: int
    poses: Poses
    people: dict[Side, tuple[NDArray[np.float32], NDArray[np.bool_]]]
    lost: int = 0


def dialogue_video(turn: Any, detected: Path) -> DialogueVideo:
    """Video of the dialogue of one row in IEMOCAP's table; `detected` is from `detect`."""
    path = project_path(CORPUS) / turn["video"]
    there, lost = count_frames(path)
    poses, info = read_alphapose(detected / turn["dialogue"] / RESULT, there + lost), probe(path)
    people = {side: speaker(poses, side, info.width, there) for side in SIDES}
    return DialogueVideo(path, info, there, poses, people, lost)


def marker_files(turn: Any) -> dict[str, Path]:
    """Files of the dialogue of one row in IEMOCAP's table; see `lib.features.mocap.marker_files`."""
    session = project_path(CORPUS) / "IEMOCAP_full_release" / f"Session{turn['session']}" / "dialog"
    return mocap.marker_files(session, turn["dialogue"])


def detect(labelled: pd.DataFrame, detector: str, weights: str | None, folder: Path) -> Path:
    """Folder with each dialogue's people in AlphaPose's form: the corpus's, or made in `folder` now.

    FileNotFoundError, before any work, names all motion capture, AlphaPose results or weights (a
    file of the project) that are missing.
    """
    corpus, path = project_path(CORPUS), project_path(weights or "(empty)")
    if "alphapose" not in labelled:
        return corpus
    turns = labelled.drop_duplicates("dialogue").to_dict("records")
    needed = {path: f"name it in skeletal.extraction.detector_weights; {pose_detector.WANTED}"}
    detected = folder / detector
    if detector == "alphapose":
        detected, advice = corpus / detector, "run AlphaPose on the video (DATASETS.md)"
        needed = {detected / turn["dialogue"] / RESULT: advice for turn in turns}
    missing = [f"no file {file}: {advice}" for file, advice in needed.items() if not file.is_file()]
    for turn in turns:
        try:
            marker_files(turn)
        except FileNotFoundError as error:
            missing.append(str(error))
    if missing:
        raise FileNotFoundError("\n".join([f"{len(missing)} missing:", *missing]))
    if detector != "alphapose":
        model = pose_detector.load(path, device := default_device())
        for turn in turns:
            poses = pose_detector.detect(corpus / turn["video"], model, device)
            write_alphapose(detected / turn["dialogue"] / RESULT, poses)
    return detected
