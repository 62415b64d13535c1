"""Detection of people in video frames by torchvision's Keypoint R-CNN."""

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib.features.pose import KEYPOINTS, Poses, write_alphapose
from lib.features.video import frames

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

OWN_WEIGHTS = "torchvision"


class WeightsError(RuntimeError):
    """The detector's weights cannot be downloaded or are not those of this model."""


def load(weights: str | Path, device: "str | torch.device" = "cpu", **options: Any) -> "nn.Module":
    """Keypoint R-CNN with a ResNet-50 and a feature pyramid, ready to detect.

    Parameters
    ----------
    weights : str or Path
        "torchvision" for torchvision's own COCO keypoint weights, downloaded on first use, or a
        local ``.pth`` state dict.
    device : str or torch.device
    **options
        Passed to torchvision's ``KeypointRCNN``, such as ``min_size``.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    WeightsError
        If the download fails, or the file is not this model's state dict.
    """
    from torchvision.models.detection import KeypointRCNN
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    from torchvision.ops import FrozenBatchNorm2d

    state = _downloaded() if str(weights) == OWN_WEIGHTS else _local(Path(weights))
    # torchvision's keypointrcnn_resnet50_fpn freezes the norms only if it loads weights itself; its
    # COCO weights need an epsilon of 0
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None)
    model = KeypointRCNN(backbone, num_classes=2, num_keypoints=KEYPOINTS, **options)
    for module in model.modules():
        if isinstance(module, FrozenBatchNorm2d):
            module.eps = 0.0
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise WeightsError(f"{weights} is not a Keypoint R-CNN: {str(error)[:300]}") from None
    return model.to(device).eval()


def detect(
    video: Path,
    model: "nn.Module",
    device: "str | torch.device" = "cpu",
    batch: int = 4,
    least_score: float = 0.5,
) -> Poses:
    """People in every frame of a video.

    Parameters
    ----------
    video : Path
    model : Module
        See `load`.
    device : str or torch.device
        Device of the model.
    batch : int
        Frames per call of the model.
    least_score : float
        Lowest score of a person.

    Returns
    -------
    Poses
        Without identities over frames. Keypoints' confidence is the sigmoid of torchvision's
        keypoint score, which is a logit.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    lib.features.video.VideoError
        If it is not a video.
    """
    import torch

    if batch < 1:
        raise ValueError(f"batch is {batch}, but must be at least 1")
    model.eval()
    found: list[tuple[int, dict[str, NDArray[Any]]]] = []
    decoded = frames(video)
    while together := list(islice(decoded, batch)):
        images = [torch.from_numpy(image).to(device) for _, _, image in together]
        with torch.inference_mode():
            results = model([image.permute(2, 0, 1).float() / 255 for image in images])
        for (index, _, _), result in zip(together, results, strict=True):
            found.append((index, _people(result, least_score)))
    return _poses(found)


def _people(result: "dict[str, Tensor]", least_score: float) -> dict[str, NDArray[Any]]:
    keep = result["scores"] >= least_score
    boxes = result["boxes"][keep].cpu().numpy()
    points = result["keypoints"][keep].cpu().numpy()
    confidences = result["keypoints_scores"][keep].sigmoid().cpu().numpy()
    return {
        "keypoints": np.concatenate([points[..., :2], confidences[..., None]], axis=-1),
        "score": result["scores"][keep].cpu().numpy(),
        "box": np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1),
    }


def _poses(rows: list[tuple[int, dict[str, NDArray[Any]]]]) -> Poses:
    numbers = [np.full(len(people["score"]), index, np.int64) for index, people in rows]
    frame = np.concatenate([np.empty(0, np.int64), *numbers])

    def joined(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        parts = [people[name].astype(np.float32) for _, people in rows]
        return np.concatenate([np.empty((0, *shape), np.float32), *parts])

    keypoints, box = joined("keypoints", (KEYPOINTS, 3)), joined("box", (4,))
    return Poses(frame, keypoints, joined("score", ()), box, np.full(len(frame), -1, np.int64))


def _downloaded() -> "dict[str, Tensor]":
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    weights = KeypointRCNN_ResNet50_FPN_Weights.COCO_V1
    try:
        return weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:  # no connection; another hash
        raise WeightsError(
            f"torchvision's keypoint weights cannot be downloaded ({error}): get the file on "
            "another machine and give it as a local .pth file"
        ) from None


def _local(path: Path) -> "dict[str, Tensor]":
    import torch

    if not path.is_file():
        raise FileNotFoundError(
            f"no weights {path}: give a .pth state dict of Keypoint R-CNN or {OWN_WEIGHTS!r}"
        )
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WeightsError(f"{path} cannot be read as a state dict: {error}") from None
    if not isinstance(state, dict):
        raise WeightsError(f"{path} is not a state dict but a {type(state).__name__}")
    return state


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: a video in, ``alphapose-results.json`` out."""
    import torch

    parser = argparse.ArgumentParser(
        prog="python -m lib.features.pose_detector", description=main.__doc__
    )
    parser.add_argument("video", type=Path)
    parser.add_argument("--to", type=Path, required=True, help="alphapose-results.json")
    parser.add_argument("--weights", default=OWN_WEIGHTS, help="torchvision, or a .pth file")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--least-score", type=float, default=0.5)
    given = parser.parse_args(arguments)
    try:
        model = load(given.weights, given.device)
        poses = detect(given.video, model, given.device, given.batch, given.least_score)
    except (OSError, ValueError, WeightsError) as error:
        parser.exit(1, f"{error}\n")
    write_alphapose(given.to, poses)
    print(f"{len(poses)} people in {len(np.unique(poses.frame))} frames, written to {given.to}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
