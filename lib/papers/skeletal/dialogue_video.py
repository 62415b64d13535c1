"""Videos of IEMOCAP's dialogues with the people that were detected in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lib.features.pose import Poses, read_alphapose
from lib.features.tracks import SIDES, Side
from lib.features.video import VideoInfo, lost_frames, probe
from lib.params import project_path


def sides(turns: pd.DataFrame) -> list[Side]:
    """Halves of the picture in which the speakers of the turns sit."""
    return [side for side in SIDES if (turns["side"] == side).any()]


@dataclass(frozen=True)
class DialogueVideo:
    """A dialogue's video and the people that were detected in it."""

    path: Path
    info: VideoInfo
    frames: int
    poses: Poses


def dialogue_video(turn: Any) -> DialogueVideo:
    """Video and detections of the dialogue of one row in IEMOCAP's table.

    Raises
    ------
    FileNotFoundError
        If AlphaPose has not been run on the video.
    """
    root = project_path("data/iemocap")
    path = root / turn["video"]
    if pd.isna(turn["alphapose"]):
        raise FileNotFoundError(
            f"no AlphaPose result for {path}: run AlphaPose on it and put alphapose-results.json "
            f"into {root / 'alphapose' / turn['dialogue']} (DATASETS.md)"
        )
    info, poses = probe(path), read_alphapose(root / turn["alphapose"])
    lost = lost_frames(path)
    if lost:
        print(f"{path.name}: {lost} of {info.frames} frames cannot be decoded and are left out")
    return DialogueVideo(path, info, info.frames - lost, poses)
