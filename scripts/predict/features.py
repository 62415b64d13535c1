"""Features of a user's recording, made as each paper's extraction makes those of a corpus."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.features import mel_images, speech, video, voice_activity
from lib.features.clip_frames import within
from lib.features.image_augmentation import PictureError, scene_and_body
from lib.features.store import FeatureWriter
from lib.papers.audiovisual import extraction as audiovisual
from lib.papers.valence import extraction as valence
from lib.papers.valence.inputs import windows
from lib.papers.valence.settings import ExtractionStage as ValenceStage
from lib.papers.videos import Unusable
from scripts.predict.body import skeletons
from scripts.predict.models import Trained
from scripts.predict.recording import Missing, Recording, gaps

OWN = "own"
LEAST = 0.1  # seconds of sound in which a segment is cut
HEARD = voice_activity.VoiceActivitySettings(smoothing=0.2)
"""Voice activity for networks that were trained on whole utterances. With the 0.5 s that suit cutting a clip,
quiet low voices are missed: on 144 recordings of RAVDESS 91 % are found with 0.5 s and 97 % with 0.2 s; of 20
recordings of pink noise four are taken for speech with either, of white noise none."""


class Units(NamedTuple):
    """Samples that a network is asked about, ``start``, ``end`` (seconds) and whether ``used`` of its
    answers, and what is missing of the recording."""

    names: list[str]
    spans: pd.DataFrame
    missing: list[Missing]


def units(names: list[str], spans: Any, missing: list[Missing], used: Any = True) -> Units:
    """`Units` from pairs of seconds."""
    table = pd.DataFrame(np.reshape(np.array(spans, float), (-1, 2)), columns=["start", "end"])
    return Units(names, table.assign(used=used), missing)


def prepare(trained: Trained, recording: Recording, folder: Path) -> Units:
    """Write what a network needs into a folder; without any unit where all of it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"skeletal": _skeletal, "audiovisual": _audiovisual, "context": _context}
    return makers.get(trained.record["paper"], _valence)(trained, recording, folder)


def _audiovisual(trained: Trained, recording: Recording, folder: Path) -> Units:
    settings = audiovisual.ExtractionStage.model_validate(trained.record["features"]["settings"])
    variant = trained.record["settings"]["model"]["variant"]
    seen, heard = ("face" in trained.parts), ("voice" in trained.parts)
    wave, missing = recording.wave, []
    if wave is None:  # only the times of segments come from it
        wave = np.zeros(max(1, round(recording.seconds * speech.RATE)), np.float32)
    end = len(wave) / speech.RATE
    region: tuple[float, float] | None = (0.0, end)
    if recording.wave is not None:
        found = _speech(wave, settings.voice_activity)
        if found is None:
            missing.append(Missing("voice", 0.0, end, "no speech is found"))
        else:
            edges = np.array([0.0, found[0], found[1], end])
            there = np.array([found[0] < 0.05, True, end - found[1] < 0.05])
            missing += gaps("voice", edges[:-1], edges[1:], there, "no speech is found")
        region = found if heard and variant == "speech" else found or region
        if heard and found is None:
            return units([], [], missing)
    assert region is not None
    region = region[0], min(end, max(region[1], region[0] + LEAST))
    if not seen:
        first, last = (round(time * speech.RATE) for time in region)
        mel = mel_images.segments(wave[first:last], settings.mel)
        starts, ends = mel.starts + region[0], mel.ends + region[0]
        images, rows = mel.images, np.zeros((len(starts), settings.frames), int)
        detected = np.ones(len(starts), bool)
    else:
        try:
            key = ("faces", settings.faces.model_dump_json())
            times, faces, has = recording.once(
                key, lambda: audiovisual.faces_of(recording.path, settings.faces)
            )
        except Unusable as error:
            return units([], [], [*missing, Missing("face", 0.0, recording.seconds, str(error))])
        step = np.append(times[1:], recording.seconds)
        missing += gaps("face", times, step, has, "no face is found")
        if not has.any():
            return units([], [], missing)
        clip = audiovisual.Clip(region, end, wave, faces, times, has)
        mel, rows = audiovisual.segments_of(clip, region, settings)
        images, starts, ends = mel.images, mel.starts, mel.ends
        detected = np.array([has[within(times, a, b)].any() for a, b in zip(starts, ends, strict=True)])
        _write(folder / "faces.arrow", {OWN: faces}, "uint8")
    _write(folder / f"mel_{variant}.arrow", {OWN: images}, "uint8")
    names = [f"{OWN}#{variant}{number}" for number in range(len(starts))]
    table = pd.DataFrame(
        {"segment": names, "sample_id": OWN, "variant": variant, "number": range(len(names))}
    )
    table = table.assign(start=starts, end=ends, faces=pd.Series(rows.tolist()))
    table.to_parquet(folder / "segments.parquet", index=False)
    return units(names, np.column_stack([starts, ends]), missing, detected)


def _speech(wave: NDArray[np.float32], settings: Any) -> tuple[float, float] | None:
    try:
        return voice_activity.speech_region(wave, speech.RATE, settings)
    except ValueError:  # shorter than a window, or not finite
        return None


def _write(path: Path, arrays: dict[str, NDArray[Any]], kind: Any = "float32") -> None:
    with FeatureWriter(path, {}, kind) as writer:
        for name, array in arrays.items():
            writer.write(name, array)


