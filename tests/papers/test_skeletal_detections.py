"""Where people in IEMOCAP's videos come from, and what must be there before the extraction starts."""

import json
import shutil
from types import SimpleNamespace

import av
import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from torchvision.models.detection import KeypointRCNN
from torchvision.models.detection.rpn import AnchorGenerator
from torchvision.ops import MultiScaleRoIAlign

from lib import params
from lib.corpora import catalogue, provenance
from lib.features import pose_detector
from lib.features.pose import read_alphapose
from lib.features.store import FeatureStore
from lib.models.lifting import TemporalLifter
from lib.papers.skeletal import detections, extraction
from scripts import mediapipe_pose
from scripts.sample_corpora import iemocap as sample

RESULT = "alphapose-results.json"
SECONDS, FPS, WIDTH, HEIGHT = 2, 25, 96, 64


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "iemocap"
    sample.write(folder, seed=5, dialogues=2, utterances=10)
    return folder


@pytest.fixture
def labelled(project):
    table = catalogue.read("iemocap", project / "data")
    return table[table["label"].notna()]


def extract(project, labelled, detected):
    settings = params.read("skeletal.extraction", extraction.ExtractionStage, "iemocap")
    torch.manual_seed(0)
    lifter = extraction.Lifter(TemporalLifter((3, 3), 8).eval(), {"lifter": "random"})
    data = provenance.read(project / "data" / "iemocap")
    out = project / "out"
    return extraction.extract("iemocap", labelled, settings, lifter, out, data, detected)


def dialog(project):
    return project / "data/iemocap/IEMOCAP_full_release/Session1/dialog"


def test_alphaposes_results_are_the_corpuss_by_default(project, labelled):
    settings = params.read("skeletal.extraction", extraction.ExtractionStage, "iemocap")
    assert (settings.detector, settings.detector_weights) == ("alphapose", None)
    found = detections.detect(labelled, settings.detector, None, project / "out")
    assert found == project / "data/iemocap/alphapose" and not (project / "out").exists()


def test_everything_that_is_missing_is_in_one_message(project, labelled):
    for kind, name in (("hand", "F_impro01"), ("rotated", "F_impro01"), ("head", "M_script01_1")):
        (dialog(project) / f"MOCAP_{kind}" / f"Ses01{name}.txt").unlink()
    (project / "data/iemocap/alphapose/Ses01M_script01_1" / RESULT).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        detections.detect(labelled, "alphapose", None, project / "out")
    first, *lines = str(caught.value).split("\n")
    assert first == "3 missing:" and len(lines) == 3
    text = "\n".join(lines)
    for name in ("hand/Ses01F_impro01", "rotated/Ses01F_impro01", "head/Ses01M_script01_1"):
        assert f"MOCAP_{name}.txt" in text
    assert "MOCAP_head/Ses01F_impro01" not in text and "copy them from the release" in text
    assert f"alphapose/Ses01M_script01_1/{RESULT}: run AlphaPose on the video" in text


def test_the_dialogue_without_markers_in_the_release_is_not_missing(project, labelled):
    folder = project / "data/iemocap"
    turns = labelled.assign(dialogue=labelled["dialogue"] + "b")
    for name in turns["dialogue"].unique():
        shutil.copytree(folder / "alphapose" / name[:-1], folder / "alphapose" / name)
    assert detections.detect(turns, "alphapose", None, project / "out") == folder / "alphapose"


def test_a_corpus_without_videos_needs_nothing(project):
    gaits = pd.DataFrame({"sample_id": ["a"], "label": ["happy"]})
    detections.detect(gaits, "keypoint_rcnn", None, project / "out")


@pytest.mark.parametrize("weights", [None, "absent.pth"])
def test_keypoint_rcnn_without_weights_is_refused_and_nothing_is_downloaded(project, labelled, weights):
    wanted = r"skeletal\.extraction\.detector_weights; get torchvision's keypointrcnn_resnet50_fpn_coco"
    file = weights or r"\(empty\)"
    with pytest.raises(FileNotFoundError, match=rf"1 missing:\nno file .*/{file}: name it in {wanted}"):
        detections.detect(labelled, "keypoint_rcnn", weights, project / "out")


def tiny(weights, device="cpu"):
    """Keypoint R-CNN with one convolution and random weights."""
    assert weights.name == "tiny.pth"
    torch.manual_seed(1)
    backbone = torch.nn.Conv2d(3, 8, 8, stride=8)
    backbone.out_channels = 8
    return KeypointRCNN(
        backbone, num_classes=2, num_keypoints=17, min_size=HEIGHT, max_size=WIDTH,
        rpn_anchor_generator=AnchorGenerator(((24, 40),), ((1.0, 2.0),)),
        box_roi_pool=MultiScaleRoIAlign(["0"], 7, 2), keypoint_roi_pool=MultiScaleRoIAlign(["0"], 14, 2),
        rpn_post_nms_top_n_test=10, box_detections_per_img=4, box_score_thresh=0.0,
    ).eval()  # fmt: skip


