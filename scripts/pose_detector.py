"""2D keypoints of all people in a video by Keypoint R-CNN, in AlphaPose's result format.

python -m scripts.pose_detector VIDEO --to alphapose-results.json
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lib.features import pose_detector
from lib.features.pose import write_alphapose

OWN_WEIGHTS = "torchvision"


def downloaded() -> Path:
    """torchvision's own COCO keypoint weights, downloaded on first use.

    Raises
    ------
    OSError
        If the download fails.
    """
    import torch
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    weights = KeypointRCNN_ResNet50_FPN_Weights.COCO_V1
    try:
        weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:  # no connection; another hash
        raise OSError(
            f"torchvision's keypoint weights cannot be downloaded ({error}): get the file on "
            "another machine and give it as a local .pth file"
        ) from None
    return Path(torch.hub.get_dir(), "checkpoints", Path(weights.url).name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: a video in, ``alphapose-results.json`` out."""
    import torch

    parser = argparse.ArgumentParser(prog="python -m scripts.pose_detector", description=main.__doc__)
    parser.add_argument("video", type=Path, help="a file that FFmpeg reads")
    parser.add_argument("--to", type=Path, required=True, help="file to write, alphapose-results.json")
    parser.add_argument("--weights", default=OWN_WEIGHTS, help="torchvision's by default, or a .pth file")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=device, help="cpu or cuda; default: cuda if there is a GPU")
    parser.add_argument("--batch", type=int, default=4, help="frames at once (default: 4)")
    least = "people with a lower score are left out (default: 0.5)"
    parser.add_argument("--least-score", type=float, default=0.5, help=least)
    given = parser.parse_args(arguments)
    try:
        weights = downloaded() if given.weights == OWN_WEIGHTS else Path(given.weights)
        model = pose_detector.load(weights, given.device)
        found = given.device, given.batch, given.least_score
        poses = pose_detector.detect(given.video, model, *found)
    except (OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")
    write_alphapose(given.to, poses)
    print(f"{len(poses)} people in {len(np.unique(poses.frame))} frames, written to {given.to}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
