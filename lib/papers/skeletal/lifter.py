"""The network from 2D to 3D joints: VideoPose3D's, or one trained on projected motion."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.files import written
from lib.settings import Settings
from lib.training.settings import TrainingSettings

if TYPE_CHECKING:
    from lib.models.lifting import TemporalLifter

WIDTH, HEIGHT = 720, 480
WANTED = "VideoPose3D's pretrained_h36m_detectron_coco.bin"
TRAINED = {"projected": "a smaller network, trained here on projected motion"}


class LifterSettings(Settings):
    """The 2D to 3D network; `flip` averages its output with that of the mirrored input.

    `checkpoint` is VideoPose3D's ``pretrained_h36m_detectron_coco.bin``, relative to the project;
    ``projected`` trains a network on projected motion, for which the fields after `flip` are.
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
    """Load the official checkpoint, or train a network and write it to the folder.

    Facts about a trained network include the mean error of a joint's position in millimetres, on
    sequences drawn with another seed, for all joints and the upper body. CheckpointError if
    `checkpoint` is empty.
    """
    import torch
    from safetensors.torch import save_file

    from lib.features.lifter_check import check
    from lib.features.motion import projected_sequences
    from lib.models.lifting import TemporalLifter, load_checkpoint, normalise
    from lib.models.weights import chosen_weights
    from lib.training.loop import Part, fit, predict

    path = chosen_weights(settings.checkpoint, "skeletal.extraction.lifter.checkpoint", WANTED, TRAINED)
    if isinstance(path, Path):
        model = load_checkpoint(path)
        check(model, path)
        return Lifter(model, {"lifter": f"VideoPose3D checkpoint {path.name}"})
    side = (prod(settings.filter_widths) - 1) // 2
    frames = settings.sequence_frames + 2 * side

    def part(shift: int, sequences: int) -> Part:
        keypoints, joints = projected_sequences(seed + shift, sequences, frames, WIDTH, HEIGHT)
        inputs = torch.from_numpy(normalise(keypoints, WIDTH, HEIGHT))
        return Part((inputs,), torch.from_numpy(joints[:, side : frames - side]))

    torch.manual_seed(seed)
    model = TemporalLifter(settings.filter_widths, settings.channels)
    few = settings.sequences // 8
    history = fit(model, part(1, settings.sequences), part(2, few), settings.training, seed)
    test = part(3, few)
    errors = (predict(model, test, settings.training) - test.targets).norm(dim=-1)  # (N, T, 17)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lifter.safetensors"
    with written(path) as own:
        save_file(model.state_dict(), own)
    whole, upper = (1000 * float(found.mean()) for found in (errors, errors[..., 7:]))
    facts = {
        "lifter": "trained on projected motion, not VideoPose3D's",
        "training sequences": settings.sequences,
        "receptive field [frames]": model.receptive_field,
        "epochs": len(history.train),
        "error on unseen sequences, all joints [mm]": round(whole, 1),
        "error on unseen sequences, upper body [mm]": round(upper, 1),
    }
    return Lifter(load_checkpoint(path), facts)