@pytest.fixture
def two_seconds(project, labelled):
    """One dialogue with a video of two seconds, and an utterance of each actor."""
    turns = labelled[labelled["dialogue"] == "Ses01F_impro01"].drop_duplicates("side").copy()
    turns["start"], turns["end"] = [0.2, 1.0], [0.9, 1.9]
    for wav, length in zip(turns["wav"], turns["end"] - turns["start"], strict=True):
        sound = np.random.default_rng(0).normal(0, 0.1, round(16000 * length))
        soundfile.write(project / "data/iemocap" / wav, sound, 16000)
    generator = np.random.default_rng(0)
    with av.open(str(project / "data/iemocap" / turns["video"].iloc[0]), "w", format="avi") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(SECONDS * FPS):
            image = generator.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode(None))
    return turns


@pytest.mark.slow
def test_keypoint_rcnn_detects_people_for_the_extraction(project, two_seconds, monkeypatch):
    shutil.rmtree(project / "data/iemocap/alphapose")
    (project / "tiny.pth").touch()
    monkeypatch.setattr(pose_detector, "load", tiny)
    settings = {"least": 0.3}
    detect = pose_detector.detect
    monkeypatch.setattr(pose_detector, "detect", lambda *given: detect(*given, **settings))
    detected = detections.detect(two_seconds, "keypoint_rcnn", "tiny.pth", project / "out")
    assert detected == project / "out/keypoint_rcnn"
    poses = read_alphapose(detected / "Ses01F_impro01" / RESULT, SECONDS * FPS)
    assert set(poses.frame.tolist()) <= set(range(SECONDS * FPS)) and len(poses) > SECONDS * FPS
    result = extract(project, two_seconds, detected)
    store = FeatureStore(project / "out/skeleton.arrow")
    assert set(result.samples["sample_id"]) == set(store) and len(store) >= 1
    assert {len(store[name]) for name in store} <= {17, 18, 22, 23}
    assert len(result.sides) == 1 and result.sides["found"].tolist() == ["unsure"]
    assert "alphapose" in result.samples and not (project / "data/iemocap/alphapose").exists()


def landmarks(time):
    """MediaPipe's 33 landmarks of a person who sits in the left half and waves the left hand."""
    points = [SimpleNamespace(x=0.25, y=0.3, z=-0.1, visibility=0.999) for _ in range(33)]
    places = {
        0: (0.25, 0.2), 2: (0.26, 0.19), 5: (0.24, 0.19), 7: (0.28, 0.2), 8: (0.22, 0.2),
        11: (0.33, 0.35), 12: (0.17, 0.35), 13: (0.36, 0.5), 14: (0.14, 0.5),
        15: (0.36, 0.4 + 0.1 * np.sin(4 * time)), 16: (0.15, 0.65), 23: (0.3, 0.75), 24: (0.2, 0.75),
        25: (0.3, 1.1), 26: (0.2, 1.1), 27: (0.3, 1.4), 28: (0.2, 1.4),
    }  # fmt: skip
    for number, (x, y) in places.items():
        points[number].x, points[number].y = x, y
    for number in (25, 26, 27, 28):  # guessed below the picture
        points[number].visibility = 0.01
    return points


def test_mediapipes_file_of_one_person_goes_through_the_extraction(project, labelled):
    """Reader, choice of the person, lifter: utterances of the other actor are left out."""
    turns = labelled[labelled["dialogue"] == "Ses01F_impro01"]
    path = project / "data/iemocap/alphapose/Ses01F_impro01" / RESULT
    frames = read_alphapose(path).frame.max() + 1
    times = np.arange(frames) / 29.97
    rows = [mediapipe_pose.row(k, landmarks(time), 240, 160) for k, time in enumerate(times) if k % 7]
    assert set(rows[0]) == {"image_id", "category_id", "keypoints", "score", "box", "idx"}
    assert rows[0]["keypoints"][:3] == [60.0, 32.0, 0.999]
    path.write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")
    detected = detections.detect(turns, "alphapose", None, project / "out")
    result = extract(project, turns, detected)
    left = turns.loc[turns["side"] == "left", "sample_id"]
    assert 0 < len(left) < len(turns)
    assert set(result.samples["sample_id"]) == set(left) == set(FeatureStore(project / "out/skeleton.arrow"))
    assert result.exclusions["reason"].str.contains("never in the picture").all()
    assert result.sides["found"].tolist() == ["unsure"]
    assert result.samples["filled"].between(0.1, 0.2).all()  # one frame of seven
    store = FeatureStore(project / "out/unfiltered.arrow")
    assert max(np.ptp(store[name], axis=0).max() for name in store) > 0
