"""Segments that become tensors a batch at a time; faces of a whole corpus do not fit in memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.features.store import FeatureStore
from lib.training.loop import Rows

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Colours of ImageNet, which published weights expect."""


@dataclass(frozen=True)
class Pictures(Rows):
    """Pictures of segments, indexed like a tensor.

    Attributes
    ----------
    arrays : list of array of uint8, (pictures, ...)
        Pictures of each segment's clip, shared with the store's file.
    chosen : array of int, (segments,) or (segments, frames)
        Pictures of each segment among those of its clip.
    channels_last : bool
        Whether the arrays have the colours last.
    size : int
        Pixels that pictures are resized to.
    """

    arrays: list[NDArray[np.uint8]]
    chosen: NDArray[np.intp]
    channels_last: bool
    size: int

    def __len__(self) -> int:
        return len(self.chosen)

    def batch(self, numbers: NDArray[np.intp]) -> Tensor:
        """Pictures of segments: (rows, 3, size, size) or (rows, frames, 3, size, size)."""
        stacked = np.stack([self.arrays[row][self.chosen[row]] for row in numbers])
        pictures = torch.from_numpy(stacked).to(self.device).float() / 255
        if self.channels_last:
            pictures = pictures.movedim(-1, -3)
        size = (self.size, self.size)
        if pictures.shape[-2:] != size:
            flat = pictures.flatten(0, -4)  # (rows * frames, 3, height, width)
            flat = nn.functional.interpolate(flat, size, mode="bilinear")
            pictures = flat.view(*pictures.shape[:-2], *size)
        mean, spread = (torch.tensor(value, device=self.device) for value in (MEAN, SPREAD))
        return (pictures - mean[:, None, None]) / spread[:, None, None]


def mel_images(folder: Path, variant: str, segments: pd.DataFrame, size: int) -> Pictures:
    """Log-mel images of segments."""
    store = FeatureStore(folder / f"mel_{variant}.arrow")
    return Pictures(_arrays(store, segments), segments["number"].to_numpy(), False, size)


def faces(folder: Path, segments: pd.DataFrame, size: int) -> Pictures:
    """The faces of each segment in their order."""
    store = FeatureStore(folder / "faces.arrow")
    return Pictures(_arrays(store, segments), np.stack(segments["faces"].to_list()), True, size)


def _arrays(store: FeatureStore, segments: pd.DataFrame) -> list[NDArray[np.uint8]]:
    arrays = {sample: store[sample] for sample in segments["sample_id"].unique()}
    return [arrays[sample] for sample in segments["sample_id"]]
