import numpy as np
import pytest

from lib.features.kinematics import H36M_PARENTS, REST_OFFSETS, coco_from_h36m, project
from lib.features.motion import projected_sequences, random_motion

CHILDREN = [joint for joint, parent in enumerate(H36M_PARENTS) if parent >= 0]
PARENTS = [H36M_PARENTS[joint] for joint in CHILDREN]


@pytest.fixture(scope="module")
def people():
    return random_motion(np.random.default_rng(3), 200, 40)


def test_bones_keep_their_length_and_are_human(people):
    joints = people[0]
    lengths = np.linalg.norm(joints[..., CHILDREN, :] - joints[..., PARENTS, :], axis=-1)
    assert np.ptp(lengths, axis=1).max() < 1e-9
    ratio = lengths / np.linalg.norm(REST_OFFSETS[CHILDREN], axis=1)
    assert ratio.min() > 0.6
    assert ratio.max() < 1.5
    by_child = dict(zip(CHILDREN, lengths[:, 0].T, strict=True))
    for left, right in ((4, 1), (5, 2), (6, 3), (11, 14), (12, 15), (13, 16)):
        np.testing.assert_allclose(by_child[left], by_child[right])


def test_people_sit_and_stand_with_their_heads_up(people):
    thigh = people[0][..., 2, 1] - people[0][..., 1, 1]  # y down
    seated = np.median(thigh, axis=1) < 0.25
    assert 0.3 < seated.mean() < 0.7
    assert (people[0][:, :, 10, 1] < people[0][:, :, 0, 1]).mean() > 0.98


def test_elbows_do_not_fold_shut(people):
    joints = people[0]
    for shoulder, elbow, wrist in ((11, 12, 13), (14, 15, 16)):
        upper = joints[..., shoulder, :] - joints[..., elbow, :]
        lower = joints[..., wrist, :] - joints[..., elbow, :]
        cosine = (upper * lower).sum(-1)
        cosine /= np.linalg.norm(upper, axis=-1) * np.linalg.norm(lower, axis=-1)
        assert np.degrees(np.arccos(cosine)).min() > 180 - np.degrees(2.6)


def test_movement_is_smooth(people):
    spectrum = np.abs(np.fft.rfft(people[0][:, :, 13] * np.hanning(40)[:, None], axis=1)) ** 2
    frequency = np.fft.rfftfreq(40, 1 / 30)[1:]
    power = spectrum[:, 1:].sum(axis=(0, 2))
    assert power[frequency > 6].sum() < 0.01 * power.sum()
    assert np.linalg.norm(people[0][:, -1] - people[0][:, 0], axis=-1).mean() > 0.03


def test_heads_turn_but_not_backwards(people):
    joints, keypoints = people
    shoulders = joints[..., 11, :] - joints[..., 14, :]
    eyes = keypoints[..., 1, :] - keypoints[..., 2, :]
    cosine = (shoulders * eyes).sum(-1)
    cosine /= np.linalg.norm(shoulders, axis=-1) * np.linalg.norm(eyes, axis=-1)
    assert np.degrees(np.arccos(cosine)).max() > 45
    assert (cosine > 0).all()


def test_sequences_repeat_with_the_seed():
    first, again, other = (projected_sequences(seed, 3, 20) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert np.abs(first[0] - other[0]).max() > 1


def test_keypoints_show_the_joints():
    keypoints, joints = projected_sequences(4, 300, 15, 720, 480)
    assert keypoints.shape == (300, 15, 17, 2)
    assert keypoints.dtype == joints.dtype == np.float32
    assert not joints[:, :, 0].any()
    assert np.isfinite(keypoints).all()
    # seen from the hips, what is to the right of or below them in space is so in the picture
    hips = keypoints[:, :, 11:13].mean(axis=2)
    for keypoint, joint in ((9, 13), (10, 16), (5, 11), (0, 10)):
        seen, real = keypoints[:, :, keypoint] - hips, joints[:, :, joint, :2]
        clear = np.abs(real) > 0.15
        assert (np.sign(seen[clear]) == np.sign(real[clear])).mean() > 0.93


def test_missed_frames_are_interpolated():
    keypoints = projected_sequences(5, 200, 30)[0]
    bend = np.abs(np.diff(keypoints, 2, axis=1)).max(axis=(2, 3))  # 0 on a straight line
    assert 0.05 < (bend < 1e-3).any(axis=1).mean() < 0.4


def test_limbs_are_shared_and_pixels_count_from_the_corner(people):
    rest = people[0][0, :1]
    np.testing.assert_array_equal(coco_from_h36m(rest)[:, 9], rest[:, 13])
    pixels = project(np.array([[0.0, 0.0, 2.0], [1.0, 0.0, 2.0]]), 1.0, 200, 100)
    assert pixels.tolist() == [[100, 50], [200, 50]]
