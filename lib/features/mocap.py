"""Motion capture of IEMOCAP: markers of head, hands and face, averaged over parts."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

KINDS = {"hand": 18, "head": 6, "rotated": 165}
"""Values per frame by kind of file, in the order in which they are joined."""


def marker_file(folder: Path, kind: str, dialogue: str) -> Path:
    """File with a dialogue's markers.

    The release has none for Ses05M_script01_1b. As in the baseline's public code, such a dialogue
    gets the file of the dialogue whose name its own begins with. `folder` is ``Session<n>/dialog``,
    and `kind` one of `KINDS`.

    Raises
    ------
    FileNotFoundError
        If there is neither.
    """
    files = folder / f"MOCAP_{kind}"
    found = [path for path in files.glob("*.txt") if dialogue.startswith(path.stem)]
    if not found:
        path = files / f"{dialogue}.txt"
        raise FileNotFoundError(f"no markers {path}: copy MOCAP_{kind} of the release to it")
    return max(found, key=lambda path: len(path.stem))


def read_markers(path: Path, kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times, (frames,), seconds, and values, (frames, values), NaN for hidden markers, of a file.

    A marker file has two header lines, then lines with frame, time and values.

    Raises
    ------
    ValueError
        If a line has a wrong number of values, or the file has no frame; names the file.
    """
    try:
        table = pd.read_csv(path, sep=r"\s+", skiprows=2, header=None, na_values=["NaN", "nan"])
        content = table.to_numpy(dtype=float)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as markers: {error}") from None
    if content.shape[1] != KINDS[kind] + 2:
        raise ValueError(f"{path}: {content.shape[1] - 2} values a frame, not the {KINDS[kind]} of {kind}")
    return content[:, 1], content[:, 2:]


def part_means(
    times: NDArray[np.float64], values: NDArray[np.float64], start: float, end: float, parts: int
) -> NDArray[np.float32]:
    """Means over nearly equal parts of the frames between two times, (parts, values).

    Hidden markers count as 0. Parts without a frame, in utterances shorter than `parts` frames,
    repeat the previous part. See `read_markers` for times and values.
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
