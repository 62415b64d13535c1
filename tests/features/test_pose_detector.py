import av
import numpy as np
import pytest
import torch
from torchvision.models.detection import keypointrcnn_resnet50_fpn

from lib.features import pose_detector
from lib.features.pose import read_alphapose
from lib.features.pose_detector import detect, load
from lib.features.video import VideoError
from lib.models.weights import CheckpointError
from scripts.pose_detector import downloaded, main

FRAMES, WIDTH, HEIGHT = 5, 64, 48
SMALL = {
    "min_size": 64, "max_size": 96, "box_detections_per_img": 3, "rpn_pre_nms_top_n_test": 20,
    "rpn_post_nms_top_n_test": 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    model = keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def model(weights):
    return load(weights, "cpu", **SMALL)


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "a.avi"
    generator = np.random.default_rng(0)
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(FRAMES):
            image = generator.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode(None))
    return path


class Fixed(torch.nn.Module):
    """A detector that sees two people: one sure, one unsure; none in the second frame."""

    def __init__(self):
        super().__init__()
        self.sizes = []
        self.seen = 0

    def forward(self, images):
        self.sizes.append(len(images))
        results = []
        for image in images:
            assert image.shape == (3, HEIGHT, WIDTH)
            assert image.min() >= 0 and image.max() <= 1
            people = 0 if self.seen == 1 else 2
            boxes = torch.tensor([[10.0, 20.0, 40.0, 45.0], [0.0, 0.0, 5.0, 5.0]])
            self.seen += 1
            results.append(
                {
                    "boxes": boxes[:people],
                    "scores": torch.tensor([0.9, 0.4])[:people],
                    "keypoints": torch.full((people, 17, 3), 7.0),
                    "keypoints_scores": torch.zeros(people, 17),
                }
            )
        return results


def test_people_are_converted(video):
    detector = Fixed()
    poses = detect(video, detector, batch=2)
    assert detector.sizes == [2, 2, 1]
    assert poses.frame.tolist() == [0, 2, 3, 4]
    np.testing.assert_allclose(poses.box[0], [10, 20, 30, 25])
    np.testing.assert_allclose(poses.keypoints[0, 0], [7, 7, 0.5])
    assert set(poses.track.tolist()) == {-1}
    assert len(detect(video, Fixed(), least=0.3)) == 8


def test_nobody(video):
    poses = detect(video, Fixed(), least=0.95)
    assert len(poses) == 0
    assert poses.keypoints.shape == (0, 17, 3)


def test_format_with_the_real_network(video, model):
    poses = detect(video, model, batch=4, least=0.0)
    assert set(poses.frame.tolist()) <= set(range(FRAMES)) and len(poses)
    assert poses.keypoints.shape == (len(poses), 17, 3)
    assert poses.box.shape == (len(poses), 4)
    assert (poses.box[:, 2:] >= 0).all()
    confidence = poses.keypoints[..., 2]
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert poses.keypoints.dtype == poses.box.dtype == poses.score.dtype == np.float32
    assert (np.diff(poses.frame) >= 0).all()


@pytest.mark.slow
def test_local_weights_round_trip(tmp_path, model, video):
    path = tmp_path / "again.pth"
    torch.save(model.state_dict(), path)
    again = load(path, "cpu", **SMALL)
    for (name, old), (other, new) in zip(model.state_dict().items(), again.state_dict().items(), strict=True):
        assert name == other
        torch.testing.assert_close(old, new)
    one, two = (detect(video, each, least=0.0) for each in (model, again))
    np.testing.assert_array_equal(one.keypoints, two.keypoints)


def test_same_normalisation_as_torchvision(weights, model):
    theirs = keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None, **SMALL)
    theirs.load_state_dict(torch.load(weights, weights_only=True))
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        mine, reference = model.backbone(images), theirs.eval().backbone(images)
    for name in reference:
        torch.testing.assert_close(mine[name], reference[name], rtol=1e-2, atol=1e-3)


def test_missing_weights(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.pth: get torchvision's keypointrcnn"):
        load(tmp_path / "none.pth", "cpu")


def test_broken_weights(tmp_path):
    path = tmp_path / "broken.pth"
    path.write_bytes(b"not a state dict")
    with pytest.raises(CheckpointError, match=r"broken\.pth cannot be read"):
        load(path, "cpu")
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match="but a list"):
        load(path, "cpu")
    torch.save({"other": torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match="does not fit the network"):
        load(path, "cpu")


def test_failed_download(monkeypatch):
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    def refuse(self, *args, **kwargs):
        raise OSError("no route")

    monkeypatch.setattr(type(KeypointRCNN_ResNet50_FPN_Weights.COCO_V1), "get_state_dict", refuse)
    with pytest.raises(OSError, match=r"no route.*local \.pth file"):
        downloaded()


def test_downloaded_weights_are_where_torchvision_keeps_them(monkeypatch, tmp_path):
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    monkeypatch.setattr(type(KeypointRCNN_ResNet50_FPN_Weights.COCO_V1), "get_state_dict", lambda *a, **k: {})
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert downloaded() == tmp_path / "checkpoints" / "keypointrcnn_resnet50_fpn_coco-fc266e95.pth"


def test_missing_and_broken_video(tmp_path):
    with pytest.raises(FileNotFoundError):
        detect(tmp_path / "none.avi", Fixed())
    path = tmp_path / "broken.avi"
    path.write_bytes(b"no video")
    with pytest.raises(VideoError):
        detect(path, Fixed())
    with pytest.raises(ValueError, match="batch is 0"):
        detect(path, Fixed(), batch=0)


def test_command_line(tmp_path, monkeypatch, video, capsys):
    monkeypatch.setattr(pose_detector, "load", lambda weights, device: Fixed())
    target = tmp_path / "out" / "alphapose-results.json"
    command = [str(video), "--to", str(target), "--device", "cpu", "--weights", "a.pth"]
    assert main(command) == 0
    assert "4 people in 4 frames" in capsys.readouterr().out
    poses = read_alphapose(target)
    assert poses.frame.tolist() == [0, 2, 3, 4]
    assert poses.track.tolist() == [-1] * 4


def test_command_line_says_what_is_wrong(tmp_path, video, capsys):
    with pytest.raises(SystemExit, match="1"):
        main([str(video), "--to", str(tmp_path / "a.json"), "--weights", str(tmp_path / "x.pth")])
    assert "no weights" in capsys.readouterr().err
