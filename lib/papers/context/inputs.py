"""People in pictures that become tensors a batch at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.features.augmentation_settings import AugmentationSettings
from lib.features.image_augmentation import augment, normalise
from lib.features.store import FeatureStore
from lib.training.loop import Rows


@dataclass(frozen=True)
class Pictures(Rows):
    """Scenes and bodies of people, normalised a batch at a time.

    The arrays in `pairs`, (2, 3, size, size), are bytes, shared with the store's file. The `augmentation` is
    for training; it is drawn from torch's own random state, which each epoch seeds. For `statistics` see
    `lib.features.image_augmentation.normalise`.
    """

    pairs: list[NDArray[np.uint8]]
    augmentation: AugmentationSettings | None = None
    statistics: str = "corpus"

    def __len__(self) -> int:
        return len(self.pairs)

    def batch(self, numbers: NDArray[np.intp]) -> Tensor:
        """Pictures of people, (rows, 2, 3, size, size)."""
        stacked = torch.from_numpy(np.stack([self.pairs[row] for row in numbers]))
        pairs = normalise(stacked.to(self.device), self.statistics)
        if self.augmentation is None:
            return pairs
        seed = int(torch.randint(2**31, (1,)))
        return augment(pairs, self.augmentation, torch.Generator().manual_seed(seed))


def pictures_of(settings: dict[str, Any], store: FeatureStore, samples: Iterable[str]) -> Pictures:
    """Pictures of people, standardised as the weights of a run's streams were trained with."""
    statistics = "corpus" if settings["backbone"]["name"] == "small" else "imagenet"
    return Pictures([store[sample] for sample in samples], statistics=statistics)
