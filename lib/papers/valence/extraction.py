"""Aligned faces at four frames per second, and traces of valence, from recordings."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.corpora import catalogue
from lib.evaluation.metrics import concordance_correlation
from lib.features.store import FeatureWriter
from lib.features.traces import agreement, gold_standard
from lib.features.video import VideoError, count_frames
from lib.files import write_parquet
from lib.papers.found import Losses
from lib.papers.valence.settings import ExtractionStage
from lib.papers.videos import Unusable, read_all
from lib.params import project_path


class Extraction(NamedTuple):
    """Tables of the recordings that were kept and left out, and losses of files; see `extract`."""

    samples: pd.DataFrame
    traces: pd.DataFrame
    frames: pd.DataFrame
    excluded: pd.DataFrame
    losses: Losses


def read_faces(path: Path, settings: ExtractionStage) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
    """Frames of a video, and aligned faces (frames, size, size, 3), black where there is none.

    The columns of the frames are ``frame``, ``time`` (seconds) and ``detected``.

    Raises
    ------
    VideoError
        If the video cannot be decoded or has no frame.
    """
    from lib.features import face_alignment, faces, video

    chosen = settings.faces
    file = faces.landmark_file(chosen.landmarks)
    detect = faces.detector(chosen.detector, chosen.smallest, chosen.least, file)
    kept = face_alignment.sampled(video.frames(path), settings.frame_rate)
    found = list(face_alignment.track(kept, detect, chosen.size, chosen.every))
    if not found:
        raise VideoError(f"{path} has no frame that can be decoded")
    empty = np.zeros((chosen.size, chosen.size, 3), np.uint8)
    rows = [(number, frame.time, frame.face is not None) for number, frame in enumerate(found)]
    pictures = np.stack([empty if frame.face is None else frame.face for frame in found])
    return pd.DataFrame(rows, columns=["frame", "time", "detected"]), pictures


def labels(corpus: str, recording: dict[Any, Any], settings: ExtractionStage) -> pd.DataFrame:
    """Trace of one recording.

    The columns are ``recording``, ``time``, ``valence`` (published or rebuilt, by the settings),
    ``published``, ``rebuilt`` and ``spread`` (standard deviation of the centred raters; both
    missing without individual ratings).
    """
    reader, folder = catalogue.reader(corpus), project_path(f"data/{corpus}")
    times, published = reader.trace(folder, recording)
    columns = {"recording": recording["sample_id"], "time": times, "published": published}
    table = pd.DataFrame({**columns, "rebuilt": np.nan, "spread": np.nan})
    rated = reader.ratings(folder, recording)
    if rated is not None:
        when, values = rated
        rebuilt = gold_standard(values, str(recording["sample_id"]))
        centred = values - values.mean(axis=1, keepdims=True)
        table["rebuilt"] = np.interp(times, when, rebuilt)
        table["spread"] = np.interp(times, when, centred.std(axis=0))
    wanted = table["rebuilt"] if settings.gold_standard == "rebuilt" else table["published"]
    return table.assign(valence=wanted.fillna(table["published"]))


def rater_agreement(corpus: str, samples: pd.DataFrame, traces: pd.DataFrame) -> pd.DataFrame:
    """Raters of each recording, their mean mutual CCC, and the CCC of both gold standards.

    Empty without individual ratings.
    """
    reader, folder = catalogue.reader(corpus), project_path(f"data/{corpus}")
    rows = []
    for recording in samples.to_dict("records"):
        rated = reader.ratings(folder, recording)
        if rated is None:
            continue
        own = traces[traces["recording"] == recording["sample_id"]]
        both = concordance_correlation(*own[["published", "rebuilt"]].to_numpy(float).T)
        mutual = float(agreement(rated[1]).mean())
        rows.append((recording["sample_id"], len(rated[1]), mutual, both))
    columns = ["recording", "raters", "mean CCC between raters", "CCC of published and rebuilt"]
    return pd.DataFrame(rows, columns=columns)


def extract(
    corpus: str, table: pd.DataFrame, settings: ExtractionStage, folder: Path, metadata: dict
) -> Extraction:
    """Write ``faces.arrow`` and the tables, each as parquet, recordings in parallel.

    The tables are ``samples`` (recordings with ``frames``, ``detected``, ``video_seconds``,
    ``label_seconds``), ``traces`` (see `labels`), ``frames`` (``recording``, ``frame``, ``time``,
    ``detected``), ``excluded`` (recordings whose video cannot be used, with ``reason``).

    Raises
    ------
    VideoError
        If no video can be used.
    """
    kept, traces, frames, excluded, losses = [], [], [], [], Losses()
    found = read_all(corpus, table["video"], read_faces, settings, {"frames": count_frames}, losses)
    with FeatureWriter(folder / "faces.arrow", metadata, "uint8") as writer:
        for row, read in zip(table.to_dict("records"), found, strict=True):
            name = str(row["sample_id"])
            if isinstance(read, Unusable):
                excluded.append((name, str(read)))
                continue
            own, pictures = read
            trace = labels(corpus, row, settings)
            seconds = (own["time"].iloc[-1] + 1 / settings.frame_rate, trace["time"].iloc[-1])
            if seconds[0] < settings.least_complete * seconds[1]:
                excluded.append((name, "labels of {1:.4g} s, video of {0:.4g} s".format(*seconds)))
                continue
            writer.write(name, pictures)
            own.insert(0, "recording", name)
            frames.append(own)
            traces.append(trace)
            kept.append((name, len(own), own["detected"].mean(), *seconds))
    if not kept:
        raise VideoError(f"no video of data/{corpus} can be used: {excluded[0][1]}")
    columns = ["sample_id", "frames", "detected", "video_seconds", "label_seconds"]
    samples = table.merge(pd.DataFrame(kept, columns=columns), on="sample_id")
    left_out = pd.DataFrame(excluded, columns=["sample_id", "reason"])
    every_trace, every_frame = (pd.concat(own, ignore_index=True) for own in (traces, frames))
    result = Extraction(samples, every_trace, every_frame, left_out, losses)
    for name in ("samples", "traces", "frames", "excluded"):
        write_parquet(folder / f"{name}.parquet", getattr(result, name))
    return result


def examples(
    path: Path, aligned: NDArray[np.uint8], settings: ExtractionStage
) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Six frames of a video, spread evenly, each with its aligned face."""
    from lib.features import face_alignment, video

    rows = set(np.linspace(0, len(aligned) - 1, 6).round().astype(int).tolist())
    kept = face_alignment.sampled(video.frames(path), settings.frame_rate)
    return [(image, aligned[row]) for row, (_, image) in enumerate(kept) if row in rows]
