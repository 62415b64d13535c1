"""Clips of aligned faces, and the values that belong to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.features.clip_frames import nearest_detected
from lib.features.traces import Floats, advanced, resample
from lib.papers.valence.settings import AugmentationSettings

Indices = NDArray[np.int64]


def filled(detected: NDArray[np.bool_], longest_gap: int) -> Indices:
    """For each frame the nearest one with a face; -1 inside gaps that are longer than allowed.

    Parameters
    ----------
    detected : array of bool, (frames,)
    longest_gap : int
        Frames in a row.
    """
    known = np.flatnonzero(detected)
    if not len(known):
        return np.full(len(detected), -1)
    place = np.arange(len(detected))
    bounds = np.concatenate([[-1], known, [len(detected)]])
    after = np.searchsorted(bounds, place)
    gap = bounds[after] - bounds[after - 1] - 1
    nearest = nearest_detected(place, detected)
    return np.where(detected | (gap <= longest_gap), nearest, -1)


def windows(detected: NDArray[np.bool_], frames: int, stride: int, longest_gap: int) -> Indices:
    """Clips of a recording as indices of frames with a face, (clips, frames), and their starts.

    Returns
    -------
    array of int, (clips, 1 + frames)
        The first column is the frame at which the clip starts.
    """
    nearest = filled(detected, longest_gap)
    starts = np.arange(0, len(nearest) - frames + 1, stride)
    if not len(starts):
        return np.zeros((0, 1 + frames), np.int64)
    clips = nearest[starts[:, None] + np.arange(frames)]
    whole = (clips >= 0).all(axis=1)
    return np.column_stack([starts[whole], clips[whole]])


@dataclass(frozen=True)
class Clips:
    """Clips that become tensors a batch at a time; see `lib.training.loop.Rows`.

    Attributes
    ----------
    faces : mapping
        Pictures by recording, (frames, size, size, 3), shared with the store's file.
    recordings : list of str
        Of each clip.
    indices : array of int, (clips, frames)
    augmentation : AugmentationSettings or None
        For training; drawn from torch's own random state, which an epoch seeds.
    """

    faces: Mapping[str, NDArray[np.uint8]]
    recordings: list[str]
    indices: Indices
    augmentation: AugmentationSettings | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, rows: Any) -> Tensor:
        """Clips at a slice or at indices, (rows, 3, frames, size, size), -1 to 1."""
        numbers = rows.cpu().numpy() if isinstance(rows, Tensor) else np.arange(len(self))[rows]
        pictures = np.stack([self.faces[self.recordings[i]][self.indices[i]] for i in numbers])
        clips = torch.from_numpy(pictures).to(self.device).permute(0, 4, 1, 2, 3)
        clips = clips.float() / 127.5 - 1  # (B, 3, T, H, W)
        return clips if self.augmentation is None else augment(clips, self.augmentation)

    def to(self, device: torch.device) -> Self:
        """Give tensors on a device."""
        return type(self)(self.faces, self.recordings, self.indices, self.augmentation, device)


def augment(clips: Tensor, settings: AugmentationSettings) -> Tensor:
    """Mirror images, contrast, brightness and colour, each the same in all frames of a clip.

    Parameters
    ----------
    clips : Tensor, (batch, 3, time, height, width)
        -1 to 1.

    References
    ----------
    lee2018 section 3.1; strengths are not stated.
    """
    drawn = torch.rand(len(clips), 6).to(clips.device)
    mirrored = (drawn[:, 0] < settings.flip)[:, None, None, None, None]
    clips = torch.where(mirrored, clips.flip(-1), clips)
    signed = 2 * drawn[:, 1:] - 1  # (B, 5)
    factor = 1 + settings.contrast * signed[:, :1]
    shift = 2 * (settings.brightness * signed[:, 1:2] + settings.colour * signed[:, 2:])
    changed = clips * factor[:, :, None, None, None] + shift[:, :, None, None, None]
    return changed.clamp(-1, 1)


@dataclass(frozen=True)
class Labelled:
    """Clips of some recordings with their values.

    Attributes
    ----------
    clips : Clips
    values : array, (clips,)
        Mean valence of the clip's frames.
    centres : array, (clips,)
        Middle of each clip, seconds.
    """

    clips: Clips
    values: Floats
    centres: Floats


def labelled(
    recordings: list[str], faces: Mapping[str, NDArray[np.uint8]], frames: pd.DataFrame,
    traces: Mapping[str, tuple[Floats, Floats]], length: int, stride: int, longest_gap: int,
    delay: float = 0.0, augmentation: AugmentationSettings | None = None,
) -> Labelled:  # fmt: skip
    """Clips of recordings.

    Parameters
    ----------
    frames : DataFrame
        ``recording``, ``time``, ``detected``.
    traces : mapping
        Times and valence by recording.
    length, stride : int
        Frames of a clip, and from one to the next.
    delay : float
        Seconds by which labels are late.
    """
    names, indices, values, centres = [], [], [], []
    by_name = dict(iter(frames.groupby("recording", sort=False)))
    for name in recordings:
        own = by_name[name]
        times = own["time"].to_numpy(float)
        found = windows(own["detected"].to_numpy(bool), length, stride, longest_gap)
        label_times, valence = traces[name]
        at_frames = resample(label_times, advanced(label_times, valence, delay), times)
        covered = found[:, 0, None] + np.arange(length)  # (clips, frames)
        inside = times[covered].max(axis=1, initial=0) <= label_times[-1]
        names += [name] * int(inside.sum())
        indices.append(found[inside, 1:])
        values.append(at_frames[covered[inside]].mean(axis=1))
        centres.append(times[covered[inside]].mean(axis=1))
    clips = Clips(faces, names, np.concatenate(indices), augmentation)
    return Labelled(clips, np.concatenate(values), np.concatenate(centres))
