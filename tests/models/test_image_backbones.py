import copy

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from lib.models.image_backbones import SmallBackbone, build, freeze
from lib.models.weights import CheckpointError


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return torchvision.models.resnet18(weights=None)


@pytest.mark.parametrize("classes, origin", [(1000, "ImageNet"), (365, "Places365"), (690, "Stock")])
def test_checkpoints_in_their_own_formats(tmp_path, resnet, classes, origin):
    state = dict(resnet.state_dict())
    state["fc.weight"], state["fc.bias"] = torch.zeros(classes, 512), torch.zeros(classes)
    path = tmp_path / "weights.pth.tar"
    if classes == 1000:
        torch.save(state, path)
    else:
        parallel = {f"module.{name}": value for name, value in state.items()}
        torch.save({"epoch": 90, "arch": "resnet18", "state_dict": parallel}, path)
    backbone = build("resnet18", weights=path)
    assert backbone.features == 512 and origin in backbone.origin
    picture = torch.randn(2, 3, 64, 64)
    resnet.eval()
    with torch.no_grad():
        features = freeze(backbone.network)(picture)
        expected = resnet.fc(features)
        torch.testing.assert_close(resnet(picture), expected)
    assert not any(weight.requires_grad for weight in backbone.network.parameters())


def test_without_a_file_the_weights_are_marked_random():
    assert build("small", channels=4).origin == "random"
    small = build("small", channels=4)
    assert small.network(torch.randn(2, 3, 32, 32)).shape == (2, small.features)


def test_the_branches_of_emotionnets_file_that_are_no_part_of_the_backbone_are_left_out(tmp_path, resnet):
    state = {f"module.{name}": value for name, value in resnet.state_dict().items()}
    for name, size in (("fc", 690), ("proj", 300), ("fc_aux", 8)):
        state |= {f"module.{name}.weight": torch.zeros(size, 512), f"module.{name}.bias": torch.zeros(size)}
    torch.save({"state_dict": state}, tmp_path / "emotionnet.pth.tar")
    built = build("resnet18", weights=tmp_path / "emotionnet.pth.tar")
    assert built.origin == "emotionnet.pth.tar (StockEmotion)"
    assert torch.equal(built.network.conv1.weight, resnet.conv1.weight)


def test_imagenet_weights_are_torchvisions_own(monkeypatch, resnet):
    asked = []

    def made(weights):
        asked.append(weights)
        return copy.deepcopy(resnet)

    monkeypatch.setattr(torchvision.models, "resnet18", made)
    assert build("resnet18", weights="imagenet").origin == "ImageNet (torchvision)"
    assert build("resnet18", weights="random").origin == "random" and asked == ["IMAGENET1K_V1", None]
    with pytest.raises(ValueError, match="no ImageNet weights"):
        build("small", weights="imagenet")


@pytest.mark.parametrize("stated", ["drawn pictures", None])
def test_safetensors_files_state_their_origin(tmp_path, stated):
    path = tmp_path / "weights.safetensors"
    state = SmallBackbone(4).state_dict()
    save_file(state, path, None if stated is None else {"origin": stated})
    built = build("small", channels=4, weights=path)
    assert built.origin == (stated or path.name)
    assert all(torch.equal(value, state[name]) for name, value in built.network.state_dict().items())


def test_files_that_do_not_fit(tmp_path, resnet):
    with pytest.raises(FileNotFoundError, match=r"DATASETS\.md"):
        build("resnet18", weights=tmp_path / "none.pth")
    (tmp_path / "bad.pth").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be read"):
        build("resnet18", weights=tmp_path / "bad.pth")
    torch.save({"state_dict": {"epoch": 3}}, tmp_path / "empty.pth")
    with pytest.raises(CheckpointError, match="no state dict"):
        build("resnet18", weights=tmp_path / "empty.pth")
    torch.save(resnet.state_dict(), tmp_path / "r18.pth")
    with pytest.raises(CheckpointError, match="does not fit"):
        build("resnet50", weights=tmp_path / "r18.pth")
    with pytest.raises(CheckpointError, match="does not fit"):
        build("small", weights=tmp_path / "r18.pth")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be read"):
        build("small", weights=tmp_path / "bad.safetensors")
    with pytest.raises(ValueError, match="vgg"):
        build("vgg")
