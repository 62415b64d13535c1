"""Videos of a corpus, read in parallel; those that cannot be used come with a reason."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from lib.features.video import VideoError
from lib.params import project_path
from lib.runs.parallel import in_order
from lib.settings import Settings

Result = TypeVar("Result")
Stage = TypeVar("Stage", bound=Settings)


class Unusable(ValueError):
    """A video that is left out, with the reason."""


def read_all(
    corpus: str, videos: Iterable[str], read: Callable[[Path, Stage], Result], settings: Stage
) -> Iterator[Result | Unusable]:
    """Results of ``read(path, settings)`` for a corpus's videos, in their order.

    Where `read` raises `Unusable` or `VideoError`, the result is an `Unusable` whose message has no
    absolute path.
    """
    paths = [project_path(f"data/{corpus}") / video for video in videos]
    return in_order(_attempt, paths, read, settings)


def _attempt(
    path: Path, read: Callable[[Path, Stage], Result], settings: Stage
) -> Result | Unusable:
    try:
        return read(path, settings)
    except (Unusable, VideoError) as error:
        return Unusable(str(error).replace(str(path), path.name))
