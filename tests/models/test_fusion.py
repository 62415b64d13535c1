import pytest
import torch

from lib.models.fusion import CMA, SMERN, SMERNGA, AlignmentFusion, statistics_pooling
from lib.models.multimodal import MultimodalNetwork
from lib.models.skeletal import SMACN
from lib.models.speech_text import ARE, TRE

SIZES = {"skeleton": 8, "classes": 4}


def fusions():
    return {
        "SMERN": SMERN(8, 8, **SIZES),
        "SMERN of shi2020": SMERN(8, 8, **SIZES, joint=12),
        "SMERN-GA": SMERNGA(8, 8, **SIZES, nodes=6, features=5),
        "CMA": CMA(8, 35, **SIZES, heads=2),
        "Xu et al.": AlignmentFusion(8, 35, **SIZES, states=4),
    }


def network(fusion):
    torch.manual_seed(0)
    skeleton = SMACN(
        first_channels=4, channels=8, heads=2, attention_features=4, representation=8, mask_padding=True
    )
    audio = ARE(hidden=8, representation=8)
    text = TRE(20, embedding=8, hidden=8, representation=8)
    return MultimodalNetwork(skeleton, audio, text, fusion)


def inputs(longer=0):
    generator = torch.Generator().manual_seed(1)
    skeletons = torch.randn(3, 3, 48, 10, generator=generator)
    mfcc = torch.randn(3, 30, 39, generator=generator)
    tokens = torch.randint(2, 20, (3, 7), generator=generator)
    prosody = torch.randn(3, 35, generator=generator)
    frames, steps, words = map(torch.tensor, ([48, 33, 20], [9, 30, 4], [3, 7, 1]))
    for sample, length in enumerate(frames):
        skeletons[sample, :, length:] = 0
    pad = torch.nn.functional.pad
    skeletons = pad(skeletons, (0, 0, 0, 16 * longer))
    mfcc, tokens = pad(mfcc, (0, 0, 0, longer)), pad(tokens, (0, longer))
    return skeletons, frames, mfcc, steps, prosody, tokens, words


@pytest.mark.parametrize("name", fusions())
def test_padding_changes_nothing(name):
    model = network(fusions()[name]).eval()
    torch.testing.assert_close(model(*inputs()), model(*inputs(longer=3)))
    alone = model(*(tensor[2:] for tensor in inputs()))
    torch.testing.assert_close(model(*inputs())[2:], alone)


@pytest.mark.parametrize("name", fusions())
def test_every_weight_of_the_fusion_learns(name):
    model = network(fusions()[name])
    model(*inputs()).square().sum().backward()
    for key, weight in model.fusion.named_parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0, key


def test_smern_has_the_sizes_of_the_paper():
    model = SMERN()
    sizes = [(layer.in_features, layer.out_features) for layer in model.halve]
    assert sizes == [(200, 100), (200, 100), (256, 128)]
    assert model.output.in_features == 328
    assert SMERNGA().output.in_features == 192
    assert CMA().output.in_features == 800 + 35 + 256


def test_statistics_pooling_of_unequal_lengths():
    states = torch.tensor([[[1.0], [3.0], [100.0]], [[2.0], [4.0], [6.0]]])
    mask = torch.tensor([[True, True, False], [True, True, True]])
    pooled = statistics_pooling(states, mask)
    expected = torch.tensor([[2.0, 1.0], [4.0, (8 / 3) ** 0.5]])
    torch.testing.assert_close(pooled, expected)


def test_explained_weights_sum_to_one():
    model = fusions()["SMERN-GA"]
    weights = model.explain(*torch.randn(3, 2, 8))
    assert weights.shape == (2, 4, 3, 3)
    torch.testing.assert_close(weights.sum(dim=3), torch.ones(2, 4, 3))
