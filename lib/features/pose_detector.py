"""Detection of people in video frames by torchvision's Keypoint R-CNN."""

from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from lib.features.pose import KEYPOINTS, Poses
from lib.features.video import frames

if TYPE_CHECKING:
    from torch import nn

OUTPUTS = ("scores", "boxes", "keypoints", "keypoints_scores")
WANTED = "get torchvision's keypointrcnn_resnet50_fpn_coco-fc266e95.pth (COCO_V1)"


def load(weights: Path, device: Any = "cpu", **options: Any) -> "nn.Module":
    """Keypoint R-CNN with a ResNet-50 and a feature pyramid, ready to detect.

    `weights` is a ``.pth`` state dict, such as torchvision's own COCO keypoint weights; options,
    such as ``min_size``, are those of ``KeypointRCNN``. FileNotFoundError if the file does not exist,
    `lib.models.weights.CheckpointError` if it is not this model's state dict.
    """
    from torchvision.models.detection import KeypointRCNN
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    from torchvision.ops import FrozenBatchNorm2d

    from lib.models.weights import CheckpointError, is_state, load_state, read_checkpoint

    if not weights.is_file():
        raise FileNotFoundError(f"no weights {weights}: {WANTED}")
    if not is_state(state := read_checkpoint(weights)):
        raise CheckpointError(f"{weights} is not a state dict but a {type(state).__name__}")
    # keypointrcnn_resnet50_fpn freezes norms only with weights of its own, which need an epsilon of 0
    norm = partial(FrozenBatchNorm2d, eps=0.0)
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=norm)
    model = KeypointRCNN(backbone, num_classes=2, num_keypoints=KEYPOINTS, **options)
    load_state(model, state, weights)
    return model.to(device).eval()


def detect(video: Path, model: "nn.Module", device: Any = "cpu", batch: int = 4, least: float = 0.5) -> Poses:
    """People in every frame of a video, without identities over frames.

    `model`, from `load`, is on `device` and sees `batch` frames at once; people's scores are at
    `least` that. Keypoints' confidence is the sigmoid of torchvision's keypoint score, which is a
    logit. Errors as in `frames`.
    """
    import torch

    if batch < 1:
        raise ValueError(f"batch is {batch}, but must be at least 1")
    found = [(np.empty(0), np.empty((0, KEYPOINTS, 3)), np.empty(0), np.empty((0, 4)))]  # nobody
    decoded = frames(video)
    while together := list(islice(decoded, batch)):
        images = [torch.from_numpy(image).to(device) for _, _, image in together]
        with torch.inference_mode():
            results = model([image.permute(2, 0, 1).float() / 255 for image in images])
        for (index, _, _), result in zip(together, results, strict=True):
            keep = result["scores"] >= least
            score, box, points, logits = (result[name][keep].cpu().numpy() for name in OUTPUTS)
            keypoints = np.concatenate([points[..., :2], expit(logits)[..., None]], axis=-1)
            box[:, 2:] -= box[:, :2]
            found.append((np.full(len(score), float(index)), keypoints, score, box))
    frame, *values = (np.concatenate(column) for column in zip(*found, strict=True))
    keypoints, score, box = (column.astype(np.float32) for column in values)
    return Poses(frame.astype(np.int64), keypoints, score, box, np.full(len(frame), -1))
