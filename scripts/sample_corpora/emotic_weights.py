"""First weights of the place and gist streams, learnt from drawn scenes.

No published network knows scenes like the sample's. In place of Places365 and StockEmotion, one
network learns to classify places and one to estimate moods from scenes that are drawn only for
this; none of them is in the sample.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lib.features.image_augmentation import normalise, scene_and_body
from lib.models import image_backbones
from lib.training.loop import Part, fit
from lib.training.settings import TrainingSettings
from scripts.sample_corpora import scenes
from scripts.sample_corpora.randomness import stream

FOLDER = "weights"
ORIGIN = "generated scenes"
"""Description of the weights, kept in the files."""


@dataclass(frozen=True)
class Pretraining:
    """Scenes, network and training; the network is the sample profile's.

    Attributes
    ----------
    scenes : int
        Number of scenes; one in eight is held out for early stopping.
    size : int
        Height and width of the pictures in pixels.
    channels : int
        See `lib.models.image_backbones.SmallBackbone`.
    """

    scenes: int = 1000
    size: int = 48
    channels: int = 16
    epochs: int = 10
    patience: int = 5
    batch_size: int = 32
    learning_rate: float = 0.002
    seed: int = 20220401

    def training(self, task: str) -> TrainingSettings:
        """Settings of the training loop for a task."""
        return TrainingSettings.model_validate(
            {
                "task": task,
                "epochs": self.epochs,
                "patience": self.patience,
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
            }
        )


def write(folder: Path, settings: Pretraining) -> None:
    """Train both networks and write ``place.safetensors`` and ``gist.safetensors``."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    for name, network in learn(settings).items():
        state = {key: value.contiguous() for key, value in network.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors", {"origin": ORIGIN})


def learn(settings: Pretraining) -> dict[str, nn.Module]:
    """Networks of ``place`` (a classifier of places) and ``gist`` (a regression of moods)."""
    torch.set_num_threads(1)  # the number of cores must not change the weights
    pictures, places, moods = draw(settings.scenes, settings.size, settings.seed)
    held_out = max(1, len(pictures) // 8)
    networks: dict[str, nn.Module] = {}
    for name, targets, task, outputs in (
        ("place", places, "classification", len(scenes.PLACES)),
        ("gist", moods, "regression", moods.shape[1]),
    ):
        torch.manual_seed(settings.seed)
        built = image_backbones.build("small", settings.channels)
        model = nn.Sequential(built.network, nn.Linear(built.features, outputs))
        train, dev = (
            Part((pictures[rows],), targets[rows]) for rows in (slice(held_out, None), slice(0, held_out))
        )
        fit(model, train, dev, settings.training(task), settings.seed)
        networks[name] = built.network.cpu().eval()
    return networks


def draw(number: int, size: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scenes with people in them: pictures (number, 3, size, size), places, moods (number, 3)."""
    pairs, places, moods = [], [], []
    for index in range(number):
        generator = stream(seed, "pretraining", str(index))
        scene = scenes.draw_scene(generator)
        people = []
        for place in scenes.positions(int(generator.integers(1, 4)), generator):
            body, away = generator.normal(0, 1, 2), bool(generator.random() < 0.35)
            people.append(scenes.Figure(place, body, away, int(generator.integers(2**31))))
        picture = np.asarray(scenes.render(scene, people))
        height, width = picture.shape[:2]
        pairs.append(scene_and_body(picture, (0, 0, width, height), size))
        places.append(scenes.PLACES.index(scene.place))
        moods.append(scene.mood)
    pictures = normalise(torch.from_numpy(np.stack(pairs)))[:, 0]
    return pictures, torch.tensor(places), torch.tensor(np.array(moods), dtype=torch.float32)
