"""Synthetic speakers: their bodies and their own ways of showing emotion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lib.features.kinematics import REST_OFFSETS, forward_kinematics
from scripts.sample_corpora.iemocap_effects import Movement
from scripts.sample_corpora.randomness import stream

Floats = NDArray[np.float64]

DEGREES = tuple("lean sway twist shoulders openness reach elbows nod tilt".split())
"""Degrees of freedom of a seated speaker's upper body.

Torso forwards, sideways and turned; shoulders up; arms abducted; upper arms forwards; elbows bent;
head forwards and sideways.
"""
SCALES = np.array([0.165, 0.075, 0.15, 0.033, 0.24, 0.27, 0.39, 0.21, 0.135])
"""One unit of each degree of freedom: radians, and metres for the shoulders."""
SEATED = np.array([0.08, 0.0, 0.0, 0.0, 0.18, 0.35, 1.15, 0.05, 0.0])
"""Where the average speaker rests."""

PATTERNS = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.7, 1.2, 0.0, 0.0],  # hands beat
        [1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0],  # torso rocks
        [0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 1.2, 0.4],  # head nods
        [0.0, 0.0, 0.5, 0.8, 1.1, 0.0, 0.0, 0.0, 0.0],  # arms open
    ]
)
"""Movement patterns in units of the degrees of freedom, (patterns, degrees)."""

_ARMS = ((11, 12, -1.0), (14, 15, 1.0))  # shoulder, elbow, sign of abduction around z
_LEGS = ((1, 2), (4, 5))


@dataclass(frozen=True)
class Style:
    """How one speaker moves with one emotion.

    Attributes
    ----------
    posture : array, (9,)
        Offset from the speaker's rest, in units of `SCALES`.
    amplitude : array, (4,)
        Of each of `PATTERNS`; 1 is average.
    tempo : float
        Hertz.
    """

    posture: Floats
    amplitude: Floats
    tempo: float


@dataclass(frozen=True)
class Actor:
    """A speaker of the sample.

    Attributes
    ----------
    name : str
        Session and sex, "Ses01F".
    offsets : array, (17, 3)
        Bones in the rest pose, metres.
    rest : array, (9,)
        Degrees of freedom at rest, radians and metres.
    turn : float
        Angle between the camera and the direction that the seat faces, radians.
    place : array, (3,)
        Distance of the hip from the middle line, its height below the camera and its distance
        from the camera, metres.
    arms : array, (2,)
        Share of arm movement that the left and the right arm make.
    styles : dict
        By class; "other" stands for emotions outside the classes.
    """

    name: str
    offsets: Floats
    rest: Floats
    turn: float
    place: Floats
    arms: Floats
    styles: dict[str, Style]

    @property
    def female(self) -> bool:
        """By the last letter of the name, as in the release."""
        return self.name.endswith("F")


def make(name: str, seed: int, effects: Movement) -> Actor:
    """The speaker of that name in the corpus of that seed."""
    generator = stream(seed, "actor", name)
    size = (0.95 if name.endswith("F") else 1.02) * generator.normal(1, 0.025)
    torso, arms, width, head = generator.normal(1, 0.06, 4)
    limbs = np.ones((17, 3))
    limbs[[7, 8]] = torso
    limbs[[12, 13, 15, 16]] = arms
    limbs[[11, 14]] = width
    limbs[[9, 10]] = head
    stronger = generator.permutation([1.0, generator.uniform(0.55, 0.9)])
    return Actor(
        name,
        REST_OFFSETS * size * limbs,
        SEATED + SCALES * generator.normal(0, 0.8, len(DEGREES)),
        generator.uniform(0.2, 0.45),
        np.array(
            [
                generator.uniform(0.41, 0.48),
                generator.uniform(0.36, 0.42),
                generator.normal(2.4, 0.08),
            ]
        ),
        stronger,
        _styles(generator, effects),
    )


def _styles(generator: np.random.Generator, effects: Movement) -> dict[str, Style]:
    classes = tuple(effects.shared_energy)
    own = effects.posture.own * _spread_out(generator, len(classes), len(DEGREES))
    energy = effects.amplitude.own * _spread_out(generator, len(classes), len(PATTERNS))
    pace = effects.tempo.own * generator.permutation(np.linspace(-1.34, 1.34, len(classes)))
    styles = {}
    for row, label in enumerate(classes):
        shared = effects.shared_posture[label]
        posture = own[row] + effects.posture.shared * np.array(
            [shared.get(degree, 0.0) for degree in DEGREES]
        )
        arousal = effects.shared_energy[label]
        styles[label] = Style(
            posture,
            np.exp(energy[row] + effects.amplitude.shared * arousal),
            0.75 * float(np.exp(pace[row] + effects.tempo.shared * arousal)),
        )
    styles["other"] = Style(
        generator.normal(0, effects.posture.own, len(DEGREES)), np.ones(len(PATTERNS)), 0.75
    )
    return styles


def _spread_out(generator: np.random.Generator, rows: int, columns: int) -> Floats:
    """Random directions around zero, far from each other; the mean square of all values is 1."""
    vectors = generator.normal(size=(rows, columns))
    left, _, right = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    rank = min(rows - 1, columns)  # centred rows are linearly dependent
    directions = left[:, :rank] @ right[:rank]
    return directions * np.sqrt(rows * columns / rank)


def pose(actor: Actor, degrees: Floats, root: Floats, yaw: float) -> Floats:
    """Joints of a seated speaker.

    Parameters
    ----------
    actor : Actor
    degrees : array, (frames, 9)
        Degrees of freedom in the order of `DEGREES`, radians and metres.
    root : array, (frames, 3)
        The hip in camera space, metres.
    yaw : float
        Turn of the seat, radians; negative turns to the right of the picture.

    Returns
    -------
    array, (frames, 17, 3)
        Human3.6M joints in metres, camera space.
    """
    lean, sway, twist, shoulders, openness, reach, elbows, nod, tilt = degrees.T
    rotations = np.zeros((len(degrees), 17, 3))
    rotations[:, 0, 1] = yaw
    for hip, knee in _LEGS:
        rotations[:, hip, 0], rotations[:, knee, 0] = -1.4, 1.45
    rotations[:, 7] = np.stack([lean, twist, sway], axis=1)
    for (shoulder, elbow, sign), share in zip(_ARMS, actor.arms, strict=True):
        forwards = actor.rest[5] + share * (reach - actor.rest[5])
        bend = actor.rest[6] + share * (elbows - actor.rest[6])
        rotations[:, shoulder, 0] = -forwards - lean
        rotations[:, shoulder, 2] = sign * openness
        rotations[:, elbow, 0] = -bend
        rotations[:, elbow, 1] = -0.5 * sign  # forearms point inwards
    joints = forward_kinematics(rotations, root, actor.offsets)
    joints[:, 11:17, 1] -= shoulders[:, None]
    turn = Rotation.from_euler("y", yaw)
    head = turn * Rotation.from_rotvec(np.stack([nod, np.zeros_like(nod), tilt], axis=1)) * turn.inv()
    for joint in (9, 10):
        joints[:, joint] = joints[:, 8] + head.apply(joints[:, joint] - joints[:, 8])
    return joints
