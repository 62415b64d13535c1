"""From 2D keypoints over time to 3D joints: the temporal convolutional model of VideoPose3D."""

from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.models.weights import CheckpointError, is_state, load_state, read_checkpoint, read_safetensors

COCO = [1, 3, 5, 7, 9, 11, 13, 15], [2, 4, 6, 8, 10, 12, 14, 16]
H36M = [4, 5, 6, 11, 12, 13], [1, 2, 3, 14, 15, 16]
"""Joints of the left and of the right side, of COCO and of Human3.6M."""


class TemporalLifter(nn.Module):
    """Dilated temporal convolutions from 17 keypoints to 17 joints.

    Modules are named as in VideoPose3D's ``TemporalModel``, so that its checkpoint
    ``pretrained_h36m_detectron_coco.bin`` loads. `filter_widths` are the kernels of the blocks;
    their product is the receptive field (five of 3: 243 frames).

    Source: shi2020 and shi2021, section III.A.1, which cite the temporal convolutional model.
    """

    def __init__(
        self, filter_widths: Sequence[int] = (3, 3, 3, 3, 3), channels: int = 1024, dropout: float = 0.25
    ) -> None:
        super().__init__()
        self.filter_widths = tuple(filter_widths)
        self.expand_conv = nn.Conv1d(34, channels, filter_widths[0], bias=False)
        self.expand_bn = nn.BatchNorm1d(channels, momentum=0.1)
        self.layers_conv, self.layers_bn = nn.ModuleList(), nn.ModuleList()
        self.dilations = list(accumulate(filter_widths[:-1], mul))
        for width, dilation in zip(filter_widths[1:], self.dilations, strict=True):
            wide = nn.Conv1d(channels, channels, width, dilation=dilation, bias=False)
            self.layers_conv += [wide, nn.Conv1d(channels, channels, 1, bias=False)]
            self.layers_bn += [nn.BatchNorm1d(channels, momentum=0.1) for _ in range(2)]
        self.shrink = nn.Conv1d(channels, 51, 1)
        self.dropout = nn.Dropout(dropout)

    @property
    def receptive_field(self) -> int:
        """Frames that one output depends on."""
        return int(np.prod(self.filter_widths))

    def forward(self, keypoints: Tensor) -> Tensor:
        """Lift normalised keypoints, (batch, frames, 17, 2), without padding.

        Returns metres relative to the hip in camera space, (batch, frames - receptive_field + 1,
        17, 3).
        """
        x = keypoints.flatten(2).transpose(1, 2)  # (B, 34, T)
        x = self.dropout(torch.relu(self.expand_bn(self.expand_conv(x))))
        for block, (width, dilation) in enumerate(zip(self.filter_widths[1:], self.dilations, strict=True)):
            cut = dilation * (width - 1) // 2
            residual = x[:, :, cut : x.shape[2] - cut]
            for step in (2 * block, 2 * block + 1):
                x = self.dropout(torch.relu(self.layers_bn[step](self.layers_conv[step](x))))
            x = residual + x
        x = self.shrink(x).transpose(1, 2)  # (B, T', 51)
        return x.reshape(*x.shape[:2], 17, 3)


def load_checkpoint(path: Path) -> TemporalLifter:
    """Network of VideoPose3D's official checkpoint, or of safetensors that this project wrote.

    The shapes of the weights tell the architecture.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If it holds no such model, or one whose inputs include the keypoints' confidences
        (``d-pt-243.bin``), or whose kernels are dense or even. What shapes do not tell,
        `lib.features.lifter_check` finds.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no checkpoint {path}: get pretrained_h36m_detectron_coco.bin from the VideoPose3D "
            "project, or leave the parameter empty to train a lifter"
        )
    own = path.suffix == ".safetensors"
    state = read_safetensors(path)[0] if own else _official_state(path)
    first = state.get("expand_conv.weight")
    if first is None or first.ndim != 3:
        raise CheckpointError(f"{path}: no weights of expand_conv: not a VideoPose3D model")
    channels, inputs, width = first.shape
    if inputs != 34:
        raise CheckpointError(
            f"{path}: the model takes {inputs} values a frame, not 17 keypoints x 2: use "
            "pretrained_h36m_detectron_coco.bin"
        )
    widths = [width]
    while (name := f"layers_conv.{2 * (len(widths) - 1)}.weight") in state:
        widths.append(state[name].shape[-1])
    if any(width % 2 == 0 for width in widths) or (not own and len(set(widths)) > 1):
        raise CheckpointError(f"{path}: kernels of {widths} frames: dense models are not read")
    model = TemporalLifter(widths, channels)
    load_state(model, state, path)
    return model.eval()


class _Skipped:
    """Stands in for an object of the checkpoint that is not needed; accepts any state."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


# The official file also holds a numpy RandomState, which weights_only refuses. These names, of old
# and new numpy, are read as `_Skipped`: the file cannot run code, and no numpy object is built.
_RANDOM_STATE = (
    "numpy.random.__RandomState_ctor",
    "numpy.random._pickle.__randomstate_ctor",
    "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._mt19937.MT19937",
    "numpy.ndarray",
    "numpy.dtype",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray._reconstruct",
    "numpy._core.multiarray.scalar",
)


def _official_state(path: Path) -> dict[str, Tensor]:
    content = read_checkpoint(path, [(_Skipped, name) for name in _RANDOM_STATE])
    state = content.get("model_pos") if isinstance(content, dict) else None
    if not is_state(state):
        raise CheckpointError(f"{path}: no model_pos with weights: not a VideoPose3D checkpoint")
    return state


def normalise(keypoints: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    """Pixels of the full frame (not of a crop), (..., 2), as the model's input.

    The frame's width maps to [-1, 1]; its aspect is kept.
    """
    scaled = np.asarray(keypoints, float) * 2 / width - [1, height / width]
    return scaled.astype(np.float32)


@torch.no_grad()
def lift(
    model: TemporalLifter,
    keypoints: NDArray[np.floating],
    width: int,
    height: int,
    flip: bool = True,
    chunk: int = 2048,
) -> NDArray[np.float32]:
    """3D joints of one person in every frame.

    Parameters
    ----------
    keypoints : array, (frames, 17, 2)
        COCO keypoints in pixels, without gaps.
    width, height : int
        Frame size, pixels.
    flip : bool
        Average with the mirrored input, as VideoPose3D does.
    chunk : int
        Frames lifted at once.

    Returns
    -------
    array, (frames, 17, 3)
        Human3.6M joints in metres relative to the hip, camera space.
    """
    model.eval()
    device = next(model.parameters()).device
    side = (model.receptive_field - 1) // 2
    inputs = normalise(keypoints, width, height)
    padded = np.pad(inputs, ((side, side), (0, 0), (0, 0)), mode="edge")
    lifted = []
    for start in range(0, len(inputs), chunk):
        piece = torch.from_numpy(padded[start : start + chunk + 2 * side])[None].to(device)
        joints = model(piece)  # (1, T, 17, 3)
        if flip:
            joints = (joints + mirror(model(mirror(piece, COCO)), H36M)) / 2
        lifted.append(joints[0].cpu().numpy())
    return np.concatenate(lifted)


def mirror(points: Tensor, sides: tuple[list[int], list[int]]) -> Tensor:
    """Points, (..., 17, 2 or 3), mirrored, with left and right exchanged; `sides` as in `COCO`."""
    left, right = sides
    mirrored = points.clone()
    mirrored[..., left + right, :] = points[..., right + left, :]
    mirrored[..., 0] *= -1
    return mirrored
