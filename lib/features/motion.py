"""Random human movement, seen by random cameras and an imperfect detector.

It trains a lifter when VideoPose3D's checkpoint is not available. Poses are drawn within anatomical
ranges, not from recordings, so that no corpus leaks into the lifter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from scipy.special import expit

from lib.features.kinematics import REST_OFFSETS, coco_from_h36m, forward_kinematics, project

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Range:
    """Range of an angle in radians; `bias` shifts draws towards its upper or lower end."""

    low: float
    high: float
    bias: float = 0.0


# Bend forwards, turn to the left of the picture, tilt to the right of the picture.
_TRUNK = {
    "spine": (_Range(-0.4, 1.0, -0.3), _Range(-0.6, 0.6), _Range(-0.4, 0.4)),
    "chest": (_Range(-0.3, 0.5), _Range(-0.5, 0.5), _Range(-0.3, 0.3)),
    "head": (_Range(-0.6, 0.8), _Range(-1.2, 1.2), _Range(-0.5, 0.5)),
}
# Plane in which the upper arm is raised (outwards from straight ahead), elevation in that plane,
# rotation inwards around its own axis, bend of the elbow.
_ARM = (_Range(-0.7, 2.0), _Range(0.0, 2.7, -1.0), _Range(-0.9, 1.3), _Range(0.05, 2.5))
# Bend of the hip, angle between the legs, bend of the knee.
_STANDING = (_Range(-0.5, 1.2, -0.7), _Range(-0.15, 0.6), _Range(0, 1.5, -1))
_SEATED = (_Range(1.1, 1.9), _Range(-0.2, 0.6), _Range(0.7, 2.1))

FPS = 30.0
SEATED_SHARE = 0.5
HIGHEST_FREQUENCY = 2.0
"""Highest frequency of the movement in hertz; only the detector's errors are faster."""


def random_motion(generator: np.random.Generator, sequences: int, frames: int) -> tuple[Floats, Floats]:
    """Random movement of random people, standing or seated, at 30 frames per second.

    Every angle is band-limited noise around a random mean, mapped to its anatomical range by a
    logistic function. Bone lengths vary between people and are symmetric.

    Returns Human3.6M joints in metres, (sequences, frames, 17, 3), relative to the hip, y down, who
    face the camera on average, and COCO keypoints of the same people, of the same shape.
    """
    shape = (sequences, frames)
    activity = generator.uniform(0.1, 1.0, (sequences, 1))

    def draw(limits: _Range) -> Floats:
        place = generator.normal(limits.bias, 1.2, (sequences, 1))
        latent = place + activity * _smooth(generator, shape)
        return limits.low + (limits.high - limits.low) * expit(latent)

    angles = {part: [draw(limits) for limits in axes] for part, axes in _TRUNK.items()}
    local = np.zeros((*shape, 17, 3))
    still = np.zeros(shape)
    local[:, :, 7] = np.stack(angles["spine"], axis=-1)
    local[:, :, 8] = np.stack(angles["chest"], axis=-1)
    seated = generator.random((sequences, 1)) < SEATED_SHARE
    for side, (shoulder, hip) in ((-1, (11, 4)), (1, (14, 1))):  # left, right
        plane, raised, inward, elbow = (draw(limits) for limits in _ARM)
        outward = _rotation(still, side * plane, still)
        arm = outward * _rotation(-raised, still, still) * outward.inv()
        arm *= _rotation(still, -side * inward, still)
        local[:, :, shoulder] = arm.as_rotvec().reshape(*shape, 3)
        local[:, :, shoulder + 1, 0] = -elbow
        pairs = zip(_SEATED, _STANDING, strict=True)
        bend, apart, knee = (np.where(seated, draw(one), draw(two)) for one, two in pairs)
        leg = _rotation(-bend, still, still) * _rotation(still, still, side * apart)
        local[:, :, hip] = leg.as_rotvec().reshape(*shape, 3)
        local[:, :, hip + 1, 0] = knee
    # bones of each person, the same in all frames: (17, sequences * frames, 3)
    bones = np.repeat(_bones(generator, sequences), frames, axis=0).swapaxes(0, 1)
    joints = forward_kinematics(local.reshape(-1, 17, 3), np.zeros((sequences * frames, 3)), bones)
    keypoints = coco_from_h36m(joints)
    head = _rotation(*angles["head"])
    trunk = Rotation.from_rotvec(local[:, :, 7].reshape(-1, 3))
    trunk *= Rotation.from_rotvec(local[:, :, 8].reshape(-1, 3))
    turn = trunk * head * trunk.inv()
    base = joints[:, 8].copy()
    for points, parts in ((joints, (9, 10)), (keypoints, range(5))):
        for part in parts:
            points[:, part] = base + turn.apply(points[:, part] - base)
    return joints.reshape(*shape, 17, 3), keypoints.reshape(*shape, 17, 3)


