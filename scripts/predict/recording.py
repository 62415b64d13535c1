"""A user's recording: video, sound, picture, or a file of poses or joints, with words if there are any."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib import content
from lib.corpora.catalogue import CorpusError
from lib.corpora.table import joint_names, read_skeleton
from lib.features import clip_sound, speech, video
from lib.features.image_augmentation import PictureError, read_picture
from lib.features.pose import PoseError, Poses, read_alphapose

SUFFIXES = {
    "video": (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"),
    "sound": (".wav", ".flac", ".ogg", ".mp3"),
    "picture": (".jpg", ".jpeg", ".png", ".bmp", ".webp"),
    "pose": (".json",),
    "joints": (".npy", ".csv"),
}
"""Names of files by what they hold; poses are AlphaPose's results with COCO's 17 keypoints, joints are 3D
positions as `lib.corpora.table.read_skeleton` reads them."""
ANY = "video, sound, picture, file of poses or file of 3D joints"
STEP, HEIGHT = 0.25, 96
"""Seconds between two small pictures of a video, and their height in pixels."""
RATES = 1000.0
"""The most frames per second of a file of poses."""
WORDS = 10_000_000
"""The most bytes of a file of words."""
Picture = NDArray[np.uint8]
Found = TypeVar("Found")


class RecordingError(content.FileError):
    """A file cannot be used; one sentence that names it and says what to do."""


class Missing(NamedTuple):
    """Seconds of a recording where a part is missing, and why."""

    part: str
    start: float
    end: float
    what: str


@dataclass
class Recording:
    """What a file holds; `wave` is (samples,) at 16 kHz, `small` pictures of a video by second.

    `frames` per second and `size` in pixels are the video's, or those of the poses. `joints` are 3D
    positions, (frames, joints, 3). `box` is the person's in a picture, x1, y1, x2, y2. `seen` keeps what
    several models need, such as faces.
    """

    path: Path
    kind: str
    seconds: float = 0.0
    wave: NDArray[np.float32] | None = None
    picture: Picture | None = None
    small: list[tuple[float, Picture]] = field(default_factory=list)
    words: str = ""
    poses: Poses | None = None
    joints: NDArray[np.float32] | None = None
    frames: float = 30.0
    size: tuple[int, int] | None = None
    box: list[float] | None = None
    missing: list[Missing] = field(default_factory=list)
    seen: dict[Any, Any] = field(default_factory=dict)

    @property
    def parts(self) -> set[str]:
        """Parts of `scripts.predict.models.Trained.parts` that it has."""
        found = {
            "voice": self.wave is not None,
            "face": self.kind == "video",
            "words": bool(self.words.strip()),
            "body": self.poses is not None or self.joints is not None,
            "scene": self.kind in ("picture", "video"),
        }
        return {part for part, there in found.items() if there}

    def once(self, key: Any, make: Callable[[], Found]) -> Found:
        """Result of `make`, computed when it is first asked for under this key."""
        if key not in self.seen:
            self.seen[key] = make()
        return self.seen[key]


def kind_of(path: Path) -> str | None:
    """What a file holds by its name; None for files of other kinds."""
    return next((kind for kind, own in SUFFIXES.items() if path.suffix.lower() in own), None)


def readable(path: Path) -> bool:
    """Whether a file of a folder is of a kind that is read; tables (csv) are, if they hold joints."""
    if path.suffix.lower() != ".csv":
        return path.is_file() and kind_of(path) is not None
    try:
        with path.open(encoding="utf-8") as file:
            return bool(joint_names(file.readline(WORDS).strip().split(",")))
    except (OSError, ValueError):  # also what is no text
        return False


def existing(text: str) -> Path | None:
    """The file or folder that a text names; None if there is none, as where it is words."""
    try:
        return Path(text) if text and Path(text).exists() else None
    except OSError:  # longer than a name can be
        return None


def require_rate(frames: float, given: object = None) -> float:
    """Frames per second as they are; RecordingError unless they are above 0 and at most `RATES`."""
    if not 0 < frames <= RATES:
        shown = frames if given is None else given
        raise RecordingError(f"FPS {shown!r} is no number of frames per second above 0 and up to {RATES:g}")
    return frames


def words_of(path: Path) -> str:
    """Content of a file of words; RecordingError if it is no text in UTF-8."""
    with content.reading(path, RecordingError, "is no text in UTF-8: save it as plain text in UTF-8"):
        if path.stat().st_size > WORDS:
            raise ValueError(f"it is larger than {WORDS / 1e6:.0f} MB")
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("it holds zeros, as text in UTF-16 does")
        return text


def read(
    path: Path,
    words: str = "",
    poses: Path | None = None,
    box: list[float] | None = None,
    frames: float = 0.0,
) -> Recording:
    """Read a file.

    Parameters
    ----------
    words : str
        What is said in it.
    poses : Path, optional
        AlphaPose's result on a video.
    box : list of float, optional
        The person's in a picture, pixels.
    frames : float
        Frames per second of a file of poses or joints alone, at most 1000; 0 stands for 30.

    Raises
    ------
    RecordingError
        If there is no such file, or it is empty, damaged or not what its name says.
    """
    kind = kind_of(path)
    if not path.is_file():
        raise RecordingError(f"{path}: there is no such file")
    if kind is None:
        known = ", ".join(suffix for own in SUFFIXES.values() for suffix in own)
        raise RecordingError(f"{path} is no {ANY}: {known} are read")
    for each in filter(None, (path, poses)):
        if not each.is_file():
            raise RecordingError(f"{each}: there is no such file")
        if what := content.problem(each):
            raise RecordingError(f"{each} {what}")
    found = Recording(path, kind, words=words, box=box)
    try:
        if kind == "video":
            _watch(found)
        elif kind == "sound":
            found.wave = speech.read_speech(path)
            found.seconds = len(found.wave) / speech.RATE
        elif kind == "picture":
            found.picture = read_picture(path)
        elif kind == "joints":
            found.joints = read_skeleton(path)
        if kind == "pose" or poses is not None:
            found.poses = read_alphapose(poses or path)
    except (video.VideoError, speech.SpeechError, PictureError, PoseError, CorpusError) as error:
        raise RecordingError(str(error)) from None
    if kind in ("pose", "joints"):
        found.frames = frames or found.frames
        count = len(found.joints) if found.joints is not None else found.poses.frame.max() + 1  # type: ignore[union-attr]
        found.seconds = float(count) / found.frames
    return found


def _watch(recording: Recording) -> None:
    """Length, small pictures and sound of a video."""
    info = video.probe(recording.path)
    recording.size, last = (info.width, info.height), -1.0
    for _, time, image in video.frames(recording.path):
        last = time
        if time >= STEP * len(recording.small):
            width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
            small = Image.fromarray(image).resize((width, HEIGHT), Image.Resampling.BILINEAR)
            recording.small.append((time, np.asarray(small)))
    if last < 0:
        raise RecordingError(f"{recording.path} has no frame that can be decoded: copy it again")
    recording.frames = info.fps or recording.frames
    recording.seconds = last + 1 / recording.frames
    try:
        wave = clip_sound.read_sound(recording.path)
        if len(wave) < 0.055 * speech.RATE:
            raise video.VideoError("its sound is shorter than 55 ms")
    except video.VideoError as error:
        what = str(error).removeprefix(f"{recording.path} ").removeprefix(f"{recording.path}: ").split(":")[0]
        recording.missing.append(Missing("voice", 0.0, recording.seconds, f"the video {what}"))
    else:
        recording.wave = wave
        recording.seconds = max(recording.seconds, len(wave) / speech.RATE)


def gaps(
    part: str, starts: NDArray[Any], ends: NDArray[Any], there: NDArray[Any], what: str
) -> list[Missing]:
    """Ranges in which none of the spans in order that are `there` lies, the rest joined."""
    found: list[Missing] = []
    for start, end, present in zip(starts.tolist(), ends.tolist(), there.tolist(), strict=True):
        if present:
            continue
        if found and start <= found[-1].end + 1e-6:
            found[-1] = found[-1]._replace(end=max(end, found[-1].end))
        else:
            found.append(Missing(part, start, end, what))
    return found
