"""Motion-capture files of the IEMOCAP sample: head, hands and face of the marked actor.

As in the release, but with 5 rows per second instead of 120, and one decimal instead of five.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE = 5
_LOST = 0.004  # share of face markers that are lost, NaN in the release too

_GROUPS = {"CH": 3, "FH": 3, "LC": 8, "RC": 8, "RBM": 4, "RBRO": 4, "LBM": 4, "LBRO": 4, "MOU": 8}
_SINGLE = ("LLID", "RLID", "LNSTRL", "TNOSE", "RNSTRL", "MNOSE", "MH", "LHD", "RHD")
_MARKERS = (
    tuple(
        f"{name}{number + (name not in ('RBM', 'LBM'))}"
        for name, size in _GROUPS.items()
        for number in range(size)
    )
    + _SINGLE
)
"""The 55 markers of the face."""


def write(
    dialog: Path,
    name: str,
    joints: Floats,
    loudness: Floats,
    fps: float,
    generator: np.random.Generator,
) -> None:
    """Write MOCAP_head, MOCAP_hand and MOCAP_rotated of one dialogue.

    Parameters
    ----------
    dialog : Path
        Folder ``Session<n>/dialog``.
    name : str
        Dialogue.
    joints : array, (frames, 17, 3)
        The marked actor's Human3.6M joints in metres.
    loudness : array, (frames,)
        Of the actor's voice, 0 to 1: opens the mouth.
    fps : float
        Video frames per second.
    generator : numpy.random.Generator
    """
    times = np.arange(0, len(joints) / fps, 1 / RATE)
    frames = np.minimum(np.rint(times * fps).astype(int), len(joints) - 1)
    millimetres = 1000 * (joints[frames] - joints[frames[0], 0])
    head = np.concatenate([_angles(millimetres), millimetres[:, 10]], axis=1)
    noise = generator.normal(0, 0.3, (len(times), 24))
    hands = _hands(millimetres) + noise[:, :18]
    face = _face(generator, loudness[frames])
    tables = {
        "head": (head + noise[:, 18:], "pitch roll yaw tra_x tra_y tra_z"),
        "hand": (hands, " ".join(f"{side}H{n} " * 3 for side in "LR" for n in (1, 2, 3))),
        "rotated": (face, " ".join(f"{marker} " * 3 for marker in _MARKERS)),
    }
    for kind, (values, header) in tables.items():
        axes = "X Y Z " * (values.shape[1] // 3) if kind != "head" else ""
        lines = [f"Frame# Time {' '.join(header.split())}", axes.strip()]
        for number, (time, row) in enumerate(zip(times, values, strict=True), start=1):
            cells = " ".join("NaN" if np.isnan(value) else f"{value:.1f}" for value in row)
            lines.append(f"{number} {time:.3f} {cells}")
        path = dialog / f"MOCAP_{kind}" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _angles(joints: Floats) -> Floats:
    """Pitch, roll and yaw of the head in degrees, (rows, 3)."""
    up = joints[:, 10] - joints[:, 9]
    shoulders = joints[:, 11] - joints[:, 14]
    pitch = np.arctan2(-up[:, 2], -up[:, 1])
    roll = np.arctan2(up[:, 0], -up[:, 1])
    yaw = np.arctan2(shoulders[:, 2], shoulders[:, 0])
    return np.degrees(np.stack([pitch, roll, yaw], axis=1))


def _hands(joints: Floats) -> Floats:
    """Three markers on each hand, (rows, 18)."""
    markers = []
    for elbow, wrist in ((12, 13), (15, 16)):
        along = 0.2 * (joints[:, wrist] - joints[:, elbow])
        markers += [
            joints[:, wrist],
            joints[:, wrist] + along,
            joints[:, wrist] + along + [0, 15, 0],
        ]
    return np.concatenate(markers, axis=1)


def _face(generator: np.random.Generator, loudness: Floats) -> Floats:
    """Face markers around the nose, head movement removed, in millimetres, (rows, 165)."""
    angles = generator.uniform(0, 2 * np.pi, len(_MARKERS))
    radii = generator.uniform(15, 75, len(_MARKERS))
    rest = np.stack([radii * np.cos(angles), radii * np.sin(angles), -0.006 * radii**2], axis=1)
    face = rest + generator.normal(0, 0.2, (len(loudness), *rest.shape))
    mouth = [index for index, marker in enumerate(_MARKERS) if marker.startswith("MOU")]
    lower = mouth[len(mouth) // 2 :]
    face[:, lower, 1] -= 8 * loudness[:, None]
    face[generator.random(face.shape[:2]) < _LOST] = np.nan
    return face.reshape(len(face), -1)