def projected_sequences(
    seed: int, sequences: int, frames: int, width: int = 720, height: int = 480
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Detected 2D keypoints of random movement, and the 3D joints.

    People stand anywhere in the picture, even partly outside, 2 to 6 m from cameras of various
    focal lengths, heights and tilts. The detector adds white and slow noise in proportion to the
    person's size, displaces each keypoint by a constant, and misses people for some frames, which
    are filled by interpolation.

    Returns keypoints in pixels, (sequences, frames, 17, 2), and joints in metres relative to the
    hip, camera space, (sequences, frames, 17, 3).
    """
    generator = np.random.default_rng(seed)
    joints, keypoints = random_motion(generator, sequences, frames)
    keypoints = keypoints + generator.normal(0, 0.02, (sequences, 1, 17, 3))
    shape, one = (sequences, frames), (sequences, 1)
    facing = generator.vonmises(0, 1.5, one) + 0.3 * _smooth(generator, shape)
    tilt = generator.normal(0, 0.12, one)
    roll = generator.normal(0, 0.03, one)
    still = np.zeros(shape)
    turn = _rotation(tilt + still, still, roll + still) * _rotation(still, facing, still)
    matrices = turn.as_matrix().reshape(*shape, 3, 3)
    joints, keypoints = (np.einsum("sfij,sfkj->sfki", matrices, p) for p in (joints, keypoints))
    focal = generator.uniform(0.7, 1.8, one)
    distance = generator.uniform(2.0, 6.0, one)
    place = generator.uniform([-0.7, -0.35], [0.7, 0.6], (sequences, 1, 2))
    root = np.concatenate([place * distance[..., None] / (2 * focal[..., None]), distance[..., None]], axis=2)
    root = root + 0.05 * _smooth(generator, (*shape, 3))
    points = keypoints + root[:, :, None]
    points[..., 2] = np.maximum(points[..., 2], 0.5)
    views = zip(points, focal[:, 0], strict=True)
    pixels = np.stack([project(person, float(lens), width, height) for person, lens in views])
    metre = (focal * width / distance)[..., None, None]  # in pixels
    pixels = pixels + metre * _detector_noise(generator, shape)
    return _missed(generator, pixels).astype(np.float32), joints.astype(np.float32)


def _smooth(generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Band-limited noise along axis 1 with standard deviation 1: a sum of three sines."""
    times = (np.arange(shape[1]) / FPS).reshape(1, -1, *[1] * (len(shape) - 2))
    size = (shape[0], 1, *shape[2:])
    total = np.zeros(shape)
    for _ in range(3):
        frequency = generator.uniform(0.05, HIGHEST_FREQUENCY, size)
        phase = generator.uniform(0, 2 * np.pi, size)
        total += np.sin(2 * np.pi * frequency * times + phase)
    return total * np.sqrt(2 / 3)


def _detector_noise(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Errors of a detector in metres at the person, (sequences, frames, 17, 2)."""
    spread = np.ones((17, 1))
    spread[9:] = 1.6  # wrists, hips and legs are harder
    each, whole = (shape[0], 1, 1, 1), (*shape, 17, 2)
    white = generator.uniform(0.002, 0.02, each) * generator.normal(size=whole)
    slow = generator.uniform(0.0, 0.015, each) * _smooth(generator, whole)
    return spread * (white + slow)


def _missed(generator: np.random.Generator, pixels: Floats) -> Floats:
    """Replace up to ten frames in every fourth sequence by interpolation."""
    frames = pixels.shape[1]
    for person in pixels:
        length = int(generator.integers(1, 11))
        start = int(generator.integers(0, max(frames - length - 1, 1)))
        if generator.random() > 0.25 or start + length + 1 >= frames:
            continue
        share = (np.arange(1, length + 1) / (length + 1))[:, None, None]
        before, after = person[start], person[start + length + 1]
        person[start + 1 : start + length + 1] = (1 - share) * before + share * after
    return pixels


def _bones(generator: np.random.Generator, people: int) -> Floats:
    """Rest offsets of adults, (people, 17, 3), with random size and symmetric bone lengths."""
    bone = generator.normal(1, 0.05, (people, 17))
    bone[:, [4, 5, 6, 14, 15, 16]] = bone[:, [1, 2, 3, 11, 12, 13]]
    size = generator.normal(1, 0.06, (people, 1))
    return REST_OFFSETS * (size * bone)[:, :, None]


def _rotation(x: Floats, y: Floats, z: Floats) -> Rotation:
    return Rotation.from_rotvec(np.stack([x, y, z], axis=-1).reshape(-1, 3))
