"""Speech from sound files, and its 39 spectral features per frame."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
_STATIC = [*(f"mfcc {number}" for number in range(1, 13)), "log energy"]
MFCC_NAMES = [
    *_STATIC,
    *(f"delta {name}" for name in _STATIC),
    *(f"acceleration {name}" for name in _STATIC),
]


class SpeechError(ValueError):
    """A sound file cannot be used."""


def read_speech(path: Path) -> NDArray[np.float32]:
    """Samples of a sound file: one channel (the mean of all), 16 kHz, within [-1, 1].

    Raises
    ------
    SpeechError
        If it cannot be read, or is shorter than one frame of 55 ms; names the file.
    """
    import soundfile

    try:
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise SpeechError(f"{path} cannot be read as sound: {error}") from None
    mono = wave.mean(axis=1)  # (samples,)
    if len(mono) < 0.055 * rate:
        raise SpeechError(f"{path}: {len(mono)} samples are less than one frame of 55 ms")
    if rate != RATE:
        import torch
        import torchaudio

        mono = torchaudio.functional.resample(torch.from_numpy(mono), rate, RATE).numpy()
    return mono.astype(np.float32)


def mfcc39(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """12 cepstra and log energy with deltas and accelerations, as MDRE's MFCC12_E_D_A.

    25 ms Hamming windows every 10 ms, pre-emphasis 0.97, 26 mel bands to 8 kHz, cepstral lifter 22;
    energy before pre-emphasis. Band energies are floored at 1 and the cosine transform is scaled as
    in HTK and openSMILE. Values equal openSMILE's to 0.002.

    Parameters
    ----------
    wave : array, (samples,)
        16 kHz, within [-1, 1].

    Returns
    -------
    array, (frames, 39)
        Columns `MFCC_NAMES`.

    References
    ----------
    shi2020 section IV.B; shi2021 section IV.B.
    """
    import torch
    import torchaudio

    samples = torch.from_numpy(np.round(wave * 32768))[None].float()
    window = {"window_type": "hamming", "dither": 0.0, "remove_dc_offset": False}
    filters = {"num_mel_bins": 26, "low_freq": 0, "high_freq": RATE // 2, "use_log_fbank": False}
    energies = torchaudio.compliance.kaldi.fbank(
        samples, sample_frequency=RATE, preemphasis_coefficient=0.97, **window, **filters
    )
    bands = energies.clamp(min=1).log()  # (frames, 26)
    orders = torch.arange(1, 13)
    cosines = torch.cos(np.pi / 26 * orders * (torch.arange(26)[:, None] + 0.5))  # (26, 12)
    cepstra = bands @ cosines * (2 / 26) ** 0.5 * (1 + 11 * torch.sin(np.pi * orders / 22))
    frames = samples[0].unfold(0, 400, 160)  # (frames, 400)
    energy = frames.square().sum(dim=1).clamp(min=1).log()[:, None]
    static = torch.cat([cepstra, energy], dim=1).T[None]  # (1, 13, frames)
    delta = torchaudio.functional.compute_deltas(static, 5)
    acceleration = torchaudio.functional.compute_deltas(delta, 5)
    return torch.cat([static, delta, acceleration], dim=1)[0].T.contiguous().numpy()
