"""The network from 2D to 3D joints: VideoPose3D's, or one trained on projected motion."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.params import project_path
from lib.settings import Settings
from lib.training.settings import TrainingSettings

if TYPE_CHECKING:
    from lib.models.lifting import TemporalLifter
    from lib.training.loop import Part

WIDTH, HEIGHT = 720, 480


class LifterSettings(Settings):
    """The 2D to 3D network.

    Attributes
    ----------
    checkpoint : str or None
        VideoPose3D's ``pretrained_h36m_detectron_coco.bin``, relative to the project; None to
        train a network on projected motion.
    flip : bool
        Average with the mirrored input.
    filter_widths, channels, sequences, sequence_frames, training
        Settings of the network to train.
    """

    checkpoint: str | None
    flip: bool
    filter_widths: list[int]
    channels: int
    sequences: int
    sequence_frames: int
    training: TrainingSettings


@dataclass(frozen=True)
class Lifter:
    """A lifting network and facts about it; no network for corpora with 3D joints or none."""

    model: "TemporalLifter | None"
    facts: dict[str, Any]


def prepare(settings: LifterSettings, seed: int, folder: Path) -> Lifter:
    """Load the official checkpoint, or train a network and write it to the folder."""
    from lib.models.lifting import load_checkpoint

    if settings.checkpoint:
        path = project_path(settings.checkpoint)
        return Lifter(load_checkpoint(path), {"lifter": f"VideoPose3D checkpoint {path.name}"})
    path = folder / "lifter.safetensors"
    facts = {"lifter": "trained on projected motion, not VideoPose3D's"}
    facts |= train(settings, seed, path)
    return Lifter(load_checkpoint(path), facts)


def train(settings: LifterSettings, seed: int, path: Path) -> dict[str, Any]:
    """Train, write safetensors, and return facts with the error on unseen sequences.

    Returns
    -------
    dict
        ``training sequences``, ``receptive field``, and the mean per-joint position error in
        millimetres on sequences drawn with another seed, for all joints and the upper body.
    """
    import torch
    from safetensors.torch import save_file

    from lib.models.lifting import TemporalLifter
    from lib.training.loop import fit, predict

    torch.manual_seed(seed)
    model = TemporalLifter(settings.filter_widths, settings.channels)
    train_part = _part(seed + 1, settings.sequences, settings)
    dev, test = (_part(seed + shift, settings.sequences // 8, settings) for shift in (2, 3))
    history = fit(model, train_part, dev, settings.training, seed)
    errors = (predict(model, test, settings.training) - test.targets).norm(dim=-1)  # (N, T, 17)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), path)
    whole, upper = (1000 * float(part.mean()) for part in (errors, errors[..., 7:]))
    return {
        "training sequences": settings.sequences,
        "receptive field [frames]": model.receptive_field,
        "epochs": len(history.train),
        "error on unseen sequences, all joints [mm]": round(whole, 1),
        "error on unseen sequences, upper body [mm]": round(upper, 1),
    }


def _part(seed: int, sequences: int, settings: LifterSettings) -> "Part":
    import torch

    from lib.features.motion import projected_sequences
    from lib.models.lifting import normalise
    from lib.training.loop import Part

    side = (int(np.prod(settings.filter_widths)) - 1) // 2
    frames = settings.sequence_frames + 2 * side
    keypoints, joints = projected_sequences(seed, sequences, frames, WIDTH, HEIGHT)
    inputs = torch.from_numpy(normalise(keypoints, WIDTH, HEIGHT))
    return Part((inputs,), torch.from_numpy(joints[:, side : frames - side]))
