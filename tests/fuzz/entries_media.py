"""Readers of sound, video, pictures, detected people, markers and word vectors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lib.features import clip_sound, pose, speech, video
from lib.features.image_augmentation import read_picture
from lib.features.mocap import read_markers
from lib.features.text import read_glove
from tests.features.test_clip_segments import write_clip
from tests.features.test_mocap import write as write_markers
from tests.features.test_pose import row
from tests.features.test_video import encoded
from tests.fuzz.harness import Entry

WORDS = ("the", "cat", ". . .", "é")


def _sound(name: str, subtype: str, rate: int = 16_000, channels: int = 1) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        import soundfile

        wave = np.random.default_rng(0).uniform(-0.5, 0.5, (rate // 8, channels))
        soundfile.write(folder / name, wave, rate, subtype)
        return [folder / name]

    return make


def _read_sound(folder: Path) -> Any:
    (path,) = folder.iterdir()
    there, lost = speech.count_speech(path)
    return speech.read_speech(path), there, lost


def _heard(found: Any, whole: Any, how: str) -> str | None:
    wave, there, lost = found
    if not 0 <= there < 3600 or lost < 0 or np.abs(wave).max() > 1:
        return "sound beyond its range"
    if how == "truncate" and len(wave) < 0.9 * len(whole[0]) and not lost:
        return "a cut file that counts as whole"
    return None


def _video(codec: str, form: str) -> Callable[[Path], list[Path]]:
    return lambda folder: [encoded(folder / f"a.{form}", codec, form, count=12)]


def _read_video(folder: Path) -> Any:
    (path,) = folder.iterdir()
    seen = list(video.frames(path))
    times, images = [time for _, time, _ in seen], [image for *_, image in seen]
    return video.probe(path), video.count_frames(path), times, images


def _seen(found: Any, whole: Any, how: str) -> str | None:
    (_, rate, width, height), (there, lost), times, images = found
    if not np.isfinite(rate) or not (np.diff(times) >= 0).all():
        return "times that fall"
    if there != len(images):
        return f"{there} pictures at one reading, {len(images)} at the next"
    if any(image.shape != images[0].shape for image in images):
        return "pictures of several sizes"
    if images and images[0].shape != (height, width, 3):
        return "pictures of another size than the header's"
    if how == "truncate" and len(images) < len(whole[3]) and not lost:
        return "a cut file that counts as whole"
    return None


def _clip(folder: Path) -> list[Path]:
    return [write_clip(folder / "a.avi", 10, 0.6, rate=4000)]


def _read_clip(folder: Path) -> Any:
    path = folder / "a.avi"
    there, lost = clip_sound.count_sound(path)
    return clip_sound.read_sound(path), there, lost


def _clip_heard(found: Any, whole: Any, how: str) -> str | None:
    wave, _, lost = found
    if lost < 0 or np.abs(wave).max(initial=0) > 2:
        return "sound beyond its range"
    if how == "truncate" and len(wave) < 0.7 * len(whole[0]) and not lost:
        return "a cut file that counts as whole"
    return None


def _picture(name: str, mode: str = "RGB") -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        values = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
        Image.fromarray(values).convert(mode).save(folder / name)
        return [folder / name]

    return make


def _read_picture(folder: Path) -> Any:
    (path,) = folder.iterdir()
    return read_picture(path)


def _alphapose(folder: Path) -> list[Path]:
    people = [row(f"{k}.jpg", 10.0 + k, box=[1.0, 2.0, 30.5, 40.25], idx=k % 2) for k in range(4)]
    path = folder / "alphapose-results.json"
    path.write_text(json.dumps(people))
    return [path]


def _read_alphapose(folder: Path) -> Any:
    found = pose.read_alphapose(folder / "alphapose-results.json", 20)
    return vars(found) | {"box": np.nan_to_num(found.box, nan=-1.0)}


def _people(found: Any, whole: Any, how: str) -> str | None:
    if (np.diff(found["frame"]) < 0).any() or found["frame"].min() < 0 or found["frame"].max() > 19:
        return "frames that fall or are not the video's"
    if np.abs(found["keypoints"][..., 2]).max() > 10:
        return "a confidence beyond 10"
    return None


def _markers(folder: Path) -> list[Path]:
    path = folder / "MOCAP_head" / "Ses01F_impro01.txt"
    write_markers(path, 30, 6)
    return [path]


def _read_markers(folder: Path) -> Any:
    return read_markers(folder / "MOCAP_head" / "Ses01F_impro01.txt", "head")


def _moved(found: Any, whole: Any, how: str) -> str | None:
    times, values, _ = found
    if not np.isfinite(times).all() or (np.diff(times) < 0).any():
        return "times that fall"
    return "a marker beyond a kilometre" if (np.abs(values) > 1e6).any() else None


def _glove(folder: Path) -> list[Path]:
    values = np.random.default_rng(0).normal(size=(len(WORDS), 20)).round(4)
    lines = [" ".join([word, *map(str, own)]) for word, own in zip(WORDS, values.tolist(), strict=True)]
    (folder / "glove.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [folder / "glove.txt"]


def _read_glove(folder: Path) -> Any:
    return read_glove(folder / "glove.txt", WORDS, 20)


ENTRIES = [
    Entry("sound: wav", _sound("a.wav", "PCM_16"), _read_sound, _heard),
    Entry("sound: wav of floats, two channels", _sound("a.wav", "FLOAT", 44_100, 2), _read_sound, _heard),
    Entry("sound: flac", _sound("a.flac", "PCM_16"), _read_sound, _heard, share=0.5),
    Entry("video: MPEG-4 in avi", _video("mpeg4", "avi"), _read_video, _seen, share=0.5),
    Entry("video: H.264 in mp4", _video("libx264", "mp4"), _read_video, _seen, share=0.25),
    Entry("video: sound of avi", _clip, _read_clip, _clip_heard, share=0.5),
    Entry("picture: JPEG", _picture("a.jpg"), _read_picture),
    Entry("picture: PNG", _picture("a.png"), _read_picture),
    Entry("picture: PNG with a palette", _picture("a.png", "P"), _read_picture, share=0.5),
    Entry("AlphaPose, Keypoint R-CNN, MediaPipe: json", _alphapose, _read_alphapose, _people),
    Entry("motion capture", _markers, _read_markers, _moved, missing=True),
    Entry("GloVe", _glove, _read_glove),
]
