import numpy as np

from lib.features.kinematics import H36M_PARENTS, coco_from_h36m, project
from lib.features.motion import projected_sequences, random_motion


def test_bones_keep_their_lengths():
    body = random_motion(np.random.default_rng(3), 50)
    for joint, parent in enumerate(H36M_PARENTS[1:], 1):
        lengths = np.linalg.norm(body[:, joint] - body[:, parent], axis=1)
        assert np.ptp(lengths) < 1e-9
    assert (body[..., 2] > 0).all()


def test_sequences_repeat_with_the_seed():
    first, again, other = (projected_sequences(seed, 3, 20) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    assert np.abs(first[0] - other[0]).max() > 1
    keypoints, joints = first
    assert keypoints.shape == (3, 20, 17, 2)
    assert not joints[:, :, 0].any()


def test_a_person_who_faces_the_camera_shows_the_nose_in_front():
    rest = random_motion(np.random.default_rng(0), 1)
    keypoints = coco_from_h36m(rest)
    assert keypoints.shape == (1, 17, 3)
    np.testing.assert_array_equal(keypoints[:, 9], rest[:, 13])
    pixels = project(np.array([[0.0, 0.0, 2.0], [1.0, 0.0, 2.0]]), 1.0, 200, 100)
    assert pixels.tolist() == [[100, 50], [200, 50]]
