"""Human3.6M and COCO skeletons, forward kinematics and the pinhole camera.

Coordinates are in metres in camera space: x to the right of the image, y down, z away from
the camera (the convention of VideoPose3D).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

H36M_JOINTS = (
    "hip",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "spine",
    "thorax",
    "neck",
    "head",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
)
H36M_PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
UPPER_BODY = tuple(range(7, 17))
"""The ten upper-body joints of shi2020 section III.A.2: spine to wrists, in Human3.6M order."""

COCO_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)

# Rest pose: an adult of about 1.75 m who stands upright, faces the camera and lets the arms hang.
# A person's left is at the image's right.
REST_OFFSETS = np.array(
    [
        [0.0, 0.0, 0.0],
        [-0.13, 0.0, 0.0],
        [0.0, 0.45, 0.0],
        [0.0, 0.44, 0.0],
        [0.13, 0.0, 0.0],
        [0.0, 0.45, 0.0],
        [0.0, 0.44, 0.0],
        [0.0, -0.24, 0.0],
        [0.0, -0.25, 0.0],
        [0.0, -0.12, -0.03],
        [0.0, -0.12, 0.03],
        [0.15, 0.02, 0.0],
        [0.0, 0.28, 0.0],
        [0.0, 0.25, 0.0],
        [-0.15, 0.02, 0.0],
        [0.0, 0.28, 0.0],
        [0.0, 0.25, 0.0],
    ]
)


def forward_kinematics(
    rotations: NDArray[np.float64],
    root: NDArray[np.float64],
    offsets: NDArray[np.float64] = REST_OFFSETS,
) -> NDArray[np.float64]:
    """Positions of the 17 Human3.6M joints from the rotations of their bones.

    Parameters
    ----------
    rotations : array, (frames, 17, 3)
        Rotation vector in radians of each joint's frame relative to its parent's. Joint 0's turns
        the whole body. A joint's own rotation moves its children, not itself.
    root : array, (frames, 3)
        Position of the hip in metres, camera space.
    offsets : array, (17, 3)
        Bone from parent to joint in the rest pose, metres.

    Returns
    -------
    array, (frames, 17, 3)
        Joint positions in metres, camera space.
    """
    frames = len(rotations)
    positions = np.empty((frames, 17, 3))
    world: list[Rotation] = []
    for joint, parent in enumerate(H36M_PARENTS):
        local = Rotation.from_rotvec(rotations[:, joint])
        if parent < 0:
            positions[:, joint] = root
            world.append(local)
        else:
            positions[:, joint] = positions[:, parent] + world[parent].apply(offsets[joint])
            world.append(world[parent] * local)
    return positions


def coco_from_h36m(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of the 17 COCO keypoints on a Human3.6M skeleton.

    The limbs are shared. Nose, eyes and ears, which Human3.6M lacks, are set on the head, whose
    forward direction is taken perpendicular to the shoulders and to the line from neck to head.

    Parameters
    ----------
    joints : array, (frames, 17, 3)
        Human3.6M joints in metres.

    Returns
    -------
    array, (frames, 17, 3)
        COCO keypoints in metres, in the order of `COCO_KEYPOINTS`.
    """
    thorax, neck, head = joints[:, 8], joints[:, 9], joints[:, 10]

    def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)

    left = unit(joints[:, 11] - joints[:, 14])
    up = unit(head - thorax)
    forward = unit(np.cross(left, up))
    centre = (neck + head) / 2
    face = [
        centre + 0.11 * forward,
        centre + 0.09 * forward + 0.03 * left + 0.03 * up,
        centre + 0.09 * forward - 0.03 * left + 0.03 * up,
        centre + 0.07 * left + 0.01 * up,
        centre - 0.07 * left + 0.01 * up,
    ]
    limbs = [joints[:, joint] for joint in (11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3)]
    return np.stack(face + limbs, axis=1)


def project(
    points: NDArray[np.float64], focal: float, width: int, height: int
) -> NDArray[np.float64]:
    """Pinhole projection to pixels, with the optical axis at the image's centre.

    Parameters
    ----------
    points : array, (..., 3)
        Points in metres, camera space, z > 0.
    focal : float
        Focal length in units of the image's width.
    width, height : int
        Image size in pixels.

    Returns
    -------
    array, (..., 2)
        x, y in pixels from the upper left corner.
    """
    scale = focal * width / points[..., 2]
    return np.stack(
        [points[..., 0] * scale + width / 2, points[..., 1] * scale + height / 2],
        axis=-1,
    )
