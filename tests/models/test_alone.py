"""Networks used alone: empty sequences, masks without any True, NaN, frozen backbones."""

import pytest
import torch
from torch import nn

from lib.models import (
    attention,
    audiovisual,
    context,
    fusion,
    grad_cam,
    mocap,
    skeletal,
    skeletal_baselines,
    speech_text,
    valence,
)

BATCH, EMPTY = 3, 1
LENGTHS = torch.tensor([6, 0, 4])


def skeletons():
    return torch.randn(BATCH, 3, 32, 10)


def speech():
    return torch.randn(BATCH, 8, 39), LENGTHS, torch.randn(BATCH, 35)


def words():
    return torch.randint(1, 20, (BATCH, 8)), LENGTHS


def states():
    return torch.randn(BATCH, 8, 200), LENGTHS


def pictures(*shape):
    return torch.rand(BATCH, *shape)


def backbone():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def clips():
    return pictures(3, 4, 16, 16)


FACES = {"channels": (4, 4, 4, 4), "hidden": 4, "size": (16, 16)}
SMALL = {"skeleton": 64}
WITH_LENGTHS = {
    "ARE": (speech_text.ARE, speech),
    "TRE": (lambda: speech_text.TRE(20), words),
    "MDRE": (lambda: speech_text.MDRE(20), lambda: (*speech(), *words())),
    "MDREA": (lambda: speech_text.MDREA(20), lambda: (*speech(), *words())),
    "SMACN": (
        lambda: skeletal.SMACN(first_channels=8, channels=8, mask_padding=True),
        lambda: (skeletons(), LENGTHS),
    ),
    "LSTM": (skeletal_baselines.SkeletalLSTM, lambda: (skeletons(), LENGTHS)),
    "LSTM + attention": (
        lambda: skeletal_baselines.SkeletalLSTMAttention(mask_padding=True),
        lambda: (skeletons(), LENGTHS),
    ),
    "CMA": (
        lambda: fusion.CMA(**SMALL),
        lambda: (torch.randn(BATCH, 35), torch.randn(BATCH, 64), *states(), *states()),
    ),
    "Xu et al.": (
        lambda: fusion.AlignmentFusion(**SMALL),
        lambda: (torch.randn(BATCH, 35), torch.randn(BATCH, 64), *states(), *states()),
    ),
}
OTHERS = {
    "MoCap model": (mocap.MoCapNetwork, lambda: (torch.randn(BATCH, 200, 189),)),
    "CNN": (lambda: skeletal_baselines.SkeletalCNN((4, 4, 4, 4)), lambda: (skeletons(),)),
    "3DCNN": (lambda: skeletal_baselines.Skeletal3DCNN((4, 4, 4, 4)), lambda: (skeletons(),)),
    "SMERN": (
        lambda: fusion.SMERN(**SMALL),
        lambda: (torch.randn(BATCH, 200), torch.randn(BATCH, 200), torch.randn(BATCH, 64)),
    ),
    "SMERN-GA": (
        lambda: fusion.SMERNGA(**SMALL),
        lambda: (torch.randn(BATCH, 200), torch.randn(BATCH, 200), torch.randn(BATCH, 64)),
    ),
    "audio": (lambda: audiovisual.AudioNetwork(backbone(), 4), lambda: (pictures(3, 16, 16),)),
    "video": (
        lambda: audiovisual.VideoNetwork(backbone(), 4, 6),
        lambda: (pictures(5, 3, 16, 16),),
    ),
    "attention fusion": (
        lambda: audiovisual.AudioVisualFusion(6, 6),
        lambda: (torch.randn(BATCH, 6), torch.randn(BATCH, 6)),
    ),
    "context": (
        lambda: context.ContextNetwork({name: backbone() for name in context.STREAMS}, 4, 5),
        lambda: tuple(pictures(3, 16, 16) for _ in context.STREAMS),
    ),
    "2D-CNN": (lambda: valence.ValenceCNN2D(4, None, **FACES), lambda: (clips(),)),
    "CNN + RNN": (lambda: valence.ValenceCNN2D(4, 6, **FACES), lambda: (clips(),)),
    "3D-CNN": (lambda: valence.ValenceCNN3D(None, frames=4, **FACES), lambda: (clips(),)),
    "3D-CNN + STA": (
        lambda: valence.ValenceCNN3D(
            valence.SpatiotemporalAttention((4, 4), (4, 4), (16, 16)), frames=4, **FACES
        ),
        lambda: (clips(),),
    ),
}


def scores(model, inputs):
    with torch.no_grad():
        found = model.eval()(*inputs)
    return found if isinstance(found, torch.Tensor) else found.fused


@pytest.mark.parametrize("name", WITH_LENGTHS)
def test_an_empty_sequence_has_finite_scores_and_gradients(name):
    make, draw = WITH_LENGTHS[name]
    torch.manual_seed(0)
    model, inputs = make(), draw()
    assert scores(model, inputs).isfinite().all()
    model.train()(*inputs).sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("name", WITH_LENGTHS)
def test_padding_does_not_reach_an_empty_sequence(name):
    make, draw = WITH_LENGTHS[name]
    torch.manual_seed(0)
    model, inputs = make(), draw()
    changed = [x.clone() for x in inputs]
    for x in changed:  # sequences, whose second axis or, of skeletons, third is time
        if x.ndim > 2 or (x.dtype == torch.int64 and x.ndim == 2):
            x[EMPTY] = 2
    torch.testing.assert_close(scores(model, changed)[EMPTY], scores(model, inputs)[EMPTY])


@pytest.mark.parametrize("name", WITH_LENGTHS)
def test_batches_of_empty_sequences_alone(name):
    make, draw = WITH_LENGTHS[name]
    inputs = [torch.zeros_like(x) if x is LENGTHS else x for x in draw()]
    assert scores(make(), inputs).isfinite().all()


@pytest.mark.parametrize("name", sorted(WITH_LENGTHS.keys() - {"TRE"} | OTHERS.keys()))
def test_nan_stays_in_its_sample(name):
    """It gives NaN scores, which nobody takes for a result, and leaves the others as they are."""
    make, draw = (WITH_LENGTHS | OTHERS)[name]
    torch.manual_seed(0)
    model, inputs = make(), draw()
    damaged = [x.clone() for x in inputs]
    first = next(x for x in damaged if x.is_floating_point())
    first[0].view(-1)[0] = float("nan")
    found, before = scores(model, damaged), scores(model, inputs)
    assert found[0].isnan().all()
    torch.testing.assert_close(found[1:], before[1:])


def test_a_mask_without_any_true_has_no_weights():
    mask = torch.tensor([[True, True, False], [False, False, False]])
    raw = torch.randn(2, 3, 2, requires_grad=True)
    sums, weights = attention.weighted_sums(raw, torch.randn(2, 3, 4), mask)
    assert weights[0].sum(dim=1).tolist() == pytest.approx([1, 1])
    assert not weights[1].any() and not sums[1].any()
    sums.sum().backward()
    assert raw.grad.isfinite().all()


def test_grad_cam_looks_into_a_frozen_backbone():
    torch.manual_seed(0)
    network = nn.Sequential(backbone(), nn.Linear(4, 1)).eval()
    shown = torch.rand(2, 3, 12, 12)
    layer = grad_cam.last_convolution(network, 12, 1)
    trained = grad_cam.grad_cam(layer, lambda x: network(x)[:, 0], shown, (12, 12))
    network.requires_grad_(False)
    frozen = grad_cam.grad_cam(layer, lambda x: network(x)[:, 0], shown, (12, 12))
    assert torch.equal(trained, frozen)
