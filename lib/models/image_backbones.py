"""Image networks without their last layer, and their weights from published files."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from lib.models.weights import CheckpointError, is_state, load_state, read_checkpoint


@dataclass(frozen=True)
class Backbone:
    """A network, the length of its vector, and the origin of its weights.

    Attributes
    ----------
    origin : str
        ``"random"``, or the name of the file and what it is.
    """

    network: nn.Module
    features: int
    origin: str


class SmallBackbone(nn.Module):
    """Four convolutions with batch norm, for small data and slow machines.

    Parameters
    ----------
    channels : int
        Channels of the first convolution; the others have 2, 4 and 4 times as many.
    """

    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        sizes = [3, channels, 2 * channels, 4 * channels, 4 * channels]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Conv2d(before, after, 3, 2, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.features = sizes[-1]

    def forward(self, pictures: Tensor) -> Tensor:
        """(batch, 3, height, width) to (batch, features)."""
        return self.layers(pictures).mean(dim=(2, 3))


def build(name: str, channels: int = 16, weights: Path | None = None) -> Backbone:
    """Backbone by name.

    Parameters
    ----------
    name : {"resnet50", "resnet18", "vgg19", "small"}
        VGG19 gives fc7, the 4096 values after its second fully connected layer and ReLU.
    channels : int
        See `SmallBackbone`.
    weights : Path, optional
        Checkpoint of this network: torchvision's ImageNet file, for a ResNet also Places365's or
        EmotionNet's, or a safetensors file. Without one the weights are random.

    Raises
    ------
    ValueError
        If the name is unknown.
    CheckpointError
        If the file is not a checkpoint of this network; names what does not fit.
    """
    if name == "small":
        small = SmallBackbone(channels)
        return Backbone(small, small.features, load(small, weights) if weights else "random")
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


def read_state(path: Path) -> tuple[dict[str, Tensor], str]:
    """Weights of a checkpoint without its last layer, and what the checkpoint is.

    Reads a plain state dict (torchvision), one under ``state_dict`` whose names begin with
    ``module.`` (Places365, EmotionNet, saved by DataParallel), or a safetensors file, which states
    its origin under ``origin`` in its metadata.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If it holds no such weights.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}: DATASETS.md says where to get it")
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    content = read_checkpoint(path)
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not is_state(state):
        raise CheckpointError(f"{path}: no state dict with weights")
    state = {name.removeprefix("module."): value for name, value in state.items()}
    classes = 0
    for last in ("fc", "classifier.6"):
        if f"{last}.weight" in state:
            classes = int(state.pop(f"{last}.weight").shape[0])
            state.pop(f"{last}.bias", None)
    known = {1000: "ImageNet", 365: "Places365", 690: "StockEmotion"}
    return state, f"{path.name} ({known.get(classes, f'{classes} classes')})"


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], str]:
    """Weights of a safetensors file and the origin that it states; see `read_state`."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            origin = (file.metadata() or {}).get("origin", path.name)
            return {name: file.get_tensor(name) for name in file.keys()}, origin  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {error}") from None


def load(network: nn.Module, path: Path) -> str:
    """Load a checkpoint into a network without its last layer, and return its description."""
    state, origin = read_state(path)
    load_state(network, state, path)
    return origin


def freeze(network: nn.Module) -> nn.Module:
    """Turn off gradients and set evaluation mode, so that features can be computed once."""
    for weight in network.parameters():
        weight.requires_grad_(False)
    return network.eval()
