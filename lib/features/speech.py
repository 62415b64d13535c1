"""Speech from sound files, and its 39 spectral features per frame."""

import re
from io import BytesIO
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib.content import FileError, reading, require_size

if TYPE_CHECKING:
    from torch import Tensor

RATE = 16_000
_STATIC = [*(f"mfcc {number}" for number in range(1, 13)), "log energy"]
MFCC_NAMES = [*_STATIC, *(f"delta {name}" for name in _STATIC), *(f"acceleration {name}" for name in _STATIC)]


class SpeechError(FileError):
    """A sound file cannot be used."""


def read_speech(path: Path) -> NDArray[np.float32]:
    """Samples of a sound file: one channel (`mixed`), 16 kHz, 16-bit values within [-1, 1].

    All features come from these samples, so that sound of any rate and depth is rounded once. SpeechError
    if it cannot be read, has values that are not finite or far outside [-1, 1], or is shorter than one
    frame of 55 ms; names the file.
    """
    mono, rate, _ = _read(path)
    if rate != RATE:
        import torch
        import torchaudio

        mono = torchaudio.functional.resample(torch.from_numpy(mono), rate, RATE).numpy()
    return (np.clip(np.round(mono * 32768), -32768, 32767) / 32768).astype(np.float32)


def mixed(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the channels of a wave, (samples, channels), or the loudest where they cancel out.

    Channels of opposite sign have a mean of less than a hundredth of their power. ValueError if values are
    not finite, or larger than 2 as in files of 16-bit numbers stored as float.
    """
    if not np.isfinite(wave).all():
        raise ValueError("sound has values that are not finite")
    if (peak := np.abs(wave).max(initial=0)) > 2:
        raise ValueError(f"sound reaches {peak:g}: store values within [-1, 1] or as integers")
    mono, power = wave.mean(axis=1), np.square(wave).mean(axis=0)
    if wave.shape[1] > 1 and np.square(mono).mean() < power.mean() / 100:
        return wave[:, int(power.argmax())]
    return mono


def count_speech(path: Path) -> tuple[float, float]:
    """Seconds of sound that are there, and that are missing against the header.

    Errors as in `read_speech`.
    """
    wave, rate, log = _read(path)
    sizes = re.findall(r"^(?! *B).*: (\d+) \(should be (\d+)\)", log, re.MULTILINE)  # but Bytes/sec
    stated, there = map(int, sizes[-1]) if sizes else (1, 1)
    share = stated / there - 1 if 0 < there < stated < 2**31 - 1 else 0.0  # larger: not known
    return len(wave) / rate, share * len(wave) / rate


def require_rate(rate: int) -> None:
    """ValueError for sampling rates that no recorder gives; they would need a filter of gigabytes."""
    if not 4000 <= rate <= 768_000 or rate * RATE > 50_000_000 * gcd(rate, RATE) ** 2:
        raise ValueError(f"it states {rate} samples a second: convert it to {RATE}")


def _read(path: Path) -> tuple[NDArray[np.float32], int, str]:
    """Wave, (samples,), samples per second and libsndfile's log."""
    import soundfile

    with reading(path, SpeechError, "cannot be read as sound"):
        # a recorder that was stopped leaves a size of 0; all bits are set for an unknown one
        content = path.read_bytes().replace(b"data" + bytes(4), b"data" + b"\xff" * 4, 1)
        with soundfile.SoundFile(BytesIO(content)) as file:
            require_size(path, file.frames * file.channels, 1000)
            require_rate(file.samplerate)
            wave = file.read(dtype="float32", always_2d=True)
            if len(wave) < 0.055 * file.samplerate:
                raise SpeechError(f"{path}: {len(wave)} samples are less than one frame of 55 ms")
            return mixed(wave), file.samplerate, file.extra_info


def mfcc39(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """12 cepstra and log energy with deltas and accelerations, as MDRE's MFCC12_E_D_A.

    25 ms Hamming windows every 10 ms, pre-emphasis 0.97, 26 mel bands to 8 kHz, cepstral lifter 22;
    energy before pre-emphasis. Band energies are floored at 1 and the cosine transform is scaled as
    in HTK and openSMILE. Values equal openSMILE's to 0.002.

    `wave` is (samples,) at 16 kHz within [-1, 1]; the result is (frames, 39), with the columns
    `MFCC_NAMES`.

    Source: shi2020 section IV.B; shi2021 section IV.B.
    """
    import torch

    samples = torch.from_numpy(np.round(wave * 32768))[None].float()
    options = {"low_freq": 0, "preemphasis_coefficient": 0.97, "use_log_fbank": False}
    bands = mel_energies(samples, num_mel_bins=26, **options).clamp(min=1).log()  # (frames, 26)
    orders = torch.arange(1, 13)
    cosines = torch.cos(np.pi / 26 * orders * (torch.arange(26)[:, None] + 0.5))  # (26, 12)
    cepstra = bands @ cosines * (2 / 26) ** 0.5 * (1 + 11 * torch.sin(np.pi * orders / 22))
    frames = samples[0].unfold(0, 400, 160)  # (frames, 400)
    energy = frames.square().sum(dim=1).clamp(min=1).log()[:, None]
    whole = with_deltas(torch.cat([cepstra, energy], dim=1))  # (3, 13, frames)
    return whole.flatten(0, 1).T.contiguous().numpy()


def mel_energies(samples: "Tensor", **options: Any) -> "Tensor":
    """Energies, (frames, bands), in mel bands up to 8 kHz: Hamming windows of 25 ms every 10 ms.

    `samples`, (1, samples), are 16-bit values; options are those of Kaldi's filter banks.
    """
    from torchaudio.compliance.kaldi import fbank

    window = {"window_type": "hamming", "dither": 0.0, "remove_dc_offset": False}
    return fbank(samples, sample_frequency=RATE, high_freq=RATE // 2, **window, **options)


def with_deltas(values: "Tensor") -> "Tensor":
    """Values, (..., frames, values), with deltas over two frames on either side and accelerations.

    The result is (3, ..., values, frames).
    """
    import torch
    from torchaudio.functional import compute_deltas

    static = values.mT[None]  # (1, ..., values, frames)
    delta = compute_deltas(static, 5)
    return torch.cat([static, delta, compute_deltas(delta, 5)])
