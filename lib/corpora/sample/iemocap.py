"""The IEMOCAP sample release: synthetic, in the full release's layout."""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from lib.corpora.provenance import Provenance, version_of
from lib.corpora.sample import actors, drawing, iemocap_files, speech, words
from lib.features.kinematics import coco_from_h36m, project

EFFECTS = Path(__file__).parent / "effects.yaml"
WIDTH, HEIGHT, FOCAL = 240, 160, 1.1
CLASSES = ("anger", "happiness", "sadness", "neutral")
# Shares of the four classes as in the full release, happy and excited apart; others to be skipped.
ORIGINAL = {
    "ang": 0.19,
    "hap": 0.11,
    "exc": 0.18,
    "sad": 0.19,
    "neu": 0.28,
    "fru": 0.03,
    "xxx": 0.02,
}
EMOTION = {"ang": "anger", "hap": "happiness", "exc": "happiness", "sad": "sadness",
           "neu": "neutral", "fru": "anger", "xxx": "neutral"}  # fmt: skip
RATINGS = {"ang": (1.9, 3.8), "hap": (4.0, 3.2), "exc": (4.2, 3.9), "sad": (2.1, 2.2),
           "neu": (3.0, 2.8), "fru": (2.2, 3.3), "xxx": (2.7, 2.9)}  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One utterance of a dialogue."""

    utterance: str
    speaker: str
    label: str
    start: float
    end: float
    arousal: float
    style: NDArray[np.float64]
    text: str
    strength: float
    absent: bool


def write(folder: Path, seed: int, sessions: int = 5, dialogues: int = 4, turns: int = 14) -> None:
    """Write the release.

    Parameters
    ----------
    folder : Path
        Becomes ``data/iemocap``.
    seed : int
    sessions, dialogues : int
        Dialogues are counted by session.
    turns : int
        Utterances of a dialogue.
    """
    effects = yaml.safe_load(EFFECTS.read_text(encoding="utf-8"))["iemocap"]
    names = [f"Ses{s:02d}{sex}" for s in range(1, sessions + 1) for sex in "FM"]
    people = actors.make_actors(names, list(CLASSES), effects["movement"], seed)
    jobs = []
    for session in range(1, sessions + 1):
        for number in range(dialogues):
            letter = "FM"[number % 2]
            kind = (
                f"impro{number // 2 + 1:02d}" if number < dialogues / 2 else f"script{number:02d}_1"
            )
            name = f"Ses{session:02d}{letter}_{kind}"
            jobs.append((folder, name, seed + 1000 * session + number, turns, effects, people))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_dialogue, *zip(*jobs, strict=True)))
    _write_provenance(folder)


def _write_provenance(folder: Path) -> None:
    from lib.corpora import iemocap

    base = Provenance(
        corpus="iemocap", kind="synthetic", version="", licence="CC0-1.0", counts={}, files=0,
        bytes=0, source="made by lib.corpora.sample", effects="effects.yaml",
    )  # fmt: skip
    (folder / "effects.yaml").write_bytes(EFFECTS.read_bytes())
    base.write(folder)
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    files.remove("PROVENANCE.json")
    base.model_copy(
        update={
            "version": version_of(folder, files),
            "counts": iemocap.check(folder, strict=False),
            "files": len(files),
            "bytes": sum((folder / name).stat().st_size for name in files),
        }
    ).write(folder)


def _turns(
    name: str, number: int, effects: dict[str, Any], people: dict[str, actors.Actor],
    generator: np.random.Generator,
) -> list[Turn]:  # fmt: skip
    turns, time, counts = [], 0.6, {"F": 0, "M": 0}
    labels = generator.choice(list(ORIGINAL), number, p=np.array(list(ORIGINAL.values())))
    absent_turn = (
        number // 2 if name in ("Ses01F_impro01", "Ses02M_impro01", "Ses04F_impro01") else -1
    )
    for index, label in enumerate(labels):
        sex = "FM"[(index + (name[5] == "M")) % 2]
        seconds = float(np.clip(generator.lognormal(0.05, 0.3), 0.62, 2.1))
        if index == 1 and name in ("Ses03F_impro01", "Ses05M_impro01"):
            seconds = 0.57  # as short as the shortest of the full release
        start, end = round(time, 4), round(time + seconds, 4)
        emotion = EMOTION[str(label)]
        voice = effects["voice"]
        noise = generator.normal(0, effects["movement"]["utterance_noise"], len(actors.STYLE))
        turns.append(
            Turn(
                utterance=f"{name}_{sex}{counts[sex]:03d}",
                speaker=f"{name[:5]}{sex}",
                label=str(label),
                start=start,
                end=end,
                arousal=voice["arousal"][emotion] + generator.normal(0, voice["noise"]),
                style=people[f"{name[:5]}{sex}"].styles[emotion] + noise,
                text=words.sentence(emotion, round(3.5 * seconds) + 2, effects["words"], generator),
                strength=float(np.exp(generator.normal(0, 0.5))),
                absent=index == absent_turn,
            )
        )
        counts[sex] += 1
        time += seconds + float(generator.uniform(0.12, 0.3))
    return turns


def _dialogue(
    folder: Path, name: str, seed: int, number: int, effects: dict[str, Any],
    people: dict[str, actors.Actor],
) -> None:  # fmt: skip
    generator = np.random.default_rng(seed)
    turns = _turns(name, number, effects, people, generator)
    frames = round((turns[-1].end + 0.6) * actors.FPS)
    left, right = f"{name[:6]}", f"{name[:5]}{'M' if name[5] == 'F' else 'F'}"
    bodies, gone = {}, {}
    for speaker in (left, right):
        own = [turn for turn in turns if turn.speaker == speaker]
        track = actors.style_track(
            people[speaker], [(turn.start, turn.end, turn.style) for turn in own], frames
        )
        bodies[speaker] = actors.movement(
            people[speaker], track, speaker == right, effects["movement"], generator
        )
        gone[speaker] = np.zeros(frames, bool)
        for turn in own:
            if turn.absent:
                gone[speaker][_span(turn, 0.2)] = True
    release = folder / "IEMOCAP_full_release" / f"Session{int(name[3:5])}"
    iemocap_files.write_annotations(release, name, turns, RATINGS, generator)
    iemocap_files.write_mocap(release, name, bodies[left], generator)
    sound = np.zeros(round(frames / actors.FPS * speech.RATE), np.int16)
    for turn in turns:
        voice = speech.utterance(
            turn.end - turn.start, people[turn.speaker].pitch, turn.arousal, effects["voice"],
            generator,
        )  # fmt: skip
        at = round(turn.start * speech.RATE)
        sound[at : at + len(voice)] = voice[: len(sound) - at]
        path = release / "sentences" / "wav" / name / f"{turn.utterance}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, voice, speech.RATE, subtype="PCM_16")
    _write_video(release, name, turns, bodies, gone, people, sound, seed)
    _write_poses(folder, name, turns, bodies, gone, effects["jitter"], generator, (left, right))


def _span(turn: Turn, margin: float = 0.0) -> slice:
    start = max(round((turn.start - margin) * actors.FPS), 0)
    return slice(start, round((turn.end + margin) * actors.FPS))


def _write_video(
    release: Path, name: str, turns: list[Turn], bodies: dict[str, NDArray[np.float64]],
    gone: dict[str, NDArray[np.bool_]], people: dict[str, actors.Actor],
    sound: NDArray[np.int16], seed: int,
) -> None:  # fmt: skip
    frames = len(next(iter(bodies.values())))
    drawn = {
        speaker: (
            project(body, FOCAL, WIDTH, HEIGHT),
            project(coco_from_h36m(body), FOCAL, WIDTH, HEIGHT),
        )
        for speaker, body in bodies.items()
    }
    speaking = {speaker: np.zeros(frames) for speaker in bodies}
    for turn in turns:
        span = _span(turn)
        steps = np.arange(span.start, min(span.stop, frames))
        speaking[turn.speaker][steps] = np.abs(np.sin(steps * 0.42))
    background = drawing.room(WIDTH, HEIGHT, 150 + seed % 40)

    def pictures() -> Any:
        for frame in range(frames):
            picture = background.copy()
            for speaker, (joints, face) in drawn.items():
                if not gone[speaker][frame]:
                    drawing.draw_person(
                        picture, joints[frame], face[frame, :5], people[speaker].colours,
                        float(speaking[speaker][frame]),
                    )  # fmt: skip
            yield picture

    drawing.write_avi(
        release / "dialog" / "avi" / "DivX" / f"{name}.avi", pictures(), (WIDTH, HEIGHT),
        Fraction(30000, 1001), sound, speech.RATE,
    )  # fmt: skip


def _jitter(
    frames: int, turns: list[Turn], effects: dict[str, Any], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Detection noise above the filter's cut-off, (frames, 17, 2), pixels."""
    high = butter(6, effects["above_hertz"], "highpass", fs=actors.FPS, output="sos")
    noise = sosfiltfilt(high, generator.normal(0, effects["pixels"], (frames, 17, 2)), axis=0)
    strength = np.ones(frames)
    for turn in turns:
        strength[_span(turn)] = turn.strength
    return noise * strength[:, None, None]