def spans(seconds: float, length: float) -> NDArray[np.float64]:
    """Windows of a recording, (windows, 2), half overlapping, the last at its end."""
    length = min(length, seconds)
    starts = np.arange(0.0, max(seconds - length, 0.0) + 1e-9, length / 2)
    if seconds - length - starts[-1] > 0.05:
        starts = np.append(starts, seconds - length)
    return np.column_stack([starts, starts + length])


def _skeletal(trained: Trained, recording: Recording, folder: Path) -> Units:
    """Windows as long as the network's input; words are the same in all of them."""
    from lib.features import prosody

    given, features = trained.record["settings"]["inputs"], trained.record["features"]
    lengths = [given["audio"]["frames"] * 0.01] if "audio" in given else []
    missing: list[Missing] = []
    moved = None
    if "skeleton" in given:
        lengths.append(given["skeleton"]["frames"] / (features.get("fps") or recording.frames))
        moved, lacking = skeletons(trained, recording)
        missing += lacking
        if moved is None:
            return units([], [], missing)
    seconds = recording.seconds
    if "audio" in given and recording.wave is not None:
        seconds = len(recording.wave) / speech.RATE
    cut = spans(seconds, min(lengths)) if lengths else np.array([[0.0, seconds]])
    if "audio" in given:
        assert recording.wave is not None
        times, active = voice_activity.active_windows(recording.wave, speech.RATE, HEARD)
        there = np.array([active[(times >= start) & (times < end)].any() for start, end in cut])
        missing += gaps("voice", cut[:, 0], cut[:, 1], there, "no speech is found")
        cut = cut[there]
    if moved is not None:
        there = moved.there(cut)
        missing += gaps("body", cut[:, 0], cut[:, 1], there, "the person is in too few frames")
        cut = cut[there]
    names = [f"{OWN}{number}" for number in range(len(cut))]
    if not names:
        return units([], [], missing)
    if "audio" in given:
        assert recording.wave is not None
        bounds = np.round(cut * speech.RATE).astype(int)
        waves = {name: recording.wave[a:b] for name, (a, b) in zip(names, bounds, strict=True)}
        _write(folder / "mfcc.arrow", {name: speech.mfcc39(wave) for name, wave in waves.items()})
        _write(folder / "prosody.arrow", {name: prosody.prosody35(wave) for name, wave in waves.items()})
    if moved is not None:
        store = given["skeleton"]["store"]
        own = {name: moved.cut(store, *span) for name, span in zip(names, cut, strict=True)}
        _write(folder / f"{store}.arrow", own)
    table = pd.DataFrame({"sample_id": names, "transcript": recording.words})
    table.to_parquet(folder / "samples.parquet", index=False)
    return units(names, cut, missing)


def _context(trained: Trained, recording: Recording, folder: Path) -> Units:
    """A picture, or one frame a second of a video."""
    size = trained.record["features"]["settings"]["size"]
    missing: list[Missing] = []
    if recording.picture is not None:
        pictures, cut = [recording.picture], np.zeros((1, 2))
    else:
        pictures = []
        times: list[float] = []
        for _, time, image in video.frames(recording.path):
            if time >= len(times):
                pictures.append(image)
                times.append(time)
        cut = np.column_stack([times, np.append(times[1:], recording.seconds)])
    if recording.box is None:
        what = "no box of the person (BOX): the whole picture is used as the body"
        missing.append(Missing("body", 0.0, recording.seconds, what))
    pairs = {}
    for number, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        try:
            pair = scene_and_body(picture, recording.box or (0, 0, width, height), size)
        except PictureError as error:
            return units([], [], [Missing("body", 0.0, recording.seconds, str(error))])
        pairs[f"{OWN}{number}"] = pair
    _write(folder / "pictures.arrow", pairs, "uint8")
    return units(list(pairs), cut, missing)


def _valence(trained: Trained, recording: Recording, folder: Path) -> Units:
    settings = ValenceStage.model_validate(trained.record["features"]["settings"])
    own = trained.record["settings"]
    key = ("aligned", settings.model_dump_json())
    frames, pictures = recording.once(key, lambda: valence.read_faces(recording.path, settings))
    times, has = frames["time"].to_numpy(float), frames["detected"].to_numpy(bool)
    ends = times + 1 / settings.frame_rate
    missing = gaps("face", times, ends, has, "no face is found")
    length = own["model"]["frames"]
    clips = windows(has, length, own["prediction_stride"], own["longest_gap"])
    if not len(clips):
        what = f"no {length / settings.frame_rate:g} s in a row with a face, the length of a network's clip"
        return units([], [], [Missing("face", 0.0, recording.seconds, what)])
    covered = np.zeros(len(has), bool)
    covered[(clips[:, 0, None] + np.arange(length)).ravel()] = True
    _write(folder / "faces.arrow", {OWN: pictures}, "uint8")
    frames.assign(recording=OWN).to_parquet(folder / "frames.parquet", index=False)
    trace = pd.DataFrame({"recording": OWN, "time": times, "valence": 0.0})
    trace.to_parquet(folder / "traces.parquet", index=False)
    return units([OWN], np.column_stack([times, ends]), missing, has & covered)
