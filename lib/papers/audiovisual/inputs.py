"""Segments that become tensors a batch at a time; faces of a whole corpus do not fit in memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.features.store import FeatureStore
from lib.project import project_path
from lib.training.loop import Rows

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Colours of ImageNet, which published weights expect."""


@dataclass(frozen=True)
class Pictures(Rows):
    """Pictures of segments, indexed like a tensor.

    `arrays` are the pictures of each segment's clip, uint8 (pictures, ...), shared with the store's
    file; with `channels_last` they have the colours last. `chosen`, (segments,) or (segments,
    frames), are the pictures of each segment among those of its clip. Pictures are resized to
    `size` pixels.
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


def pictures_of(settings: dict[str, Any], segments: pd.DataFrame) -> tuple[Pictures, ...]:
    """Inputs of a run's model for some segments: log-mel images, their faces in order, or both."""
    model, sizes = settings["model"], settings["backbone"]

    def arrays(name: str) -> list[NDArray[np.uint8]]:
        store = FeatureStore(project_path(settings["folder"]) / f"{name}.arrow")
        clips = {sample: store[sample] for sample in segments["sample_id"].unique()}
        return [clips[sample] for sample in segments["sample_id"]]

    found = []
    if model["modality"] != "video":
        images, numbers = arrays(f"mel_{model['variant']}"), segments["number"].to_numpy()
        found.append(Pictures(images, numbers, False, sizes["audio_size"]))
    if model["modality"] != "audio":
        chosen = np.stack(segments["faces"].to_list())
        found.append(Pictures(arrays("faces"), chosen, True, sizes["video_size"]))
    return tuple(found)
