import math

import pytest
import torch
import torchvision

from lib.models.audiovisual import (
    AudioNetwork,
    AudioVisualAttention,
    AudioVisualFusion,
    AudioVisualNetwork,
    VideoNetwork,
)
from lib.models.image_backbones import SmallBackbone, build
from lib.models.weights import count_parameters


@torch.no_grad()
def by_equations(layer, audio, video):
    """Equations 5 to 7, term by term."""
    outputs = []
    for one, two in zip(audio, video, strict=True):
        terms = [one, two] if layer.over == "modalities" else [value[None] for value in torch.cat([one, two])]
        hidden = [torch.tanh(layer.hidden.weight @ c + layer.hidden.bias) for c in terms]
        scores = [math.exp(float(h.abs() @ layer.context)) for h in hidden]
        weighted = [s / sum(scores) * c for s, c in zip(scores, terms, strict=True)]
        outputs.append(torch.cat(weighted) if layer.over == "gate" else sum(weighted))
    return torch.stack(outputs)


@pytest.mark.parametrize("over, size", [("modalities", 5), ("positions", 1), ("gate", 10)])
def test_attention_equals_the_equations(over, size):
    torch.manual_seed(0)
    layer = AudioVisualAttention(5, over)
    audio, video = torch.randn(3, 5), torch.randn(3, 5)
    fused, weights = layer(audio, video)
    assert fused.shape == (3, size) and layer.size == size
    torch.testing.assert_close(fused, by_equations(layer, audio, video))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    with pytest.raises(ValueError, match="time"):
        AudioVisualAttention(5, "time")


def network(fusion="attention", hidden=16):
    torch.manual_seed(1)
    audio, video = SmallBackbone(4), SmallBackbone(4)
    faces = VideoNetwork(video, 16, hidden)
    joined = AudioVisualFusion(16, faces.size, fusion)
    return AudioVisualNetwork(AudioNetwork(audio, 16), faces, joined).eval()


@pytest.mark.parametrize("fusion", ["attention", "concatenation"])
def test_a_sample_does_not_depend_on_its_batch(fusion):
    model = network(fusion)
    images, faces = torch.randn(3, 3, 32, 32), torch.randn(3, 5, 3, 32, 32)
    whole = model(images, faces)
    assert whole.shape == (3, 6)
    torch.testing.assert_close(whole[1:2], model(images[1:2], faces[1:2]))
    vectors = model.audio.represent(images), model.video.represent(faces)
    torch.testing.assert_close(whole, model.fusion(*vectors))
    if fusion == "attention":
        weights = model.fusion.explain(*vectors)
        torch.testing.assert_close(weights, model.fusion.attention(*vectors)[1])
    else:
        with pytest.raises(ValueError, match="no attention"):
            model.fusion.explain(*vectors)


def test_the_lstm_sees_the_order_of_faces_and_the_mean_does_not():
    faces = torch.randn(2, 5, 3, 32, 32)
    with_lstm, without = network().video, network("concatenation", None).video
    assert (with_lstm(faces) - with_lstm(faces.flip(1))).abs().max() > 1e-5
    torch.testing.assert_close(without(faces), without(faces.flip(1)))


def test_unequal_vectors_cannot_be_weighed():
    with pytest.raises(ValueError, match="16 and 8 values"):
        network(hidden=8)


def test_sizes_of_the_paper():
    lstm = VideoNetwork(torch.nn.Identity(), 4096, 4096).lstm
    assert count_parameters(lstm) == 134_250_496
    assert AudioVisualAttention(4096).size == 4096


@pytest.mark.slow
def test_vgg19_gives_fc7_of_torchvision(tmp_path):
    torch.manual_seed(0)
    whole = torchvision.models.vgg19(weights=None).eval()
    torch.save(whole.state_dict(), tmp_path / "vgg19.pth")
    backbone = build("vgg19", weights=tmp_path / "vgg19.pth")
    assert backbone.features == 4096 and "ImageNet" in backbone.origin
    picture = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        fc7 = backbone.network.eval()(picture)
        torch.testing.assert_close(whole.classifier[6](fc7), whole(picture))
