"""Parts of files that are samples of their own: how long a file is, and the part written to a file."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import table as reader
from lib.corpora.catalogue import CorpusError
from scripts.corpora.table import RECORDING, Row

EXACT = {"PCM_U8": "int16", "PCM_16": "int16", "PCM_24": "int32", "PCM_32": "int32", "DOUBLE": "float64"}
"""Type in which samples of a sound file are read and written unchanged, by the file's own."""
BEYOND = {"sound": 0.01, "skeleton": 0.0, "video": 0.1, RECORDING: 0.1}
"""How far a part may end after its file, whose header may be rounded: seconds, or frames of a skeleton."""


def target(row: Row, kind: str) -> str:
    """Name of a row's file in the corpus: its own, or that of the part."""
    if not row.cut or kind == RECORDING:
        return row.path
    path, frames = PurePosixPath(row.path), kind == "skeleton"
    first, last = (f"{time:.0f}" if frames else f"{time:.3f}" for time in row.cut)
    suffix = ".mkv" if kind == "video" else path.suffix
    return path.with_name(f"{path.stem}_{first}-{last}{suffix}").as_posix()


def write(source: Path, place: Path, cut: tuple[float, float], kind: str) -> None:
    """Write the part of a file from ``cut[0]`` up to ``cut[1]``."""
    {"sound": _sound, "skeleton": _skeleton, "video": _video}[kind](source, place, *cut)


def lengths(rows: Sequence[Row], root: Path, kind: str) -> list[float]:
    """Length of each row's sample: seconds, or frames of skeletons; none for pictures.

    CorpusError if a part ends after its file, or skeletons have other joints than the first.
    """
    found, first, known = [], None, dict[str, tuple[float, int]]()
    for row in rows:
        if row.path not in known:
            known[row.path] = _measured(root / row.path, kind)
        length, joints = known[row.path]
        first = first or (joints, row)
        if joints != first[0]:
            what = f"{row.path} has {joints} joints, but {first[1].path} has {first[0]}"
            raise CorpusError(f"{row.where}: {what}: give all files the same joints")
        start, end = row.cut or (0.0, length)
        if end > length + BEYOND[kind]:
            unit = "frames" if kind == "skeleton" else "s"
            what = f"end {end:g} is after the end of {row.path}, which has {length:.4g} {unit}"
            raise CorpusError(f"{row.where}: {what}: correct it")
        found.append(end - start)
    return found


def _measured(path: Path, kind: str) -> tuple[float, int]:
    """Seconds, or frames and joints of a skeleton."""
    if kind == "skeleton":
        frames, joints, _ = reader.read_skeleton(path).shape
        return float(frames), joints
    if kind == "sound":
        import soundfile

        return float(soundfile.info(str(path)).duration), 0
    from lib.features.video import opened

    with opened(path) as container:
        stream = container.streams.video[0]
        own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        return own or (container.duration or 0) / 1e6, 0


def _sound(source: Path, place: Path, start: float, end: float) -> None:
    """With the file's own rate and depth."""
    import soundfile

    with soundfile.SoundFile(source) as sound:
        first, last = round(start * sound.samplerate), round(end * sound.samplerate)
        sound.seek(first)
        wave = sound.read(last - first, dtype=EXACT.get(sound.subtype, "float32"), always_2d=True)
        soundfile.write(place, wave, sound.samplerate, sound.subtype, format=sound.format)


def _skeleton(source: Path, place: Path, start: float, end: float) -> None:
    if source.suffix.lower() == ".csv":
        rows = pd.read_csv(source, dtype=str, skiprows=range(1, 1 + int(start)), nrows=int(end - start))
        rows.to_csv(place, index=False, lineterminator="\n")
    else:
        np.save(place, np.load(source, mmap_mode="r", allow_pickle=False)[int(start) : int(end)])


def _video(source: Path, place: Path, start: float, end: float) -> None:
    """Pictures as they are decoded, with their times, and sound as the notebooks read it, without loss."""
    import av

    from lib.features.clip_sound import read_sound
    from lib.features.speech import RATE
    from lib.features.video import frames, opened

    with opened(source) as container:
        rate = container.streams.video[0].average_rate
        sound = read_sound(source) if container.streams.audio else np.zeros(0, np.float32)
    pictures = ((time, image) for _, time, image in frames(source) if time >= start)
    first = next(pictures, None)
    if first is None or first[0] >= end:
        raise CorpusError(f"{source} has no picture from {start:g} to {end:g} s: correct start and end")
    wave = sound[round(first[0] * RATE) : round(end * RATE)]
    with av.open(str(place), "w", format="matroska") as out:
        stream: Any = out.add_stream("ffv1", rate=rate or 25, options={"level": "3"})
        stream.height, stream.width = first[1].shape[:2]
        stream.pix_fmt, stream.time_base = "bgr0", Fraction(1, 1000)
        track: Any = out.add_stream("pcm_f32le", rate=RATE, layout="mono") if len(wave) else None
        if track:
            frame = av.AudioFrame.from_ndarray(wave[None], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
            out.mux(track.encode(frame))
        for time, image in _until(first, pictures, end):
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            picture.pts, picture.time_base = round(1000 * (time - first[0])), Fraction(1, 1000)
            out.mux(stream.encode(picture))
        out.mux([*stream.encode(None), *(track.encode(None) if track else [])])


def _until(
    first: tuple[float, NDArray[np.uint8]], others: Iterator[tuple[float, NDArray[np.uint8]]], end: float
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    yield first
    for time, image in others:
        if time >= end:
            return
        yield time, image
