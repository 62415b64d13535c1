"""Media of a corpus, read in parallel; what cannot be used comes with a reason."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from lib.features.video import VideoError
from lib.papers.found import Losses
from lib.params import project_path
from lib.runs.cluster import in_order

Read = Callable[[Path, Any], Any]
Counts = Mapping[str, Callable[[Path], tuple[float, float]]]
"""By what a file should have: function that counts what is there, and what is missing."""


class Unusable(ValueError):
    """A file that is left out, with the reason."""


def missing(path: Path, counts: Counts, least: float) -> list[str]:
    """What a file lacks, by kind; raises `Unusable` without a share of `least`."""
    found = [(what, *count(path)) for what, count in counts.items()]
    lacking = [f"{b:.4g} of {a + b:.4g} {what} are missing" for what, a, b in found if b > 0]
    if any(there < least * (there + lost) for _, there, lost in found):
        raise Unusable(", ".join(lacking))
    return lacking


def read_all(
    corpus: str, videos: Collection[str], read: Read, settings: Any, counts: Counts, losses: Losses
) -> Iterator[Any]:
    """Results of ``read(path, settings)`` for a corpus's videos, in their order.

    Where `read` raises `Unusable` or `VideoError`, or less than `least_complete` of the settings is
    there, the result is an `Unusable` whose message has no absolute path; adds smaller ones to `losses`.
    """
    paths = [project_path(f"data/{corpus}") / video for video in videos]
    found = in_order(_attempt, paths, read, settings, counts)
    for video, (result, lacking) in zip(videos, found, strict=True):
        losses += [(video, what) for what in lacking]
        yield result


def _attempt(path: Path, read: Read, settings: Any, counts: Counts) -> tuple[Any, list[str]]:
    try:
        lacking = missing(path, counts, settings.least_complete)
        return read(path, settings), lacking
    except (Unusable, VideoError) as error:
        return Unusable(str(error).replace(str(path), path.name)), []
