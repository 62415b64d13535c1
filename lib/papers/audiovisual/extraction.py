"""Faces, log-mel images and segments with both from a corpus of clips."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from lib.corpora import catalogue
from lib.features import clip_frames
from lib.features.clip_sound import count_sound
from lib.features.mel_images import MelImageSettings, MelSegments
from lib.features.store import FeatureWriter
from lib.features.video import count_frames
from lib.features.voice_activity import VoiceActivitySettings
from lib.files import write_parquet
from lib.papers import settings as shared
from lib.papers.found import Losses
from lib.papers.videos import Unusable, read_all
from lib.params import project_path

Region = tuple[float, float]


class FaceSettings(shared.FaceSettings):
    """Detection and cropping of faces; frames between detections take the nearest box.

    `margin` is a share of the box's longer side, `least_detected` the least of frames with a face.
    Boxes are moving medians over `smoothing` detections on either side (0: as detected).
    """

    smoothing: int = Field(ge=0)
    margin: float
    least_detected: float


class ExtractionStage(shared.ExtractionStage):
    """Parameters of `audiovisual/01_extraction`.

    `frames` is the number of faces per segment, `clips_drawn` that of clips shown as figures.
    """

    voice_activity: VoiceActivitySettings
    mel: MelImageSettings
    faces: FaceSettings
    frames: int
    clips_drawn: int


@dataclass(frozen=True)
class Clip:
    """Sound and faces of one clip.

    `region` is the part with speech (start and end in seconds), `faces` are (frames with a face,
    size, size, 3), `times` in seconds and `detected` are those of all frames, (frames,).
    """

    region: Region
    seconds: float
    wave: NDArray[np.float32]
    faces: NDArray[np.uint8]
    times: NDArray[np.float64]
    detected: NDArray[np.bool_]


@dataclass(frozen=True)
class Extraction:
    """Tables of the clips that were kept and left out.

    ``samples`` (clips with ``seconds``, ``start``, ``end``, ``frames``, ``detected``), ``segments``
    (``segment``, ``sample_id``, ``variant``, ``number``, ``start``, ``end``, ``faces``) and
    ``excluded`` (``sample_id``, ``label``, ``reason``); `losses` are those of files.
    """

    samples: pd.DataFrame
    segments: pd.DataFrame
    excluded: pd.DataFrame
    losses: Losses


def clips_of(corpus: str) -> pd.DataFrame:
    """Sample table of a corpus's clips with picture and sound, with a column ``video``."""
    use = catalogue.get(corpus).use("audiovisual")
    table = catalogue.read(corpus, project_path("data"), **use.options)
    table = table[table["label"].isin(use.classes)].reset_index(drop=True)
    return table.rename(columns={use.columns["video"]: "video"})


def read_clip(path: Path, settings: ExtractionStage) -> Clip:
    """Sound, region with speech and faces of one clip.

    Raises
    ------
    VideoError
        If the file is damaged or silent.
    Unusable
        If the sound is not finite or has no speech, no frame is decoded, or too few have a face.
    """
    from lib.features import clip_sound, speech, voice_activity

    wave = clip_sound.read_sound(path)
    try:
        region = voice_activity.speech_region(wave, speech.RATE, settings.voice_activity)
    except ValueError as error:
        raise Unusable(str(error)) from None
    if region is None:
        raise Unusable("no speech is found")
    times, found, detected = faces_of(path, settings.faces)
    share = float(detected.mean())
    if share < settings.faces.least_detected or not detected.any():
        raise Unusable(f"a face in only {share:.0%} of {len(detected)} frames")
    return Clip(region, len(wave) / speech.RATE, wave, found, times, detected)


