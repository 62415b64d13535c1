"""Skeleton sequences: low-pass filter, cutting, joint selection and padding."""

from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi, sosfiltfilt

from lib.features.kinematics import UPPER_BODY
from lib.settings import Settings

Skeletons = NDArray[np.floating]
AnyType = TypeVar("AnyType", bound=np.generic)


class ShortSequence(ValueError):
    """A sequence is too short for the filter's padding."""


class FilterSettings(Settings):
    """Low-pass filter of the joints' positions over time."""

    order: int
    cut_off: float
    """Normalised: 1 is half the frame rate, so 0.1 is 1.5 Hz at 30 frames per second."""
    direction: Literal["zero phase", "causal"]
    """Forwards and backwards, or forwards only.

    Zero phase doubles the order and the attenuation at the cut-off, from 3 to 6 dB.
    """
    applied_to: Literal["joints", "keypoints"] = "joints"
    """Lifted 3D joints, or the detected 2D keypoints before lifting."""


def shortest(settings: FilterSettings) -> int:
    """Smallest length of a sequence in frames: more than the filter's own padding."""
    sections = (settings.order + 1) // 2
    return 3 * (2 * sections + 1) + 1


def low_pass(skeletons: Skeletons, settings: FilterSettings, name: str) -> Skeletons:
    """Low-pass filter each coordinate of each joint, (frames, joints, 3), over time.

    A Butterworth filter in second-order sections; the papers state order and cut-off, not the type.
    Filter whole dialogues rather than utterances, to keep the edges away; `name` is for messages.
    ValueError, which names sample and frame, if a joint is not finite; ShortSequence if the sequence is
    shorter than the zero-phase filter's padding.

    Source: shi2020 section III.A.2; shi2021 section III.A.2.
    """
    bad = ~np.isfinite(skeletons).all(axis=(1, 2))
    if bad.any():
        raise ValueError(
            f"{name}: joints are not finite in {bad.sum()} frames, first in frame "
            f"{bad.argmax()}: fill gaps before filtering"
        )
    sections = butter(settings.order, settings.cut_off, output="sos")
    if settings.direction == "causal":
        start = sosfilt_zi(sections)[:, :, None, None] * skeletons[0]
        return sosfilt(sections, skeletons, axis=0, zi=start)[0]
    if len(skeletons) < shortest(settings):
        raise ShortSequence(
            f"{name}: {len(skeletons)} frames are fewer than the {shortest(settings)} that the "
            f"filter needs: filter the whole dialogue and cut the utterance afterwards"
        )
    return sosfiltfilt(sections, skeletons, axis=0)


def cut(skeletons: NDArray[AnyType], start: float, end: float, fps: float) -> NDArray[AnyType]:
    """Frames between two times in seconds; at least one frame, never outside the sequence."""
    first = min(max(round(start * fps), 0), len(skeletons) - 1)
    last = min(max(round(end * fps), first + 1), len(skeletons))
    return skeletons[first:last]


def upper_body(skeletons: Skeletons) -> Skeletons:
    """The ten upper-body joints of Human3.6M skeletons, (frames, 10, 3)."""
    return skeletons[:, list(UPPER_BODY)]


def pad(skeletons: Skeletons, frames: int) -> tuple[NDArray[np.float32], int]:
    """Skeletons, (frames, joints, 3), zero padded or cut at the end, and their length before."""
    padded = np.zeros((frames, *skeletons.shape[1:]), np.float32)
    length = min(frames, len(skeletons))
    padded[:length] = skeletons[:length]
    return padded, length
