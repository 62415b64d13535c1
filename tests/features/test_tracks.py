import numpy as np
import pytest

from lib.features.kinematics import coco_from_h36m, forward_kinematics, project
from lib.features.pose import Poses
from lib.features.tracks import fill_gaps, gaps, speaker


def people(*rows):
    """Rows of (frame, x, score, track)."""
    frame, x, score, track = (np.array(values) for values in zip(*rows, strict=True))
    keypoints = np.ones((len(rows), 17, 3), np.float32)
    keypoints[:, :, 0] = x[:, None]
    box = np.stack([x - 5, x * 0, x * 0 + 10, x * 0 + 10], axis=1).astype(np.float32)
    return Poses(frame, keypoints, score.astype(np.float32), box, track)


def test_each_side_gets_its_person():
    poses = people((0, 20, 1, 1), (0, 80, 1, 2), (1, 21, 1, 1), (1, 81, 1, 2))
    for side, first in (("left", 20), ("right", 80)):
        keypoints, present = speaker(poses, side, 100, 3)
        assert keypoints[:2, 0, 0].tolist() == [first, first + 1]
        assert present.tolist() == [True, True, False]


def test_a_stray_with_a_higher_score_does_not_win():
    rows = [(frame, 20, 1.0, 1) for frame in range(50)] + [(25, 40, 9.0, 7)]
    keypoints, _ = speaker(people(*rows), "left", 100, 50)
    assert keypoints[25, 0, 0] == 20


def test_a_track_that_switches_is_followed():
    rows = [(frame, 20, 1.0, 1 if frame < 25 else 5) for frame in range(50)]
    keypoints, present = speaker(people(*rows), "left", 100, 50)
    assert present.all()
    assert (keypoints[:, 0, 0] == 20).all()


def test_without_tracks_the_score_decides():
    keypoints, _ = speaker(people((0, 20, 1.0, -1), (0, 30, 2.0, -1)), "left", 100, 1)
    assert keypoints[0, 0, 0] == 30


def test_nobody_and_frames_outside_the_video():
    keypoints, present = speaker(people((9, 20, 1, 1)), "left", 100, 5)
    assert not present.any()
    assert not keypoints.any()
    with pytest.raises(ValueError, match="never in the picture"):
        fill_gaps(keypoints, present, 0.05)


def test_gaps_are_interpolated_and_edges_held():
    keypoints, present = speaker(people((1, 10, 1, 1), (4, 40, 1, 1)), "left", 100, 6)
    filled = fill_gaps(keypoints, present, 0.05)
    assert filled[:, 0, 0].tolist() == [10, 10, 20, 30, 40, 40]
    assert filled[2, 0, 2] == 0
    assert filled[1, 0, 2] == 1


def walker(frames=40):
    """2D keypoints of a person at rest who sways, (frames, 17, 3), and that the person is seen."""
    rest = coco_from_h36m(forward_kinematics(np.zeros((1, 17, 3)), np.zeros((1, 3))))[0, :, :2]
    sway = np.sin(np.arange(frames) / 9)[:, None, None] * [30, 4]
    places = 300 + 100 * rest + sway
    return np.dstack([places, np.full((frames, 17), 0.9)]).astype(np.float32), np.ones(frames, bool)


def test_a_joint_that_is_lost_is_interpolated_by_itself():
    keypoints, present = walker()
    damaged = keypoints.copy()
    damaged[12:22, 9] = 0
    filled = fill_gaps(damaged, present, 0.05)
    assert np.abs(filled[..., :2] - keypoints[..., :2]).max() < 6  # pixels; 300 as a point
    assert not filled[12:22, 9, 2].any()
    others = np.delete(np.arange(17), 9)
    assert np.array_equal(filled[:, others], keypoints[:, others])


def test_a_joint_below_the_least_score_is_not_seen():
    keypoints, present = walker()
    damaged = keypoints.copy()
    damaged[5:15, 9] = 3, 700, 0.04
    filled = fill_gaps(damaged, present, 0.05)
    assert np.abs(filled[..., :2] - keypoints[..., :2]).max() < 6
    assert fill_gaps(damaged, present, 0.03)[7, 9].tolist() == damaged[7, 9].tolist()
    assert gaps(filled[..., 2]) == (10 / (40 * 17), 10)


def test_gaps_count_joints_and_the_longest_run():
    scores = np.ones((9, 3))
    assert gaps(scores) == (0, 0)
    scores[[0, 1, 8], 0] = 0
    scores[3:7, 2] = 0
    assert gaps(scores) == (7 / 27, 4)
    assert gaps(scores * 0) == (1, 9)


@pytest.mark.parametrize("lost", [range(13, 17), range(11, 17)])
def test_joints_that_are_never_seen_stand_below_the_shoulders(lost):
    keypoints, present = walker()
    damaged = keypoints.copy()
    damaged[:, list(lost)] = 0
    filled = fill_gaps(damaged, present, 0.05)
    assert np.abs(filled[..., :2] - keypoints[..., :2]).max() < 1
    assert not filled[:, list(lost), 2].any()


def test_a_person_without_shoulders_is_no_person():
    keypoints, present = walker()
    keypoints[:, 6] = 0
    with pytest.raises(ValueError, match="with both shoulders"):
        fill_gaps(keypoints, present, 0.05)


LOST = {
    "a wrist for ten frames": (slice(100, 110), 9),
    "knees and ankles": (slice(None), slice(13, 17)),
}


@pytest.mark.parametrize("name", ["a", "b", "c"])
@pytest.mark.parametrize("lost", LOST)
def test_joints_that_real_people_lose(shared_data, name, lost):
    """Real movement, seen by a camera at 4 m; errors in pixels, of a person of about 450."""
    with np.load(shared_data("videopose3d") / f"out3d_{name}.npz") as file:
        joints = file[file.files[0]].astype(float).reshape(-1, 17, 3)
    joints = (joints - joints[:, :1])[:, :, [0, 2, 1]] * [1, -1, 1]  # stored with z up
    places = project(coco_from_h36m(joints) + np.array([0, 0, 4]), 1.1, 1000, 1000)
    keypoints = np.dstack([places, np.full(places.shape[:2], 0.9)]).astype(np.float32)
    damaged, present = keypoints.copy(), np.ones(len(keypoints), bool)
    where = LOST[lost]
    damaged[where] = 0
    filled = fill_gaps(damaged, present, 0.05)
    error, corner = (
        np.linalg.norm(own[where][..., :2], axis=-1).mean()
        for own in (filled - keypoints, damaged - keypoints)
    )
    assert error < corner / 4
