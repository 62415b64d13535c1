"""Random human movement and what a camera and a detector make of it.

A lifter learns from it where VideoPose3D's checkpoint is not at hand. Poses are drawn within
anatomical ranges, not from recordings, so that nothing of a corpus leaks into the lifter.
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
    """Range of an angle in radians; `bias` shifts the draw towards its upper or lower end."""

    low: float
    high: float
    bias: float = 0.0


# Positive: forward bend, turn to the left of the picture, tilt to the right of the picture.
_TRUNK = {
    "spine_bend": _Range(-0.4, 1.0, -0.3), "spine_turn": _Range(-0.6, 0.6),
    "spine_tilt": _Range(-0.4, 0.4), "chest_bend": _Range(-0.3, 0.5),
    "chest_turn": _Range(-0.5, 0.5), "chest_tilt": _Range(-0.3, 0.3),
    "head_bend": _Range(-0.6, 0.8), "head_turn": _Range(-1.2, 1.2), "head_tilt": _Range(-0.5, 0.5),
}  # fmt: skip
# The upper arm is raised by `raise` in a plane that is turned outwards by `plane` from straight
# ahead; `inward` turns it around its own length.
_ARM = {
    "plane": _Range(-0.7, 2.0), "raise": _Range(0.0, 2.7, -1.0), "inward": _Range(-0.9, 1.3),
    "elbow": _Range(0.05, 2.5),
}  # fmt: skip
_STANDING = {
    "hip": _Range(-0.5, 1.2, -0.7),
    "apart": _Range(-0.15, 0.6),
    "knee": _Range(0, 1.5, -1),
}
_SEATED = {"hip": _Range(1.1, 1.9), "apart": _Range(-0.2, 0.6), "knee": _Range(0.7, 2.1)}

SEATED_SHARE = 0.5
HIGHEST_FREQUENCY = 2.0
"""Of the movement, in hertz; above are the detector's errors only."""


def random_motion(
    generator: np.random.Generator, sequences: int, frames: int, fps: float = 30.0
) -> tuple[Floats, Floats]:
    """Random people, standing or seated, who move at random, and where a face looks.

    Every angle is the middle of its anatomical range plus band-limited noise, squeezed into the
    range by a logistic function. Bone lengths vary between people and are symmetric.

    Parameters
    ----------
    generator : numpy Generator
    sequences, frames : int
    fps : float
        Frames a second.

    Returns
    -------
    joints : array, (sequences, frames, 17, 3)
        Human3.6M joints in metres, relative to the hip, y down; they face the camera on average.
    keypoints : array, (sequences, frames, 17, 3)
        COCO keypoints of the same people.
    """
    shape = (sequences, frames)
    activity = generator.uniform(0.1, 1.0, (sequences, 1))

    def draw(limits: _Range) -> Floats:
        place = generator.normal(limits.bias, 1.2, (sequences, 1))
        latent = place + activity * _smooth(generator, shape, fps)
        return limits.low + (limits.high - limits.low) * expit(latent)

    angles = {name: draw(limits) for name, limits in _TRUNK.items()}
    local = np.zeros((*shape, 17, 3))
    still = np.zeros(shape)
    local[:, :, 7] = _vector(angles["spine_bend"], angles["spine_turn"], angles["spine_tilt"])
    local[:, :, 8] = _vector(angles["chest_bend"], angles["chest_turn"], angles["chest_tilt"])
    seated = generator.random((sequences, 1)) < SEATED_SHARE
    for side, (shoulder, hip) in ((-1, (11, 4)), (1, (14, 1))):  # left, right
        plane, raised, inward, elbow = (draw(limits) for limits in _ARM.values())
        outward = _rotation(still, side * plane, still)
        arm = outward * _rotation(-raised, still, still) * outward.inv()
        arm *= _rotation(still, -side * inward, still)
        local[:, :, shoulder] = arm.as_rotvec().reshape(*shape, 3)
        local[:, :, shoulder + 1, 0] = -elbow
        bend, apart, knee = (
            np.where(seated, draw(_SEATED[name]), draw(_STANDING[name])) for name in _SEATED
        )
        leg = _rotation(-bend, still, still) * _rotation(still, still, side * apart)
        local[:, :, hip] = leg.as_rotvec().reshape(*shape, 3)
        local[:, :, hip + 1, 0] = knee
    # bones of each person, the same in all frames: (17, sequences * frames, 3)
    bones = np.repeat(_bones(generator, sequences), frames, axis=0).swapaxes(0, 1)
    joints = forward_kinematics(local.reshape(-1, 17, 3), np.zeros((sequences * frames, 3)), bones)
    keypoints = coco_from_h36m(joints)
    head = _rotation(angles["head_bend"], angles["head_turn"], angles["head_tilt"])
    trunk = Rotation.from_rotvec(local[:, :, 7].reshape(-1, 3))
    trunk *= Rotation.from_rotvec(local[:, :, 8].reshape(-1, 3))
    turn = trunk * head * trunk.inv()
    base = joints[:, 8].copy()
    for joint in (9, 10):
        joints[:, joint] = base + turn.apply(joints[:, joint] - base)
    for keypoint in range(5):
        keypoints[:, keypoint] = base + turn.apply(keypoints[:, keypoint] - base)
    return joints.reshape(*shape, 17, 3), keypoints.reshape(*shape, 17, 3)


