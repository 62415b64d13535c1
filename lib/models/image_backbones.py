"""Image networks without their last layer, and their weights from published files."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from torch import Tensor, nn

from lib.models.weights import CheckpointError, is_state, load_state, read_checkpoint, read_safetensors

CLASSES = {1000: "ImageNet", 365: "Places365", 690: "StockEmotion"}
"""What a checkpoint was trained on, by the length of its last layer."""
HEADS = ("fc", "classifier.6", "proj", "fc_aux")
"""Last layers, the classes' first; EmotionNet's file has others for word vectors and basic emotions."""


@dataclass(frozen=True)
class Backbone:
    """A network, the length of its vector, and the origin of its weights.

    The origin is ``"random"``, ``"ImageNet (torchvision)"``, or the name of the file and what it is.
    """

    network: nn.Module
    features: int
    origin: str


class SmallBackbone(nn.Module):
    """Four convolutions with batch norm, for small data and slow machines.

    The first has `channels` channels, the others 2, 4 and 4 times as many.
    """

    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise([3, *(factor * channels for factor in (1, 2, 4, 4))]):
            layers += [nn.Conv2d(before, after, 3, 2, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.features = 4 * channels

    def forward(self, pictures: Tensor) -> Tensor:
        """(batch, 3, height, width) to (batch, features)."""
        return self.layers(pictures).mean(dim=(2, 3))


def build(name: str, channels: int = 16, weights: Path | str | None = None) -> Backbone:
    """Backbone by name.

    Parameters
    ----------
    name : {"resnet50", "resnet18", "vgg19", "small"}
        VGG19 gives fc7, the 4096 values after its second fully connected layer and ReLU.
    channels : int
        See `SmallBackbone`.
    weights : Path or {"imagenet", "random"}, optional
        Checkpoint of this network: torchvision's ImageNet file, for a ResNet also Places365's or
        EmotionNet's, or a safetensors file; or ``imagenet`` for torchvision's own download of its first
        ImageNet weights. Without one the weights are random.

    Raises
    ------
    ValueError
        If the name is unknown.
    FileNotFoundError, CheckpointError
        If there is no such file, or it is not a checkpoint of this network.
    """
    network: nn.Module
    if name == "small" and weights == "imagenet":
        raise ValueError("the small backbone has no ImageNet weights")
    if name == "small":
        network = small = SmallBackbone(channels)
        features = small.features
    elif name in ("resnet50", "resnet18", "vgg19"):
        import torchvision

        published = "IMAGENET1K_V1" if weights == "imagenet" else None
        network = whole = getattr(torchvision.models, name)(weights=published)
        if name == "vgg19":
            features = whole.classifier[6].in_features
            whole.classifier = whole.classifier[:5]  # fc6, ReLU, dropout, fc7, ReLU
        else:
            features = whole.fc.in_features
            whole.fc = nn.Identity()
    else:
        raise ValueError(f"backbone {name!r} is not resnet50, resnet18, vgg19 or small")
    origin = "ImageNet (torchvision)" if weights == "imagenet" else "random"
    if isinstance(weights, Path):
        state, origin = _read_state(weights)
        load_state(network, state, weights)
    return Backbone(network, features, origin)


def _read_state(path: Path) -> tuple[dict[str, Tensor], str]:
    """Weights of a checkpoint without its last layer, and what the checkpoint is.

    Reads a plain state dict (torchvision), one under ``state_dict`` whose names begin with ``module.``
    (Places365, EmotionNet, saved by DataParallel), or a safetensors file, which states its origin under
    ``origin`` in its metadata.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}: DATASETS.md says where to get it")
    if path.suffix == ".safetensors":
        state, metadata = read_safetensors(path)
        return state, metadata.get("origin", path.name)
    content = read_checkpoint(path)
    found = content.get("state_dict", content) if isinstance(content, dict) else None
    if not is_state(found):
        raise CheckpointError(f"{path}: no state dict with weights")
    state = {name.removeprefix("module."): value for name, value in found.items()}
    heads = [state.pop(f"{last}.weight") for last in HEADS if f"{last}.weight" in state]
    classes = int(heads[0].shape[0]) if heads else 0
    for last in HEADS:
        state.pop(f"{last}.bias", None)
    return state, f"{path.name} ({CLASSES.get(classes, f'{classes} classes')})"


def freeze(network: nn.Module) -> nn.Module:
    """Turn off gradients and set evaluation mode for good, so that features can be computed once."""
    network.requires_grad_(False).eval()
    network.train = lambda mode=True: network  # type: ignore[method-assign]
    return network
