"""Motion capture of IEMOCAP: markers of head, hands and face, averaged over parts."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.content import reading

KINDS = {"hand": 18, "head": 6, "rotated": 165}
"""Values per frame by kind of file, in the order in which they are joined."""


def marker_files(folder: Path, dialogue: str) -> dict[str, Path]:
    """Files with a dialogue's markers in ``Session<n>/dialog``, by kind.

    The release has none for Ses05M_script01_1b. As in the baseline's public code, such a dialogue gets the
    file of the dialogue whose name its own begins with. FileNotFoundError if there is neither; names all
    kinds that are missing.
    """
    paths = {kind: (folder / f"MOCAP_{kind}").glob("*.txt") for kind in KINDS}
    found = {kind: [path for path in own if dialogue.startswith(path.stem)] for kind, own in paths.items()}
    if missing := [f"{folder}/MOCAP_{kind}/{dialogue}.txt" for kind, own in found.items() if not own]:
        raise FileNotFoundError(f"no markers {', '.join(missing)}: copy them from the release")
    return {kind: max(own, key=lambda path: len(path.stem)) for kind, own in found.items()}


def read_markers(path: Path, kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Times, (frames,), seconds, values, (frames, values), NaN for hidden markers, and losses of a file.

    A marker file has header lines, usually two, then lines with frame, time and values. Lines with another
    number of values, whose columns nobody knows, are left out and counted as a loss. FileError if a line is
    no numbers, no line or fewer than half have the right number of values, times do not rise, or a marker
    is a kilometre away; names the file.
    """
    with reading(path, what="cannot be read as markers"):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        rows = [row for line in lines if (row := line.split())]
        first = next((number for number, row in enumerate(rows) if row[0].isdigit()), len(rows))
        if first == len(rows) or first > 2:
            raise ValueError("no frame after at most two header lines")
        whole = [row for row in rows[first:] if len(row) == KINDS[kind] + 2]
        if len(whole) < (len(rows) - first) / 2:
            sizes = pd.Series([len(row) - 2 for row in rows[first:]])
            raise ValueError(f"{sizes.mode()[0]} values a frame, not the {KINDS[kind]} of {kind}")
        lost, every = len(rows) - first - len(whole), len(rows) - first
        what = f"{lost} of {every} lines of {kind} markers have a wrong number of values"
        content = np.array(whole, dtype=float)
        times, values = content[:, 1], content[:, 2:]
        if not (np.isfinite(times).all() and (np.diff(times) >= 0).all()):
            raise ValueError("times do not rise; copy the file anew from the release")
        if (np.abs(values) > 1e6).any():
            raise ValueError("a marker is over a kilometre (1e6 mm) away")
        return times, values, [what] * bool(lost)


def part_means(
    times: NDArray[np.float64], values: NDArray[np.float64], start: float, end: float, parts: int
) -> NDArray[np.float32]:
    """Means over nearly equal parts of the frames between two times, (parts, values).

    Hidden markers count as 0, and so does everything if no frame lies between the times. Parts
    without a frame, in utterances shorter than `parts` frames, repeat the previous part. See
    `read_markers` for times and values.
    """
    inside = np.nan_to_num(values[(times > start) & (times < end)])
    means = np.zeros((parts, values.shape[1]), np.float32)
    if len(inside):
        edges = np.linspace(0, len(inside), parts + 1)
        first = np.minimum(edges[:-1].astype(int), len(inside) - 1)
        last = np.maximum(edges[1:].astype(int), first + 1)
        sums = np.concatenate([np.zeros((1, inside.shape[1])), np.cumsum(inside, axis=0)])
        means[:] = (sums[last] - sums[first]) / (last - first)[:, None]
    return means
