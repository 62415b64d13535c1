import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from lib.models import lifting
from lib.models.lifting import TemporalLifter, lift, load_checkpoint
from lib.models.weights import CheckpointError, read_checkpoint


def small():
    torch.manual_seed(0)
    return TemporalLifter((3, 3), 16)


def official(path, model, **changes):
    content = {
        "epoch": 80,
        "lr": 0.001,
        "random_state": np.random.RandomState(3),
        "optimizer": torch.optim.Adam(model.parameters()).state_dict(),
        "model_pos": model.state_dict(),
    }
    torch.save(content | changes, path)
    return path


def test_state_dict_is_videopose3ds():
    shapes = {name: tuple(value.shape) for name, value in TemporalLifter().state_dict().items()}
    assert shapes["expand_conv.weight"] == (1024, 34, 3)
    assert shapes["shrink.weight"] == (51, 1024, 1)
    for layer in range(8):
        assert shapes[f"layers_conv.{layer}.weight"] == (1024, 1024, 1 if layer % 2 else 3)
        assert shapes[f"layers_bn.{layer}.running_var"] == (1024,)
    modules = {name.split(".")[0] for name in shapes}
    assert modules == {"expand_conv", "expand_bn", "layers_conv", "layers_bn", "shrink"}
    assert TemporalLifter().receptive_field == 243


def test_an_output_depends_on_its_receptive_field_only():
    model = small().eval()
    inputs = torch.randn(1, 30, 17, 2)
    base = model(inputs)
    assert base.shape == (1, 22, 17, 3)
    changed = inputs.clone()
    changed[:, 15] += 1
    moved = (model(changed) - base).abs().amax(dim=(0, 2, 3)) > 0
    assert moved.nonzero().flatten().tolist() == list(range(7, 16))


def test_the_official_layout_loads(tmp_path):
    model = small().eval()
    loaded = load_checkpoint(official(tmp_path / "pretrained.bin", model))
    assert loaded.filter_widths == (3, 3)
    inputs = torch.randn(1, 12, 17, 2)
    torch.testing.assert_close(loaded(inputs), model(inputs))


def test_the_official_layout_of_an_old_numpy_loads(tmp_path):
    """Names inside a file that torch 0.4 and numpy 1 wrote, such as the official one."""
    constructor = getattr(np.random, "__RandomState_ctor")

    class OldState:
        def __reduce__(self):
            return constructor, (), np.random.RandomState(1).get_state()

    path = tmp_path / "old.bin"
    content = {"epoch": 80, "lr": np.float64(0.001), "random_state": OldState()}
    torch.save(content | {"model_pos": small().state_dict()}, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    assert b"cnumpy.random\n__RandomState_ctor\n" in content
    assert b"cnumpy._core.multiarray\n_reconstruct\n" in content
    path.write_bytes(content.replace(b"cnumpy._core.", b"cnumpy.core."))
    loaded = load_checkpoint(path)
    torch.testing.assert_close(loaded.shrink.weight, small().shrink.weight)


def test_an_old_file_that_declares_more_than_it_holds(tmp_path):
    path, tied = tmp_path / "old.bin", torch.zeros(7001)
    torch.save({"seed": 2**40, "a": tied, "b": tied[1:]}, path, _use_new_zipfile_serialization=False)
    assert read_checkpoint(path)["a"].shape == (7001,)
    content, declared = path.read_bytes(), b"M" + (7001).to_bytes(2, "little") + b"N"
    path.write_bytes(content.replace(declared, b"J" + (2**31 - 1).to_bytes(4, "little") + b"N", 1))
    with pytest.raises(CheckpointError, match=r"old\.bin .*declares 2147483647 values, which \d+ bytes"):
        read_checkpoint(path)


class Foreign:
    """Something that a checkpoint must not bring along."""


def test_foreign_objects_and_damaged_weights_are_refused(tmp_path):
    model = small()
    with pytest.raises(CheckpointError, match=r"f\.bin holds a Python object"):
        load_checkpoint(official(tmp_path / "f.bin", model, random_state=Foreign()))
    for weights in ({"epoch": 3}, None):
        with pytest.raises(CheckpointError, match=r"n\.bin: no model_pos"):
            load_checkpoint(official(tmp_path / "n.bin", model, model_pos=weights))
    flat = {"expand_conv.weight": torch.zeros(3)}
    with pytest.raises(CheckpointError, match="expand_conv"):
        load_checkpoint(official(tmp_path / "flat.bin", model, model_pos=flat))
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(CheckpointError, match=r"text\.safetensors cannot be read"):
        load_checkpoint(tmp_path / "text.safetensors")


def test_forward_is_the_strided_network_of_one_frame():
    """VideoPose3D trains the same weights with strides instead of dilation."""
    model = small().eval()
    x = torch.randn(5, 9, 17, 2)
    with torch.no_grad():
        y = functional.conv1d(x.flatten(2).transpose(1, 2), model.expand_conv.weight, stride=3)
        y = torch.relu(model.expand_bn(y))
        residual = y[:, :, 1::3]
        y = functional.conv1d(y, model.layers_conv[0].weight, stride=3)
        y = torch.relu(model.layers_bn[0](y))
        y = residual + torch.relu(model.layers_bn[1](model.layers_conv[1](y)))
        torch.testing.assert_close(model(x), model.shrink(y).reshape(5, 1, 17, 3))


def test_safetensors_load(tmp_path):
    model = small().eval()
    save_file(model.state_dict(), tmp_path / "lifter.safetensors")
    loaded = load_checkpoint(tmp_path / "lifter.safetensors")
    inputs = torch.randn(1, 12, 17, 2)
    torch.testing.assert_close(loaded(inputs), model(inputs))


def test_other_files_are_refused_by_name(tmp_path):
    model = small()
    with_confidence = dict(model.state_dict())
    with_confidence["expand_conv.weight"] = torch.zeros(16, 51, 3)
    garbage = tmp_path / "garbage.bin"
    garbage.write_bytes(b"no checkpoint")
    torch.save({"weights": {}}, tmp_path / "other.bin")
    confident = official(tmp_path / "d-pt-243.bin", model, model_pos=with_confidence)
    for path, message in (
        (confident, "51 values a frame"),
        (official(tmp_path / "net.bin", model, model_pos={"a": torch.zeros(1)}), "expand_conv"),
        (tmp_path / "other.bin", "no model_pos"),
        (garbage, "cannot be read"),
    ):
        with pytest.raises(CheckpointError, match=message) as error:
            load_checkpoint(path)
        assert path.name in str(error.value)
    with pytest.raises(FileNotFoundError, match="leave the parameter empty"):
        load_checkpoint(tmp_path / "none.bin")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "git-lfs pointer"),
        (b"PK\x03\x04" + bytes(40), "is a zip archive"),
        (b"\x80\x02}q\x00", "cannot be read as a checkpoint: cut off"),
    ],
)
def test_the_error_says_what_the_file_is(tmp_path, content, message):
    path = tmp_path / "pretrained.bin"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as error:
        load_checkpoint(path)
    assert "pretrained.bin" in str(error.value)
    assert "weights_only" not in str(error.value)  # no advice to run what the file holds


