"""Random human movement and its projection: what a lifter learns from without a checkpoint."""

import numpy as np
from numpy.typing import NDArray

from lib.features.kinematics import REST_OFFSETS, coco_from_h36m, forward_kinematics, project
from lib.models.lifting import H36M_LEFT, H36M_RIGHT

# Largest rotation of each joint around x (bend), y (turn) and z (tilt), radians.
_RANGES = np.array(
    [
        [0.15, 0.9, 0.1], [0.3, 0.2, 0.2], [0.2, 0, 0], [0, 0, 0], [0.3, 0.2, 0.2], [0.2, 0, 0],
        [0, 0, 0], [0.3, 0.2, 0.15], [0.2, 0.3, 0.15], [0.3, 0.5, 0.25], [0, 0, 0],
        [1.2, 0.6, 0.7], [1.0, 0.5, 0.7], [0, 0, 0], [1.2, 0.6, 0.7], [1.0, 0.5, 0.7], [0, 0, 0],
    ]
)  # fmt: skip


def _smooth(
    generator: np.random.Generator, frames: int, shape: tuple[int, ...], fps: float
) -> NDArray[np.float64]:
    """Band-limited noise in about [-1, 1]: an offset and a few slow sines."""
    offset = generator.uniform(-1, 1, shape)
    total = np.zeros((frames, *shape))
    times = np.arange(frames) / fps
    for _ in range(3):
        frequency = generator.uniform(0.05, 1.5, shape)
        phase = generator.uniform(0, 2 * np.pi, shape)
        angle = 2 * np.pi * times[(...,) + (None,) * len(shape)] * frequency + phase
        total += generator.uniform(0, 0.4, shape) * np.sin(angle)
    return 0.7 * offset + total


def random_motion(
    generator: np.random.Generator, frames: int, fps: float = 30.0
) -> NDArray[np.float64]:
    """A random person, standing or seated, who moves at random in front of a camera.

    Returns
    -------
    array, (frames, 17, 3)
        Human3.6M joints in metres, camera space.
    """
    offsets = REST_OFFSETS * generator.normal(1, 0.08)
    limbs = generator.normal(1, 0.07, 17)
    limbs[H36M_RIGHT] = limbs[H36M_LEFT]
    offsets = offsets * limbs[:, None]
    activity = generator.uniform(0.2, 1.0)
    rotations = activity * _smooth(generator, frames, (17, 3), fps) * _RANGES
    hanging = generator.random() < 0.3
    if not hanging:  # arms forward and bent, as in talking
        for shoulder, elbow in ((11, 12), (14, 15)):
            rotations[:, shoulder, 0] -= generator.uniform(0.1, 0.9)
            rotations[:, elbow, 0] -= generator.uniform(0.3, 1.6)
    if generator.random() < 0.6:  # seated
        for hip, knee in ((1, 2), (4, 5)):
            rotations[:, hip, 0] -= generator.uniform(1.2, 1.6)
            rotations[:, knee, 0] += generator.uniform(1.2, 1.7)
    rotations[:, 0, 1] += generator.uniform(-1.0, 1.0)
    distance = generator.uniform(2.0, 5.0)
    place = [generator.uniform(-0.25, 0.25) * distance, generator.uniform(-0.1, 0.45), distance]
    root = np.asarray(place) + 0.05 * _smooth(generator, frames, (3,), fps)
    return forward_kinematics(rotations, root, offsets)


def projected_sequences(
    seed: int, sequences: int, frames: int, width: int = 720, height: int = 480
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Noisy 2D keypoints of random movement, and the joints that they show.

    Returns
    -------
    keypoints : array, (sequences, frames, 17, 2)
        Pixels, with detection noise that is larger for some sequences and for wrists and legs.
    joints : array, (sequences, frames, 17, 3)
        Metres relative to the hip, camera space.
    """
    generator = np.random.default_rng(seed)
    keypoints = np.empty((sequences, frames, 17, 2), np.float32)
    joints = np.empty((sequences, frames, 17, 3), np.float32)
    spread = np.ones(17)
    spread[[9, 10, 13, 14, 15, 16]] = 2.0
    for index in range(sequences):
        body = random_motion(generator, frames)
        focal = generator.uniform(0.9, 1.6)
        pixels = project(coco_from_h36m(body), focal, width, height)
        noise = generator.normal(0, generator.uniform(0.3, 3.0), pixels.shape)
        keypoints[index] = pixels + noise * spread[:, None]
        joints[index] = body - body[:, :1]
    return keypoints, joints
