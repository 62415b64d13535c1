"""What is computed to compare processors: arrays, a forest, and a short training of every network."""

import hashlib
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import fft, signal
from sklearn.ensemble import RandomForestClassifier
from torch import Tensor, nn

from lib.models import (
    audiovisual,
    context,
    fusion,
    image_backbones,
    lifting,
    skeletal,
    skeletal_baselines,
    speech_text,
)
from lib.models.mocap import MoCapNetwork
from lib.models.valence import SpatiotemporalAttention, ValenceCNN2D, ValenceCNN3D
from lib.training.loop import Part, fit, predict
from lib.training.settings import TrainingSettings

SAMPLES = 24
Inputs = tuple[Tensor, ...]
Numbers = NDArray[np.floating]
Networks = Iterator[tuple[str, tuple[nn.Module, Inputs, bool]]]


class _Fused(nn.Module):
    """Scores of the fusion alone."""

    def __init__(self, network: context.ContextNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *pictures: Tensor) -> Tensor:
        return self.network(*pictures).fused


class _Flat(nn.Module):
    """The first joints of a lifted sequence as class scores."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, keypoints: Tensor) -> Tensor:
        return self.network(keypoints).flatten(1)[:, :4]


def digests(networks: int | None = None) -> dict[str, str]:
    """First 16 hexadecimal digits of a hash of each computation's bytes, by its name.

    Networks of every paper are trained for a few steps on random numbers and predict; numpy, scipy
    and scikit-learn compute what features and baselines use. `networks` takes the first networks alone.
    """
    found = {"numpy and scipy": _arrays(), "random forest": _forest()}
    found |= {name: _trained(*own) for name, own in islice(_networks(), networks)}
    return {
        name: hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]
        for name, values in found.items()
    }


def _arrays() -> Numbers:
    values = np.random.default_rng(0).normal(size=(300, 120))
    smooth = signal.sosfiltfilt(signal.butter(8, 0.1, output="sos"), values, axis=0)
    singular = np.linalg.svd(values, compute_uv=False)
    parts = [smooth, np.exp(values), np.log(np.abs(values)), np.sin(values), values.T @ values]
    parts += [singular, np.abs(fft.rfft(values, axis=0)), values.std(axis=0)]
    parts += [np.exp(values.astype(np.float32)).astype(float)]
    return np.concatenate([part.ravel() for part in parts])


def _forest() -> Numbers:
    generator = np.random.default_rng(1)
    features, labels = generator.normal(size=(120, 30)), generator.integers(0, 4, 120)
    forest = RandomForestClassifier(40, random_state=0).fit(features, labels)
    return forest.predict_proba(generator.normal(size=(50, 30)))


def _networks() -> Networks:
    """Name of a network, and the network with its inputs and whether channels come last."""
    torch.manual_seed(0)

    def pictures(*shape: int) -> Tensor:
        return torch.randn(SAMPLES, *shape)

    lengths = torch.arange(SAMPLES) % 20 + 20
    tokens, words = torch.randint(2, 30, (SAMPLES, 12)), torch.arange(SAMPLES) % 8 + 4
    small = skeletal.SMACN(classes=4, first_channels=16, channels=32, heads=4, attention_features=32)
    yield "SMACN", (small, (pictures(3, 64, 10),), True)
    spoken = (pictures(40, 39), lengths, pictures(35), tokens, words)
    yield "MDRE", (speech_text.MDRE(30, hidden=32, embedding=32), spoken, False)
    graph = fusion.SMERNGA(audio=32, text=32, skeleton=128, nodes=32, features=16)
    yield "SMERN-GA", (graph, (pictures(32), pictures(32), pictures(128)), False)
    body = image_backbones.build("small", 8)
    video = audiovisual.VideoNetwork(body.network, body.features, hidden=32)
    yield "VideoNetwork", (video, (pictures(6, 3, 32, 32),), False)
    joined = audiovisual.AudioVisualFusion(audio=32, video=32)
    yield "AudioVisualFusion", (joined, (pictures(32), pictures(32)), False)
    spatial = SpatiotemporalAttention(size=(24, 24), encoder=(8, 8), decoder=(8, 4))
    volume = ValenceCNN3D(spatial, frames=8, size=(24, 24), channels=(8, 16, 16, 32), hidden=32, dropout=0.2)
    yield "ValenceCNN3D", (volume, (pictures(3, 8, 24, 24),), False)
    streams = {name: image_backbones.build("small", 8) for name in ("body", "place", "gist")}
    features = streams["body"].features
    whole = context.ContextNetwork(
        {name: own.network for name, own in streams.items()}, features, labels=4, hidden=32
    )
    scene = (pictures(3, 48, 48), pictures(3, 48, 48), pictures(3, 48, 48))
    yield "ContextNetwork", (_Fused(whole), scene, False)
    yield from _other_networks(pictures, spoken)


def _other_networks(pictures: Callable[..., Tensor], spoken: Inputs) -> Networks:
    """The rest of what the pipeline trains, in the sizes of the sample profile."""
    (frames, prosody), words = spoken[1:3], spoken[4]
    mocap = MoCapNetwork(channels=(4, 8, 16, 16, 16), dense=32)
    yield "MoCapNetwork", (mocap, (pictures(200, 189),), False)
    yield "MDREA", (speech_text.MDREA(30, hidden=32, embedding=32), spoken, False)
    yield "ARE", (speech_text.ARE(hidden=32, representation=32), spoken[:3], False)
    yield "TRE", (speech_text.TRE(30, embedding=32, hidden=32), spoken[3:], False)
    states = (prosody, pictures(32), pictures(40, 32), frames, pictures(12, 32), words)
    yield "CMA", (fusion.CMA(32, skeleton=32), states, False)
    yield "AlignmentFusion", (fusion.AlignmentFusion(32, skeleton=32, states=16), states, False)
    three = (pictures(32), pictures(32), pictures(32))
    yield "SMERN", (fusion.SMERN(32, 32, 32), three, False)
    skeletons = (pictures(3, 66, 10), torch.full((SAMPLES,), 66))
    yield "SkeletalLSTM", (skeletal_baselines.SkeletalLSTM(hidden=64, layers=1), skeletons, False)
    attention = skeletal_baselines.SkeletalLSTMAttention(hidden=64)
    yield "SkeletalLSTMAttention", (attention, skeletons, False)
    yield "SkeletalCNN", (skeletal_baselines.SkeletalCNN((16, 32, 64, 64)), skeletons, True)
    yield "Skeletal3DCNN", (skeletal_baselines.Skeletal3DCNN((16, 16, 32, 32)), skeletons, False)
    yield "TemporalLifter", (_Flat(lifting.TemporalLifter((3, 3), 32)), (pictures(9, 17, 2),), False)
    body = image_backbones.build("small", 8)
    yield (
        "AudioNetwork",
        (audiovisual.AudioNetwork(body.network, body.features), (pictures(3, 64, 64),), False),
    )
    flat = ValenceCNN2D(8, None, (8, 16, 16, 32), 32, (24, 24))
    yield "ValenceCNN2D", (flat, (pictures(3, 8, 24, 24),), False)
    recurrent = ValenceCNN2D(8, 32, (8, 16, 16, 32), 32, (24, 24))
    yield "ValenceCNN2D with LSTM", (recurrent, (pictures(3, 8, 24, 24),), False)


def _trained(model: nn.Module, inputs: Inputs, channels_last: bool) -> Numbers:
    """Predictions, (samples, outputs), and the last weights of a network after a few steps."""
    cpu = torch.device("cpu")
    outputs = model.eval()(*(tensor[:2] for tensor in inputs))
    values = outputs.ndim == 1
    settings = TrainingSettings(
        task="regression" if values else "classification",
        epochs=3,
        patience=3,
        batch_size=8,
        learning_rate=0.003,
        channels_last=channels_last,
    )
    targets = torch.arange(SAMPLES) % 4
    part = Part(inputs, targets.float() if values else targets)
    fit(model, part, part, settings, seed=1, device=cpu)
    weights = torch.cat([weight.detach().flatten() for weight in model.parameters()])
    return np.concatenate([predict(model, part, settings, cpu).numpy().ravel(), weights.numpy()])