def test_whole_modules_are_refused_with_the_way_out(tmp_path):
    torch.save(small(), tmp_path / "whole.bin")
    with pytest.raises(CheckpointError, match=r"TemporalLifter\): store its state_dict") as error:
        load_checkpoint(tmp_path / "whole.bin")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path, value):
    model = small()
    model.layers_bn[1].running_var[3] = value
    with pytest.raises(CheckpointError, match=r"layers_bn\.1\.running_var has values"):
        load_checkpoint(official(tmp_path / "nan.bin", model))


@pytest.mark.parametrize("widths", [(3, 7), (4, 4), (3, 2)])
def test_dense_and_even_kernels_are_refused(tmp_path, widths):
    state = small().state_dict()
    state["expand_conv.weight"] = torch.zeros(16, 34, widths[0])
    state["layers_conv.0.weight"] = torch.zeros(16, 16, widths[1])
    with pytest.raises(CheckpointError, match="dense models are not read"):
        load_checkpoint(official(tmp_path / "dense.bin", small(), model_pos=state))


def test_every_frame_is_lifted_whatever_the_chunk():
    model = small()
    keypoints = np.random.default_rng(0).uniform(0, 720, (40, 17, 2))
    whole = lift(model, keypoints, 720, 480)
    assert whole.shape == (40, 17, 3)
    np.testing.assert_allclose(lift(model, keypoints, 720, 480, chunk=7), whole, atol=1e-5)


def test_mirrored_input_gives_mirrored_output():
    model = small()
    keypoints = np.random.default_rng(0).uniform(0, 720, (20, 17, 2))
    normal = torch.from_numpy(lifting.normalise(keypoints, 720, 480))
    twice = lifting.mirror(lifting.mirror(normal, lifting.COCO), lifting.COCO)
    torch.testing.assert_close(twice, normal)
    mirrored = lifting.mirror(normal, lifting.COCO).numpy()
    pixels = (mirrored + np.array([1, 480 / 720])) * 720 / 2
    joints = torch.from_numpy(lift(model, keypoints, 720, 480))
    expected = lifting.mirror(joints, lifting.H36M).numpy()
    np.testing.assert_allclose(lift(model, pixels, 720, 480), expected, atol=1e-4)


def test_normalised_width_is_minus_one_to_one():
    corners = lifting.normalise(np.array([[0.0, 0.0], [720.0, 480.0]]), 720, 480)
    np.testing.assert_allclose(corners, [[-1, -2 / 3], [1, 2 / 3]], atol=1e-6)
