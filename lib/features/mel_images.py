"""Log-mel spectrograms with their deltas as images, cut into overlapping segments."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lib.features.speech import mel_energies, with_deltas
from lib.settings import Settings

BANDS = 64


class MelImageSettings(Settings):
    """Settings of the images."""

    context: int = 64
    """Length of a segment, frames."""
    shift: int = 30
    """Distance between the starts of two segments, frames."""
    cosine: bool = False
    """64 cepstra in place of 64 log-mel bands; the paper's text mentions both."""
    deltas: Literal["segment", "utterance"] = "segment"
    """Whether deltas are computed within each segment, its edge frames repeated, or before cutting."""


@dataclass(frozen=True)
class MelSegments:
    """Segments of one utterance; starts and ends, (segments,), in seconds from its start."""

    images: NDArray[np.uint8]
    """Static values, deltas and accelerations, (segments, 3, bands, frames)."""
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]


def log_mel(wave: NDArray[np.float32], cosine: bool = False) -> Any:
    """Log-mel energies of an utterance, a tensor (frames, 64), or their cosine transform.

    64 bands from 20 to 8000 Hz (priyasad2020 section 3.2, equations 2-4; the sum in equation 4
    lacks an index), otherwise as `mel_energies`. `wave` is (samples,) at 16 kHz within [-1, 1], at
    least 25 ms.
    """
    import torch
    from torchaudio.functional import create_dct

    samples = torch.from_numpy(np.asarray(wave, np.float32) * 32768)[None]
    bands = mel_energies(samples, num_mel_bins=BANDS, low_freq=20, preemphasis_coefficient=0.0)
    return bands @ create_dct(BANDS, BANDS, "ortho") if cosine else bands


def to_bytes(channels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Channels, the first axis, scaled to 0 to 255 over all else; constant channels become 0."""
    others = tuple(range(1, channels.ndim))
    low = channels.min(axis=others, keepdims=True)
    span = channels.max(axis=others, keepdims=True) - low
    return np.round(255 * (channels - low) / np.where(span > 0, span, 1)).astype(np.uint8)


def segments(wave: NDArray[np.float32], settings: MelImageSettings) -> MelSegments:
    """Segments of an utterance, whose channels are scaled together (priyasad2020 section 3.2).

    A shorter one is padded with its last frame; frames after the last whole segment are dropped.
    """
    bands = log_mel(wave, settings.cosine)  # (frames, 64)
    bands = bands[np.minimum(np.arange(max(len(bands), settings.context)), len(bands) - 1)]
    if settings.deltas == "segment":
        cut = bands.unfold(0, settings.context, settings.shift)  # (segments, 64, context)
        channels = with_deltas(cut.mT)
    else:
        whole = with_deltas(bands)  # (3, 64, frames)
        channels = whole.unfold(2, settings.context, settings.shift).transpose(1, 2)
    images = to_bytes(channels.numpy()).swapaxes(0, 1)  # (segments, 3, 64, context)
    starts = np.arange(len(images), dtype=np.float64) * (settings.shift * 0.01)
    ends = starts + ((settings.context - 1) * 0.01 + 0.025)
    return MelSegments(np.ascontiguousarray(images), starts, ends)
