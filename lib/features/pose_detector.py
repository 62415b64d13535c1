"""Detection of people in video frames by torchvision's Keypoint R-CNN."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib.features.pose import KEYPOINTS, Poses
from lib.features.video import frames

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Floats = NDArray[np.floating]
OWN_WEIGHTS = "torchvision"


def load(weights: str | Path, device: "str | torch.device" = "cpu", **options: Any) -> "nn.Module":
    """Keypoint R-CNN with a ResNet-50 and a feature pyramid, ready to detect.

    `weights` is "torchvision" for torchvision's own COCO keypoint weights, downloaded on first use,
    or a local ``.pth`` state dict; options, such as ``min_size``, are those of ``KeypointRCNN``.

    Raises
    ------
    OSError
        If the file does not exist, or the download fails.
    lib.models.weights.CheckpointError
        If the file is not this model's state dict.
    """
    from torchvision.models.detection import KeypointRCNN
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    from torchvision.ops import FrozenBatchNorm2d

    from lib.models.weights import load_state

    state = _downloaded() if str(weights) == OWN_WEIGHTS else _local(Path(weights))
    # torchvision's keypointrcnn_resnet50_fpn freezes the norms only if it loads weights itself; its
    # COCO weights need an epsilon of 0
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None)
    model = KeypointRCNN(backbone, num_classes=2, num_keypoints=KEYPOINTS, **options)
    for module in model.modules():
        if isinstance(module, FrozenBatchNorm2d):
            module.eps = 0.0
    load_state(model, state, Path(weights))
    return model.to(device).eval()


def detect(
    video: Path,
    model: "nn.Module",
    device: "str | torch.device" = "cpu",
    batch: int = 4,
    least_score: float = 0.5,
) -> Poses:
    """People in every frame of a video, without identities over frames.

    `model`, from `load`, is on `device` and sees `batch` frames at once. Keypoints' confidence is
    the sigmoid of torchvision's keypoint score, which is a logit. Errors as in `frames`.
    """
    import torch

    if batch < 1:
        raise ValueError(f"batch is {batch}, but must be at least 1")
    model.eval()
    # the empty arrays are for a video without a frame
    found: list[tuple[Floats, ...]] = [
        (np.empty(0), np.empty((0, KEYPOINTS, 3)), np.empty(0), np.empty((0, 4)))
    ]
    decoded = frames(video)
    while together := list(islice(decoded, batch)):
        images = [torch.from_numpy(image).to(device) for _, _, image in together]
        with torch.inference_mode():
            results = model([image.permute(2, 0, 1).float() / 255 for image in images])
        for (index, _, _), result in zip(together, results, strict=True):
            found.append(_people(index, result, least_score))
    frame, *values = (np.concatenate(column) for column in zip(*found, strict=True))
    keypoints, score, box = (column.astype(np.float32) for column in values)
    track = np.full(len(frame), -1, np.int64)
    return Poses(frame.astype(np.int64), keypoints, score, box, track)


def _people(index: int, result: "dict[str, Tensor]", least_score: float) -> tuple[Floats, ...]:
    """Frame, keypoints, score and box of each person, as in `Poses`."""
    keep = result["scores"] >= least_score
    score, boxes, points, logits = (
        result[name][keep].cpu() for name in ("scores", "boxes", "keypoints", "keypoints_scores")
    )
    keypoints = np.concatenate([points[..., :2], logits.sigmoid()[..., None]], axis=-1)
    box = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    return np.full(len(score), float(index)), keypoints, score.numpy(), box


def _downloaded() -> "dict[str, Tensor]":
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    weights = KeypointRCNN_ResNet50_FPN_Weights.COCO_V1
    try:
        return weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:  # no connection; another hash
        raise OSError(
            f"torchvision's keypoint weights cannot be downloaded ({error}): get the file on "
            "another machine and give it as a local .pth file"
        ) from None


def _local(path: Path) -> "dict[str, Tensor]":
    from lib.models.weights import CheckpointError, is_state, read_checkpoint

    if not path.is_file():
        raise FileNotFoundError(
            f"no weights {path}: give a .pth state dict of Keypoint R-CNN or {OWN_WEIGHTS!r}"
        )
    state = read_checkpoint(path)
    if not is_state(state):
        raise CheckpointError(f"{path} is not a state dict but a {type(state).__name__}")
    return state
