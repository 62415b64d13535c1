"""Image networks without their last layer, and the files that their weights come from."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from lib.models.lifting import CheckpointError


@dataclass(frozen=True)
class Backbone:
    """A network, the length of its vector, and where its weights come from.

    Attributes
    ----------
    origin : str
        ``"random"``, or the name of the file and what it is.
    """

    network: nn.Module
    features: int
    origin: str


class SmallBackbone(nn.Module):
    """Four convolutions with batch norm and pooling: for small data and slow machines.

    Parameters
    ----------
    channels : int
        Of the first; doubled by each further one.
    """

    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        sizes = [3, channels, 2 * channels, 4 * channels, 4 * channels]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            layers += [
                nn.Conv2d(before, after, 3, 2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers)
        self.features = sizes[-1]

    def forward(self, pictures: Tensor) -> Tensor:
        """(batch, 3, height, width) to (batch, features)."""
        return self.layers(pictures).mean(dim=(2, 3))


def build(name: str, channels: int = 16, weights: Path | None = None) -> Backbone:
    """A backbone.

    Parameters
    ----------
    name : {"resnet50", "resnet18", "vgg19", "small"}
        VGG19 gives fc7, the 4096 values behind its second fully connected layer and ReLU.
    channels : int
        Of the small one.
    weights : Path, optional
        A checkpoint of this network: torchvision's ImageNet file, for a ResNet also Places365's or
        EmotionNet's. Without one the weights are random.

    Raises
    ------
    ValueError
        If the name is unknown.
    CheckpointError
        If the file is none of this network; names what does not fit.
    """
    if name == "small":
        if weights is not None:
            raise CheckpointError(f"{weights}: the small backbone takes no published weights")
        small = SmallBackbone(channels)
        return Backbone(small, small.features, "random")
    if name not in ("resnet50", "resnet18", "vgg19"):
        raise ValueError(f"backbone {name!r} is not resnet50, resnet18, vgg19 or small")
    import torchvision

    network = getattr(torchvision.models, name)(weights=None)
    if name == "vgg19":
        features = network.classifier[6].in_features
        network.classifier = network.classifier[:5]  # fc6, ReLU, dropout, fc7, ReLU
    else:
        features = network.fc.in_features
        network.fc = nn.Identity()
    origin = "random" if weights is None else load(network, weights)
    return Backbone(network, features, origin)


def read_state(path: Path) -> tuple[dict[str, Tensor], int]:
    """Weights of a checkpoint without its last layer, and how many classes that had.

    Reads a plain state dict (torchvision) and one below ``state_dict`` with names that begin with
    ``module.`` (Places365, EmotionNet, saved by DataParallel).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If it holds no such weights.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}: DATASETS.md says where to get it")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or foreign file provokes
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {reason}") from None
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(x, Tensor) for x in state.values()):
        raise CheckpointError(f"{path}: no state dict with weights")
    state = {name.removeprefix("module."): value for name, value in state.items()}
    classes = 0
    for last in ("fc", "classifier.6"):
        if f"{last}.weight" in state:
            classes = int(state.pop(f"{last}.weight").shape[0])
            state.pop(f"{last}.bias", None)
    return state, classes


def load(network: nn.Module, path: Path) -> str:
    """Give a network without its last layer the weights of a checkpoint; return what it is."""
    state, classes = read_state(path)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{path} does not fit the network: {reason}") from None
    known = {1000: "ImageNet", 365: "Places365", 690: "StockEmotion"}
    return f"{path.name} ({known.get(classes, f'{classes} classes')})"


def freeze(network: nn.Module) -> nn.Module:
    """Without gradients and in evaluation mode, so that its features can be stored once."""
    for weight in network.parameters():
        weight.requires_grad_(False)
    return network.eval()
