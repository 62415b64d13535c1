"""Streams of place and gist learnt from generated scenes, in place of Places365 and StockEmotion.

The sample's scenes have no counterpart in published weights. What a scene's place is, and its mood,
is learnt from scenes that are drawn for this alone, none of them in the sample.
"""

import numpy as np
import torch
from torch import Tensor, nn

from lib.features.image_augmentation import normalise, scene_and_body
from lib.models import image_backbones
from lib.papers.context.settings import ExtractionStage
from lib.training.loop import Part, fit
from scripts.sample_corpora import scenes
from scripts.sample_corpora.randomness import stream


def learn(settings: ExtractionStage) -> dict[str, nn.Module]:
    """Networks of ``place`` (a classifier of places) and ``gist`` (a regression of mood)."""
    pictures, places, moods = draw(settings.pretraining.scenes, settings.size, settings.seed)
    held_out = max(1, len(pictures) // 8)
    backbone = settings.backbone
    networks: dict[str, nn.Module] = {}
    for name, targets, task in (
        ("place", places, "classification"),
        ("gist", moods, "regression"),
    ):
        torch.manual_seed(settings.seed)
        built = image_backbones.build(backbone.name, backbone.channels)
        outputs = len(scenes.PLACES) if name == "place" else moods.shape[1]
        model = nn.Sequential(built.network, nn.Linear(built.features, outputs))
        training = settings.pretraining.training.model_copy(update={"task": task})
        parts = [
            Part((pictures[rows],), targets[rows])
            for rows in (slice(held_out, None), slice(0, held_out))
        ]
        fit(model, parts[0], parts[1], training, settings.seed)
        networks[name] = built.network.cpu().eval()
    return networks


def draw(number: int, size: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scenes with people in them: pictures (number, 3, size, size), places, moods (number, 3)."""
    pairs, places, moods = [], [], []
    for index in range(number):
        generator = stream(seed, "pretraining", str(index))
        scene = scenes.draw_scene(generator)
        people = [
            scenes.Figure(
                place, generator.normal(0, 1, 2), bool(generator.random() < 0.35),
                int(generator.integers(2**31)),
            )
            for place in scenes.positions(int(generator.integers(1, 4)), generator)
        ]  # fmt: skip
        picture = np.asarray(scenes.render(scene, people))
        height, width = picture.shape[:2]
        pairs.append(scene_and_body(picture, (0, 0, width, height), size))
        places.append(scenes.PLACES.index(scene.place))
        moods.append(scene.mood)
    pictures = normalise(torch.from_numpy(np.stack(pairs)))[:, 0]
    return pictures, torch.tensor(places), torch.tensor(np.array(moods), dtype=torch.float32)
