"""Segments that become tensors a batch at a time; faces of a whole corpus do not fit in memory."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.features.store import FeatureStore

# Of ImageNet, which published weights expect.
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Pictures:
    """Pictures of segments, indexed like a tensor; see `lib.training.loop.Rows`.

    Parameters
    ----------
    arrays : list of array of uint8, (pictures, ...)
        Of each segment's clip, shared with the store's file.
    chosen : array of int, (segments,) or (segments, frames)
        Pictures of each segment among those of its clip.
    channels_last : bool
        Whether the arrays have the colours last.
    size : int
        Pixels that pictures are resized to.
    """

    def __init__(
        self,
        arrays: list[NDArray[np.uint8]],
        chosen: NDArray[np.intp],
        channels_last: bool,
        size: int,
        device: torch.device | None = None,
    ) -> None:
        self._arrays, self._chosen = arrays, chosen
        self._channels_last, self._size = channels_last, size
        self._device = device or torch.device("cpu")

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, rows: Any) -> Tensor:
        """Pictures at a slice or at indices: (rows, 3, size, size) or (rows, frames, 3, ...)."""
        numbers = rows.cpu().numpy() if isinstance(rows, Tensor) else np.arange(len(self))[rows]
        stacked = np.stack([self._arrays[row][self._chosen[row]] for row in numbers])
        pictures = torch.from_numpy(stacked).to(self._device).float() / 255
        if self._channels_last:
            pictures = pictures.movedim(-1, -3)
        if pictures.shape[-1] != self._size or pictures.shape[-2] != self._size:
            flat = pictures.flatten(0, -4)  # (rows * frames, 3, height, width)
            flat = nn.functional.interpolate(flat, (self._size, self._size), mode="bilinear")
            pictures = flat.view(*pictures.shape[:-2], self._size, self._size)
        mean, spread = (torch.tensor(value, device=self._device) for value in (MEAN, SPREAD))
        return (pictures - mean[:, None, None]) / spread[:, None, None]

    def to(self, device: torch.device) -> Self:
        """Give tensors on a device."""
        return type(self)(self._arrays, self._chosen, self._channels_last, self._size, device)


def mel_images(folder: Path, variant: str, segments: pd.DataFrame, size: int) -> Pictures:
    """Log-mel images of segments."""
    store = FeatureStore(folder / f"mel_{variant}.arrow")
    return Pictures(_arrays(store, segments), segments["number"].to_numpy(), False, size)


def faces(folder: Path, segments: pd.DataFrame, size: int) -> Pictures:
    """The faces of each segment in their order."""
    store = FeatureStore(folder / "faces.arrow")
    return Pictures(_arrays(store, segments), np.stack(segments["faces"].to_list()), True, size)


def _arrays(store: FeatureStore, segments: pd.DataFrame) -> list[NDArray[np.uint8]]:
    of = {sample: store[sample] for sample in segments["sample_id"].unique()}
    return [of[sample] for sample in segments["sample_id"]]