def faces_of(
    path: Path, settings: FaceSettings
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Times, faces and detected, as in `Clip`."""
    from lib.features import faces, video

    detect = faces.detector(settings.detector, settings.smallest, settings.least)
    times: list[float] = []

    def chosen() -> Iterator[NDArray[np.uint8]]:
        for number, (_, time, image) in enumerate(video.frames(path)):
            times.append(time)
            if number % settings.every == 0:
                yield image

    found = faces.smooth([face for _, face in faces.detect_all(chosen(), detect)], settings.smoothing)
    if not times:
        raise Unusable("no frame can be decoded")
    rounded = (np.arange(len(times)) + settings.every // 2) // settings.every
    nearest = [found[index] for index in np.minimum(rounded, len(found) - 1)]
    crops = [  # decoded once more, so that no more than a batch of frames is in memory
        faces.crop(image, face, settings.size, settings.margin)
        for (_, _, image), face in zip(video.frames(path), nearest, strict=True)
        if face is not None
    ]
    pictures = np.stack(crops) if crops else np.zeros((0, settings.size, settings.size, 3), np.uint8)
    return np.array(times), pictures, np.array([face is not None for face in nearest])


def segments_of(clip: Clip, region: Region, settings: ExtractionStage) -> tuple[MelSegments, Any]:
    """Log-mel images of a region, and the faces of each as indices, (segments, frames).

    Times are seconds from the clip's start; indices count the clip's faces.
    """
    from lib.features import mel_images, speech

    first, last = (round(time * speech.RATE) for time in region)
    mel = mel_images.segments(clip.wave[first:last], settings.mel)
    mel = MelSegments(mel.images, mel.starts + region[0], mel.ends + region[0])
    place = np.cumsum(clip.detected) - 1
    rows = []
    for start, end in zip(mel.starts, mel.ends, strict=True):
        frames = clip_frames.within(clip.times, float(start), float(end))
        frames = clip_frames.nearest_detected(frames, clip.detected)
        rows.append(place[clip_frames.exactly(frames, settings.frames)])
    return mel, np.stack(rows)


def extract(
    corpus: str, table: pd.DataFrame, settings: ExtractionStage, folder: Path, facts: dict[str, Any]
) -> Extraction:
    """Write ``faces.arrow``, ``mel_speech.arrow``, ``mel_whole.arrow`` and three tables.

    `table` names each sample's ``video``, relative to the corpus's folder; the files hold `facts`.

    Raises
    ------
    Unusable
        If no clip can be used.
    """
    kept, cut, excluded, losses = [], [], [], Losses()
    facts = facts | {"classes": list(catalogue.get(corpus).use("audiovisual").classes)}
    with (
        FeatureWriter(folder / "faces.arrow", facts, "uint8") as faces,
        FeatureWriter(folder / "mel_speech.arrow", facts, "uint8") as speech,
        FeatureWriter(folder / "mel_whole.arrow", facts, "uint8") as whole,
    ):
        counts = {"frames": count_frames, "seconds of sound": count_sound}
        clips = read_all(corpus, table["video"], read_clip, settings, counts, losses)
        for sample, label, clip in zip(table["sample_id"], table["label"], clips, strict=True):
            if isinstance(clip, Unusable):
                excluded.append((sample, label, str(clip)))
                continue
            faces.write(sample, clip.faces)
            regions = {"speech": (speech, clip.region), "whole": (whole, (0.0, clip.seconds))}
            for variant, (writer, region) in regions.items():
                mel, frames = segments_of(clip, region, settings)
                writer.write(sample, mel.images)
                rows = zip(mel.starts, mel.ends, frames.tolist(), strict=True)
                for number, row in enumerate(rows):
                    cut.append((f"{sample}#{variant}{number}", sample, variant, number, *row))
            kept.append((sample, clip.seconds, *clip.region, len(clip.times), clip.detected.mean()))
    if not kept:
        raise Unusable(f"no clip of {corpus} can be used: {excluded[0][2]}")
    columns = ["sample_id", "seconds", "start", "end", "frames", "detected"]
    samples = table.merge(pd.DataFrame(kept, columns=columns), on="sample_id")
    columns = ["segment", "sample_id", "variant", "number", "start", "end", "faces"]
    left_out = pd.DataFrame(excluded, columns=["sample_id", "label", "reason"])
    found = Extraction(samples, pd.DataFrame(cut, columns=columns), left_out, losses)
    for name in ("samples", "segments", "excluded"):
        write_parquet(folder / f"{name}.parquet", getattr(found, name))
    return found
