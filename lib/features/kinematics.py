"""Human3.6M and COCO skeletons, forward kinematics and the pinhole camera.

Coordinates are in metres in camera space: x to the right of the image, y down, z away from
the camera (the convention of VideoPose3D).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

_LEGS, _ARMS = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")


def _limb(side: str, parts: tuple[str, ...]) -> list[str]:
    return [f"{side}_{part}" for part in parts]


H36M_JOINTS = (
    *("hip", *_limb("right", _LEGS), *_limb("left", _LEGS), "spine", "thorax", "neck", "head"),
    *(*_limb("left", _ARMS), *_limb("right", _ARMS)),
)
H36M_PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
UPPER_BODY = tuple(range(7, 17))
"""The ten upper-body joints of shi2020 section III.A.2: spine to wrists, in Human3.6M order."""

_PAIRS = ("eye", "ear", *_ARMS, *_LEGS)
COCO_KEYPOINTS = ("nose", *(f"{side}_{part}" for part in _PAIRS for side in ("left", "right")))

# Rest pose: an adult of about 1.75 m, upright, facing the camera, with hanging arms. A person's
# left is at the image's right.
REST_OFFSETS = np.zeros((17, 3))
REST_OFFSETS[[1, 4, 11, 14], 0] = -0.13, 0.13, 0.15, -0.15  # hips, shoulders: sideways
REST_OFFSETS[[2, 3, 5, 6], 1] = 0.45, 0.44, 0.45, 0.44  # knees, ankles: down
REST_OFFSETS[7:13, 1] = -0.24, -0.25, -0.12, -0.12, 0.02, 0.28  # trunk and head: up; left arm
REST_OFFSETS[13:17, 1] = 0.25, 0.02, 0.28, 0.25  # left wrist, right arm
REST_OFFSETS[[9, 10], 2] = -0.03, 0.03  # neck forwards, head backwards


def forward_kinematics(
    rotations: NDArray[np.float64], root: NDArray[np.float64], offsets: NDArray[np.float64] = REST_OFFSETS
) -> NDArray[np.float64]:
    """Positions of the 17 Human3.6M joints, (frames, 17, 3), in metres in camera space.

    `rotations`, (frames, 17, 3), are rotation vectors (radians) of each joint's frame relative to
    its parent's. A rotation moves a joint's children, not the joint; that of joint 0 turns the
    whole body. `root`, (frames, 3), is the hip's position in metres, camera space; `offsets`, (17,
    3), are bones from parent to joint in the rest pose, metres.
    """
    positions = np.empty((len(rotations), 17, 3))
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
    """Positions of the COCO keypoints on Human3.6M skeletons, both (frames, 17, 3) in metres.

    Limbs are shared. Nose, eyes and ears, which Human3.6M lacks, are placed on the head, whose
    forward direction is perpendicular to the shoulders and to the line from thorax to head.
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


def project(points: NDArray[np.float64], focal: float, width: int, height: int) -> NDArray[np.float64]:
    """Pinhole projection to x, y in pixels from the upper left corner, (..., 2).

    `points`, (..., 3), are in metres in camera space with z > 0; `focal` is the focal length
    relative to the image's width. The optical axis is at the image's centre.
    """
    scale = focal * width / points[..., 2:]
    return points[..., :2] * scale + np.array([width, height]) / 2
