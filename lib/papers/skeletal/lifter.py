"""A lifting network trained on projected motion, for when no checkpoint is given."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from lib.features.motion import projected_sequences
from lib.models.lifting import TemporalLifter, normalise
from lib.papers.skeletal.extraction import LifterSettings
from lib.training.loop import Part, fit, predict

WIDTH, HEIGHT = 720, 480


def _part(seed: int, sequences: int, settings: LifterSettings) -> Part:
    field = int(np.prod(settings.filter_widths))
    side = (field - 1) // 2
    frames = settings.sequence_frames + 2 * side
    keypoints, joints = projected_sequences(seed, sequences, frames, WIDTH, HEIGHT)
    inputs = torch.from_numpy(normalise(keypoints, WIDTH, HEIGHT))
    return Part((inputs,), torch.from_numpy(joints[:, side : frames - side]))


def train(settings: LifterSettings, seed: int, path: Path) -> dict[str, float | int]:
    """Train, write safetensors, and return facts with the error on unseen sequences.

    Returns
    -------
    dict
        ``training sequences``, ``receptive field``, and the mean per-joint position error in
        millimetres on sequences drawn with another seed, for all joints and the upper body.
    """
    torch.manual_seed(seed)
    model = TemporalLifter(settings.filter_widths, settings.channels)
    train_part = _part(seed + 1, settings.sequences, settings)
    dev, test = (_part(seed + shift, settings.sequences // 8, settings) for shift in (2, 3))
    history = fit(model, train_part, dev, settings.training, seed)
    errors = (predict(model, test, settings.training) - test.targets).norm(dim=-1)  # (N, T, 17)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), path)
    return {
        "training sequences": settings.sequences,
        "receptive field [frames]": model.receptive_field,
        "epochs": len(history.train),
        "error on unseen sequences, all joints [mm]": round(1000 * float(errors.mean()), 1),
        "error on unseen sequences, upper body [mm]": round(
            1000 * float(errors[..., 7:].mean()), 1
        ),
    }
