"""Drawn actors: bodies, styles and movement of the people in the sample corpora."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lib.features.kinematics import REST_OFFSETS, forward_kinematics

FPS = 30000 / 1001
POSTURE = (
    "arm_raise", "arm_open", "elbow_bend", "lean", "tilt", "head_pitch", "head_tilt",
    "arm_difference",
)  # fmt: skip
STYLE = (*POSTURE, "amplitude", "tempo")


@dataclass(frozen=True)
class Actor:
    """A person's body, seat and style of each emotion.

    Attributes
    ----------
    offsets : array, (17, 3)
        Bones in metres.
    seat : array, (3,)
        Place of the hip in metres, camera space, for a person on the left; x is mirrored for one
        on the right.
    turn : float
        Turn towards the partner, radians.
    idle : array, (styles,)
        Posture, amplitude and tempo between turns.
    styles : dict of array, (styles,)
        By emotion.
    pitch : float
        Mean fundamental frequency, hertz.
    colours : tuple
        RGB of skin, hair and clothes.
    """

    offsets: NDArray[np.float64]
    seat: NDArray[np.float64]
    turn: float
    idle: NDArray[np.float64]
    styles: dict[str, NDArray[np.float64]]
    pitch: float
    colours: tuple[tuple[int, ...], ...]


def make_actors(
    names: list[str], emotions: list[str], effects: dict[str, Any], seed: int
) -> dict[str, Actor]:
    """One actor a name ("Ses01F": the last letter is the sex), with styles of their own.

    Parameters
    ----------
    effects : dict
        The ``movement`` part of the effects file.
    """
    generator = np.random.default_rng([seed, 1])
    shared = {
        emotion: generator.normal(0, effects["shared_style"], len(STYLE)) for emotion in emotions
    }
    skins = ((232, 190, 160), (200, 150, 115), (150, 105, 80))
    actors = {}
    for number, name in enumerate(names):
        female = name.endswith("F")
        body = REST_OFFSETS * (0.94 if female else 1.02) * generator.normal(1, 0.05)
        limbs = generator.normal(1, 0.06, 17)
        limbs[[1, 2, 3, 14, 15, 16]] = limbs[[4, 5, 6, 11, 12, 13]]
        seat = [-0.58, 0.38, 2.6] + generator.normal(0, 1, 3) * [0.06, 0.03, 0.12]
        actors[name] = Actor(
            offsets=body * limbs[:, None],
            seat=np.asarray(seat),
            turn=0.45 + generator.normal(0, 0.1),
            idle=generator.normal(0, 0.5, len(STYLE)),
            styles={
                emotion: shared[emotion] + generator.normal(0, effects["own_style"], len(STYLE))
                for emotion in emotions
            },
            pitch=float((205 if female else 115) * generator.normal(1, 0.08)),
            colours=(
                skins[number % 3],
                tuple(int(value) for value in generator.integers(20, 110, 3)),
                tuple(int(value) for value in generator.integers(60, 220, 3)),
            ),
        )
    return actors


def style_track(
    actor: Actor, turns: list[tuple[float, float, NDArray[np.float64]]], frames: int
) -> NDArray[np.float64]:
    """Style in every frame: an utterance's during the turn, the idle one between, blended.

    Parameters
    ----------
    turns : list of (start, end, style)
        Seconds and the style of the utterance.
    frames : int

    Returns
    -------
    array, (frames, styles)
    """
    track = np.repeat(actor.idle[None], frames, axis=0)
    for start, end, style in turns:
        track[max(round((start - 0.2) * FPS), 0) : round((end + 0.2) * FPS)] = style
    return gaussian_filter1d(track, 3.0, axis=0, mode="nearest")


def movement(
    actor: Actor,
    track: NDArray[np.float64],
    right: bool,
    effects: dict[str, Any],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Joints of a seated actor.

    Parameters
    ----------
    track : array, (frames, styles)
    right : bool
        Whether the actor sits in the right half of the picture.
    effects : dict
        The ``movement`` part of the effects file.

    Returns
    -------
    array, (frames, 17, 3)
        Human3.6M joints in metres, camera space.
    """
    frames = len(track)
    scale = np.array([effects["posture_radians"][name] for name in POSTURE])
    raised, opened, bend, lean, tilt, pitch, head_tilt, difference = (track[:, :8] * scale).T
    amplitude = effects["amplitude_radians"] * np.exp(0.4 * track[:, 8])
    tempo = np.clip(effects["tempo_hertz"] * np.exp(0.3 * track[:, 9]), 0.4, 1.35)
    phase = 2 * np.pi * np.cumsum(tempo) / FPS + generator.uniform(0, 2 * np.pi)
    beat, second = amplitude * np.sin(phase), amplitude * np.sin(phase + 1.3)
    sway = gaussian_filter1d(generator.normal(0, 1, (frames, 3)), 25, axis=0) * 0.08
    rotations = np.zeros((frames, 17, 3))
    rotations[:, 0, 1] = actor.turn if right else -actor.turn
    for hip, knee in ((1, 2), (4, 5)):
        rotations[:, hip, 0], rotations[:, knee, 0] = -1.45, 1.5
    rotations[:, 7, 0] = -lean - 0.3 * beat + sway[:, 0]
    rotations[:, 7, 2] = tilt + sway[:, 1]
    rotations[:, 8, 0] = pitch + 0.4 * second
    rotations[:, 9, 2] = head_tilt + sway[:, 2]
    for shoulder, elbow, side in ((11, 12, -1), (14, 15, 1)):
        own = side * difference / 2
        rotations[:, shoulder, 0] = -0.35 - raised - own - beat
        rotations[:, shoulder, 2] = side * (0.25 + opened + 0.5 * second)
        rotations[:, elbow, 0] = -1.1 - bend - 1.5 * second - own
    root = actor.seat * ([-1, 1, 1] if right else [1, 1, 1]) + 0.01 * sway
    return forward_kinematics(rotations, root, actor.offsets)