def _write_poses(
    folder: Path, name: str, turns: list[Turn], bodies: dict[str, NDArray[np.float64]],
    gone: dict[str, NDArray[np.bool_]], effects: dict[str, Any], generator: np.random.Generator,
    order: tuple[str, str],
) -> None:  # fmt: skip
    """AlphaPose's results with its habits: gaps, a switched track, a stray person."""
    rows: list[dict[str, Any]] = []
    frames = len(next(iter(bodies.values())))
    switch = frames // 2 if generator.random() < 0.3 else frames
    as_list = name.endswith("script03_1")
    for number, speaker in enumerate(order):
        pixels = project(coco_from_h36m(bodies[speaker]), FOCAL, WIDTH, HEIGHT)
        own = [turn for turn in turns if turn.speaker == speaker]
        pixels = pixels + _jitter(frames, own, effects, generator)
        confidence = np.clip(generator.normal(0.88, 0.05, (frames, 17)), 0, 1)
        confidence[:, 13:] = np.clip(generator.normal(0.25, 0.08, (frames, 4)), 0.05, 1)
        missed = gone[speaker].copy()
        for start in generator.integers(0, frames, max(frames // 200, 1)):
            missed[start : start + int(generator.integers(1, 5))] = True
        for frame in np.flatnonzero(~missed):
            identity = number + 1 + (2 if frame >= switch and number == 0 else 0)
            rows.append(_row(int(frame), pixels[frame], confidence[frame], identity, as_list))
    for frame in generator.integers(0, frames, 3):
        stray = generator.normal([WIDTH * 0.5, HEIGHT * 0.4], 12, (17, 2))
        rows.append(_row(int(frame), stray, np.full(17, 0.15), 9, as_list))
    rows.sort(key=lambda row: int(row["image_id"].split(".")[0]))
    path = folder / "alphapose" / name / "alphapose-results.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")


def _row(
    frame: int, pixels: NDArray[np.float64], confidence: NDArray[np.float64], track: int,
    as_list: bool,
) -> dict[str, Any]:  # fmt: skip
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    keypoints = [
        value
        for (x, y), c in zip(pixels, confidence, strict=True)
        for value in (round(float(x), 1), round(float(y), 1), round(float(c), 2))
    ]
    return {
        "image_id": f"{frame}.jpg",
        "category_id": 1,
        "keypoints": keypoints,
        "score": round(float(3 * confidence.mean()), 2),
        "box": [round(float(value), 1) for value in (*low, *(high - low))],
        "idx": [track] if as_list else track,
    }