def projected_sequences(
    seed: int, sequences: int, frames: int, width: int = 720, height: int = 480
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Detected 2D keypoints of random movement, and the joints that they show.

    People stand anywhere in the picture, partly outside too, at 2 to 6 m from cameras of
    different focal length, height and tilt. The detector errs by white and by slow noise in
    proportion to the person's size, misses people for some frames, which are filled by
    interpolation, and has its own idea of where a joint is.

    Parameters
    ----------
    seed : int
    sequences, frames : int
    width, height : int
        Size of the picture in pixels.

    Returns
    -------
    keypoints : array, (sequences, frames, 17, 2)
        Pixels.
    joints : array, (sequences, frames, 17, 3)
        Metres relative to the hip, camera space.
    """
    generator = np.random.default_rng(seed)
    joints, keypoints = random_motion(generator, sequences, frames)
    keypoints = keypoints + generator.normal(0, 0.02, (sequences, 1, 17, 3))
    shape, one = (sequences, frames), (sequences, 1)
    facing = generator.vonmises(0, 1.5, one) + 0.3 * _smooth(generator, shape, 30.0)
    tilt = generator.normal(0, 0.12, one)
    roll = generator.normal(0, 0.03, one)
    still = np.zeros(shape)
    turn = _rotation(tilt + still, still, roll + still) * _rotation(still, facing, still)
    joints, keypoints = (_turned(points, turn) for points in (joints, keypoints))
    focal = generator.uniform(0.7, 1.8, one)
    distance = generator.uniform(2.0, 6.0, one)
    place = generator.uniform([-0.7, -0.35], [0.7, 0.6], (sequences, 1, 2))
    root = np.concatenate(
        [place * distance[..., None] / (2 * focal[..., None]), distance[..., None]], axis=2
    )
    root = root + 0.05 * _smooth(generator, (*shape, 3), 30.0)
    points = keypoints + root[:, :, None]
    points[..., 2] = np.maximum(points[..., 2], 0.5)
    pixels = np.stack([
        project(person, float(lens), width, height)
        for person, lens in zip(points, focal[:, 0], strict=True)
    ])  # fmt: skip
    metre = (focal * width / distance)[..., None, None]  # in pixels
    pixels = pixels + metre * _detector_noise(generator, shape)
    return _missed(generator, pixels).astype(np.float32), joints.astype(np.float32)


def _smooth(generator: np.random.Generator, shape: tuple[int, ...], fps: float) -> Floats:
    """Band-limited noise over axis 1 with standard deviation 1: a sum of three sines."""
    times = (np.arange(shape[1]) / fps).reshape(1, -1, *[1] * (len(shape) - 2))
    size = (shape[0], 1, *shape[2:])
    total = np.zeros(shape)
    for _ in range(3):
        frequency = generator.uniform(0.05, HIGHEST_FREQUENCY, size)
        phase = generator.uniform(0, 2 * np.pi, size)
        total += np.sin(2 * np.pi * frequency * times + phase)
    return total * np.sqrt(2 / 3)


def _detector_noise(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Errors of a detector in metres on the person, (sequences, frames, 17, 2)."""
    spread = np.ones((17, 1))
    spread[[9, 10, 11, 12, 13, 14, 15, 16]] = 1.6  # wrists, hips and legs are harder
    white = generator.uniform(0.002, 0.02, (shape[0], 1, 1, 1)) * generator.normal(
        size=(*shape, 17, 2)
    )
    slow = generator.uniform(0.0, 0.015, (shape[0], 1, 1, 1)) * _smooth(
        generator, (*shape, 17, 2), 30.0
    )
    return spread * (white + slow)


def _missed(generator: np.random.Generator, pixels: Floats) -> Floats:
    """Interpolate over one gap of up to ten frames in every fourth sequence."""
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
    """Rest offsets of random adults, (people, 17, 3): size, and each bone's length, symmetric."""
    bone = generator.normal(1, 0.05, (people, 17))
    bone[:, [4, 5, 6, 14, 15, 16]] = bone[:, [1, 2, 3, 11, 12, 13]]
    size = generator.normal(1, 0.06, (people, 1))
    return REST_OFFSETS * (size * bone)[:, :, None]


def _vector(x: Floats, y: Floats, z: Floats) -> Floats:
    return np.stack([x, y, z], axis=-1)


def _rotation(x: Floats, y: Floats, z: Floats) -> Rotation:
    return Rotation.from_rotvec(_vector(x, y, z).reshape(-1, 3))


def _turned(points: Floats, turn: Rotation) -> Floats:
    matrices = turn.as_matrix().reshape(*points.shape[:2], 3, 3)
    return np.einsum("sfij,sfkj->sfki", matrices, points)
