"""Pictures of scenes and bodies: reading, cropping, and the papers' augmentations."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.content import FileError, reading, require_size
from lib.features.augmentation_settings import AugmentationSettings

Box = Sequence[float]

EMOTIC = ((0.469, 0.441, 0.405), (0.438, 0.396, 0.371)), ((0.251, 0.243, 0.243), (0.248, 0.236, 0.232))
IMAGENET = ((0.485, 0.456, 0.406),) * 2, ((0.229, 0.224, 0.225),) * 2
STATISTICS = {"corpus": EMOTIC, "imagenet": IMAGENET}
"""Means and deviations of scene and body: EMOTIC's own, and those of all published weights."""


class PictureError(FileError):
    """A picture cannot be read."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Picture in colour, (height, width, 3); grey pictures get three equal channels.

    PictureError if the file is missing or damaged; names it.
    """
    from PIL import Image

    with reading(path, PictureError, "cannot be read as a picture"), Image.open(path) as image:
        require_size(path, image.width * image.height)
        return np.asarray(image.convert("RGB"))


def scene_and_body(picture: NDArray[np.uint8], box: Box, size: int) -> NDArray[np.uint8]:
    """Whole picture and the person's box, resized to squares: (2, 3, size, size).

    The box is x1, y1, x2, y2 in pixels; parts outside the picture are cut off. PictureError if the box is
    outside the picture.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    x1, y1 = max(0, int(box[0])), max(0, int(box[1]))
    x2, y2 = min(width, round(box[2])), min(height, round(box[3]))
    if x2 <= x1 or y2 <= y1:
        raise PictureError(f"the box {list(box)} is outside a picture of {width} x {height}")
    image = Image.fromarray(picture)
    pair = [image, image.crop((x1, y1, x2, y2))]
    resized = [np.asarray(part.resize((size, size), Image.Resampling.BILINEAR)) for part in pair]
    return np.stack(resized).transpose(0, 3, 1, 2)


def normalise(pairs: Tensor, statistics: str = "corpus") -> Tensor:
    """Scene and body as bytes, (..., 2, 3, size, size), standardised by one of `STATISTICS`."""
    given = torch.tensor(STATISTICS[statistics], device=pairs.device)  # (mean and deviation, 2, 3)
    mean, spread = given[..., None, None]
    return (pairs.float() / 255 - mean) / spread


def augment(pairs: Tensor, settings: AugmentationSettings, generator: torch.Generator) -> Tensor:
    """Augmented copies of standardised pictures, (batch, 2, 3, size, size), resampled once.

    Scene and body are flipped together; shift, scale, rotation and distortion are drawn for each picture
    (vo2022 section 4.2; the grid distortion is a smooth random field). torchvision's transforms draw once a
    call, so that every picture would need its own call, which takes six times as long.
    """
    batch, parts, channels, size, _ = pairs.shape
    number, device = batch * parts, pairs.device

    def uniform(limit: float, count: int = number) -> Tensor:
        values = torch.rand(count, generator=generator) * 2 - 1
        return (values * limit).to(device)

    def chosen(probability: float, count: int = number) -> Tensor:
        return (torch.rand(count, generator=generator) < probability).to(device)

    mirror = torch.where(chosen(settings.flip, batch), -1.0, 1.0).repeat_interleave(parts)
    moved = chosen(settings.move)
    angle = torch.deg2rad(uniform(settings.rotation)) * moved
    zoom = 1 + uniform(settings.scale) * moved
    right, down = (2 * uniform(settings.shift) * moved for _ in range(2))
    across = torch.stack([mirror * zoom * angle.cos(), -zoom * angle.sin(), right], dim=1)
    along = torch.stack([mirror * zoom * angle.sin(), zoom * angle.cos(), down], dim=1)
    theta = torch.stack([across, along], dim=1)  # (B * 2, 2, 3)
    shape = [number, channels, size, size]
    grid = torch.nn.functional.affine_grid(theta, shape, align_corners=False)
    coarse = torch.randn(number, 2, 5, 5, generator=generator).to(device)
    field = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic")
    field = field * (chosen(settings.distort) * settings.distortion * 2 / 224)[:, None, None, None]
    pictures, grid = pairs.reshape(shape), grid + field.permute(0, 2, 3, 1)
    sample = torch.nn.functional.grid_sample
    sampled = sample(pictures, grid, padding_mode="reflection", align_corners=False)
    return sampled.reshape(pairs.shape)
