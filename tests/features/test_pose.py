import json

import numpy as np
import pytest

from lib.features.pose import PoseError, Poses, read_alphapose, write_alphapose


def row(frame="0.jpg", x=10.0, keypoints=17, **more):
    values = [[x + k, 20.0 + k, 0.9] for k in range(keypoints)]
    base = {
        "image_id": frame,
        "category_id": 1,
        "keypoints": [v for point in values for v in point],
        "score": 2.5,
    }
    return base | more


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("image_id", "frame"),
    [("12.jpg", 12), ("000012.jpg", 12), ("frame_12.png", 12), ("v2/frame_7.png", 7), (12, 12)],
)
def test_frame_numbers_of_all_versions(tmp_path, image_id, frame):
    assert read_alphapose(write(tmp_path / "a.json", [row(image_id)])).frame.tolist() == [frame]


@pytest.mark.parametrize(
    ("more", "track"),
    [({}, -1), ({"idx": 3}, 3), ({"idx": 3.0}, 3), ({"idx": [4]}, 4), ({"idx": [[5, 1]]}, 5),
     ({"idx": []}, -1), ({"idx": "3"}, 3), ({"idx": "3.0"}, 3), ({"idx": ["4"]}, 4)],
)  # fmt: skip
def test_track_ids_of_all_versions(tmp_path, more, track):
    assert read_alphapose(write(tmp_path / "a.json", [row(**more)])).track.tolist() == [track]


def test_people_come_in_the_order_of_frames(tmp_path):
    poses = read_alphapose(write(tmp_path / "a.json", [row("9.jpg"), row("2.jpg"), row("10.jpg")]))
    assert poses.frame.tolist() == [2, 9, 10]
    assert np.isnan(poses.box).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "is not JSON"),
        ({"people": []}, "--format cmu or open"),
        ([], "no person"),
        ([{"keypoints": [0] * 51}], "no image_id"),
        ([row(keypoints=18)], "18 keypoints"),
        ([row(x=float("nan"))], "not a finite number"),
        ([row() | {"keypoints": ["a"] * 51}], "not plain numbers"),
        ([row("cover.jpg")], "no one number of a frame"),
        ([row(-1)], "no one number"),
        ([row(True)], "no one number"),
        ({"0.jpg": {"bodies": []}}, "an object with 0.jpg"),
        ([row() | {"keypoints": ["1"] * 51}], "keypoints: not plain numbers"),
        ([row() | {"keypoints": [1.0] * 52}], "17.3333 keypoints"),
        ([row(score=float("nan"))], "score: not a finite number"),
        ([row(score="high")], "score: not plain numbers"),
        ([row(box=[1, 2, 3])], "3 numbers instead of 4"),
        ([row(idx="a")], "idx: not plain numbers"),
        ([row(idx=1.5)], "not a whole number"),
    ],
)
def test_other_layouts_are_refused_by_name(tmp_path, content, message):
    path = write(tmp_path / "poses.json", content)
    with pytest.raises(PoseError, match=message) as error:
        read_alphapose(path)
    assert "poses.json" in str(error.value)


@pytest.mark.parametrize(
    ("names", "frames", "found"),
    [
        (["3 (1).jpg", "4 (1).jpg"], None, [3, 4]),
        (["cam2_07.jpg", "cam2_08.jpg"], None, [7, 8]),
        (["07_cam2.jpg", "08_cam2.jpg"], None, [7, 8]),
        (["0.jpg", "1.jpg"], 2, [0, 1]),
        (["1.jpg", "2.jpg"], 2, [0, 1]),  # counted from 1
        (["1.jpg", "2.jpg"], 3, [1, 2]),  # nobody in the first frame
        ([1, 2], 2, [0, 1]),
        (["7", "8"], None, [7, 8]),
        (["take.2/7.png", "take.10/8.png"], None, [7, 8]),
    ],
)
def test_the_number_that_changes_is_the_frames(tmp_path, names, frames, found):
    path = write(tmp_path / "a.json", [row(name) for name in names])
    assert read_alphapose(path, frames).frame.tolist() == found


@pytest.mark.parametrize(
    ("names", "frames", "message"),
    [
        (["3.jpg", "4 (1).jpg"], None, r"'4 \(1\)\.jpg' has no one number of a frame"),
        (["3 (1).jpg", "4 (2).jpg"], None, "no one number"),
        (["0.jpg", "499.jpg"], 100, "frames 0 to 499, of a video of 100"),
        (["0.jpg", "100.jpg"], 100, "frames 0 to 100, of a video of 100"),
        (["1700000000000000.jpg", "1700000000033333.jpg"], None, "are no frames"),
        (["12345678901234567890123.jpg"], None, "are no frames"),
    ],
)
def test_names_that_are_no_frames_are_refused(tmp_path, names, frames, message):
    path = write(tmp_path / "poses.json", [row(name) for name in names])
    with pytest.raises(PoseError, match=message) as error:
        read_alphapose(path, frames)
    assert "poses.json" in str(error.value)


@pytest.mark.parametrize("keypoints", [26, 136])
def test_halpe_begins_with_cocos_keypoints(tmp_path, keypoints):
    poses = read_alphapose(write(tmp_path / "a.json", [row(keypoints=keypoints)]))
    assert poses.keypoints.shape == (1, 17, 3)
    assert poses.keypoints[0, :, 0].tolist() == [10.0 + k for k in range(17)]


def test_a_missing_score_is_the_mean_confidence_and_does_not_win(tmp_path):
    without = {name: value for name, value in row().items() if name != "score"}
    poses = read_alphapose(write(tmp_path / "a.json", [row(), without, row(score=None, box=None)]))
    np.testing.assert_allclose(poses.score, [2.5, 0.9, 0.9])


def test_values_that_are_not_finite_are_not_written(tmp_path):
    poses = read_alphapose(write(tmp_path / "a.json", [row()]))
    poses.keypoints[0, 3, 1] = np.nan
    with pytest.raises(PoseError, match=r"out\.json.*finite"):
        write_alphapose(tmp_path / "out.json", poses)
    assert not (tmp_path / "out.json").exists()


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_alphapose(tmp_path / "none.json")


def test_round_trip(tmp_path):
    generator = np.random.default_rng(0)
    poses = Poses(
        np.array([0, 0, 3]),
        generator.uniform(0, [100, 100, 1], (3, 17, 3)).astype(np.float32),
        np.array([1, 2, 3], np.float32),
        np.array([[1, 2, 3, 4], [5, 6, 7, 8], [np.nan] * 4], np.float32),
        np.array([1, 2, -1]),
    )
    read = read_alphapose(write_alphapose(tmp_path / "deep" / "a.json", poses))
    for name in ("frame", "score", "box", "track"):
        np.testing.assert_array_equal(getattr(read, name), getattr(poses, name))
    np.testing.assert_allclose(read.keypoints, poses.keypoints, atol=1e-3)
