"""2D keypoints of all people in a video by Keypoint R-CNN, in AlphaPose's result format.

python -m scripts.pose_detector VIDEO --to alphapose-results.json
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lib.features import pose_detector
from lib.features.pose import write_alphapose


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: a video in, ``alphapose-results.json`` out."""
    import torch

    parser = argparse.ArgumentParser(prog="python -m scripts.pose_detector", description=main.__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--to", type=Path, required=True, help="alphapose-results.json")
    parser.add_argument("--weights", default=pose_detector.OWN_WEIGHTS, help="or a .pth file")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--least-score", type=float, default=0.5)
    given = parser.parse_args(arguments)
    try:
        model = pose_detector.load(given.weights, given.device)
        found = given.device, given.batch, given.least_score
        poses = pose_detector.detect(given.video, model, *found)
    except (OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")
    write_alphapose(given.to, poses)
    print(f"{len(poses)} people in {len(np.unique(poses.frame))} frames, written to {given.to}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
