"""Clips of aligned faces, and the values that belong to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.features.clip_frames import nearest_detected
from lib.features.traces import Floats, advanced
from lib.training.loop import Part, Rows

Indices = NDArray[np.int64]


def filled(detected: NDArray[np.bool_], longest_gap: int) -> Indices:
    """For each frame the nearest one with a face; -1 inside gaps of more than `longest_gap` frames.

    `detected` says for each frame whether it has a face, (frames,).
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
    """Clips of a recording, (clips, 1 + frames): first frame, then the face that each one shows."""
    nearest = filled(detected, longest_gap)
    starts = np.arange(0, len(nearest) - frames + 1, stride)
    clips = nearest[starts[:, None] + np.arange(frames)]
    whole = (clips >= 0).all(axis=1)
    return np.column_stack([starts[whole], clips[whole]])


@dataclass(frozen=True)
class Clips(Rows):
    """Clips that become tensors a batch at a time, and their values.

    `faces` are pictures by recording, (frames, size, size, 3), shared with the store's file. Each
    clip has its recording, its pictures among those of the recording (`indices`, (clips, frames)),
    the mean valence of its frames and the time of its middle in seconds (`values` and `centres`,
    (clips,)). `augment` takes `augmentation`, for training; it is drawn from torch's own random
    state, which each epoch seeds.
    """

    faces: Mapping[str, NDArray[np.uint8]]
    recordings: list[str]
    indices: Indices
    values: Floats
    centres: Floats
    augmentation: Mapping[str, float] | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def batch(self, numbers: NDArray[np.intp]) -> Tensor:
        """Clips, (rows, 3, frames, size, size), -1 to 1."""
        pictures = np.stack([self.faces[self.recordings[i]][self.indices[i]] for i in numbers])
        clips = torch.from_numpy(pictures).to(self.device).permute(0, 4, 1, 2, 3)
        clips = clips.float() / 127.5 - 1  # (B, 3, T, H, W)
        return clips if self.augmentation is None else augment(clips, self.augmentation)

    def part(self) -> Part:
        """Clips and values for the training loop."""
        return Part((self,), torch.tensor(self.values, dtype=torch.float32))


def augment(clips: Tensor, strengths: Mapping[str, float]) -> Tensor:
    """Mirror images, contrast, brightness and colour, each the same in all frames of a clip.

    `clips` are (batch, 3, time, height, width), -1 to 1; `strengths` has the fields of
    `lib.papers.valence.settings.AugmentationSettings` (lee2018 section 3.1 does not state them).
    """
    drawn = torch.rand(len(clips), 6).to(clips.device)
    mirrored = (drawn[:, 0] < strengths["flip"])[:, None, None, None, None]
    clips = torch.where(mirrored, clips.flip(-1), clips)
    signed = 2 * drawn[:, 1:] - 1  # (B, 5)
    factor = 1 + strengths["contrast"] * signed[:, :1]
    brightness, colour = strengths["brightness"], strengths["colour"]
    shift = 2 * (brightness * signed[:, 1:2] + colour * signed[:, 2:])
    changed = clips * factor[:, :, None, None, None] + shift[:, :, None, None, None]
    return changed.clamp(-1, 1)


def labelled(
    recordings: Sequence[str],
    faces: Mapping[str, NDArray[np.uint8]],
    frames: pd.DataFrame,
    traces: Mapping[str, tuple[Floats, Floats]],
    settings: Mapping[str, Any],
    stride: int,
    delay: float = 0.0,
) -> Clips:
    """Clips of recordings, `stride` frames apart, with labels that are `delay` seconds late.

    `frames` has ``recording``, ``time`` and ``detected``; `traces` are times and valence by
    recording. Of a run's `settings`, ``model.frames`` and ``longest_gap`` are used.
    """
    length, longest_gap = settings["model"]["frames"], settings["longest_gap"]
    names, indices, values, centres = [], [], [], []
    by_name = dict(iter(frames.groupby("recording", sort=False)))
    for name in recordings:
        own = by_name[name]
        times = own["time"].to_numpy(float)
        found = windows(own["detected"].to_numpy(bool), length, stride, longest_gap)
        label_times, valence = traces[name]
        at_frames = np.interp(times, label_times, advanced(label_times, valence, delay))
        covered = found[:, 0, None] + np.arange(length)  # (clips, frames)
        inside = times[covered].max(axis=1, initial=0) <= label_times[-1]
        names += [name] * int(inside.sum())
        indices.append(found[inside, 1:])
        values.append(at_frames[covered[inside]].mean(axis=1))
        centres.append(times[covered[inside]].mean(axis=1))
    whole, mean, middle = map(np.concatenate, (indices, values, centres))
    return Clips(faces, names, whole, mean, middle)
