"""The RML and eNTERFACE'05 samples: drawn faces that speak, in the layouts of the releases."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import butter, resample_poly, sosfilt

from lib.corpora import enterface, rml
from lib.corpora.provenance import Provenance
from scripts.sample_corpora import faces, media, people, speech
from scripts.sample_corpora.audiovisual_effects import Effects, Face, Quirks
from scripts.sample_corpora.description import describe, require_empty
from scripts.sample_corpora.people import Expression, Person, Pose
from scripts.sample_corpora.randomness import stream

SIZE = (160, 128)
RML_SEED, ENTERFACE_SEED = 2012, 2005
TAKES = 4
COMPLETE = (1, 3, 11, 16, 20)
"""Subjects of the eNTERFACE'05 sample with all clips; `enterface.UNCUT` and 23 are not."""
SENTENCES = (
    "please leave me alone now",
    "what is going on over here",
    "i have never seen this before",
    "you should have told me then",
    "there is nothing more to say",
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clip:
    """One file: its path, the speaker, the emotion and the words."""

    path: str
    speaker: str
    female: bool
    emotion: str
    text: str
    away: tuple[float, float] | None = None
    """Share of the clip in which the face is turned away."""


@dataclass(frozen=True)
class Layout:
    """How a release stores its clips; `reader` is the corpus's module in `lib.corpora`."""

    corpus: str
    reader: Any
    fps: Fraction  # frames per second
    rate: int  # samples of sound a second

    def write(self, folder: Path, clips: list[Clip], seed: int, effects: Effects) -> Provenance:
        """Write all clips, the effects and PROVENANCE.json."""
        require_empty(folder)
        for clip in _turned(clips, effects.quirks, stream(seed, "turned")):
            _record(folder, clip, seed, self, effects)
        effects.write(folder)
        counts = self.reader.check(folder, strict=False)
        return describe(folder, self.corpus, seed, "drawn people in its layout", counts, effects)


RML = Layout("rml", rml, Fraction(30), 22_050)
ENTERFACE = Layout("enterface", enterface, Fraction(25), 48_000)


def write_rml(
    folder: Path,
    seed: int = RML_SEED,
    speakers: int = 6,
    takes: int = TAKES,
    effects: Effects | None = None,
) -> Provenance:
    """Write a sample of RML: 30 frames per second, 22,050 Hz; the same arguments, the same bytes.

    Raises
    ------
    FileExistsError
        If the folder holds something.
    """
    clips = []
    for number in range(1, speakers + 1):
        archive = rml.ARCHIVES[number > (2 * speakers + 2) // 3]
        inner = "mandarin/" if number == speakers else ""  # some copies have language folders
        for code, emotion in rml.CODES.items():
            for take in range(1, takes + 1):
                path = f"{archive}/s{number}/{inner}{code}{take}.avi"
                text = SENTENCES[take % len(SENTENCES)]
                clips.append(Clip(path, f"s{number}", number % 2 == 0, emotion, text))
    return RML.write(folder, clips, seed, effects or Effects.load())


def write_enterface(
    folder: Path,
    seed: int = ENTERFACE_SEED,
    complete: tuple[int, ...] = COMPLETE,
    effects: Effects | None = None,
) -> Provenance:
    """Write a sample of eNTERFACE'05: 25 frames per second, 48,000 Hz, with the release's errors.

    Subject 6's files hold an emotion's sentences uncut, subject 23 lacks three clips, subject 11's
    files are named s12, subject 3's s_3, and one file's name holds its suffix twice.

    Raises
    ------
    FileExistsError
        If the folder holds something.
    """
    clips: list[Clip] = []
    for number in sorted({*complete, enterface.UNCUT, 23}):
        for emotion in enterface.CLASSES:
            clips += _subject(number, emotion)
    return ENTERFACE.write(folder, clips, seed, effects or Effects.load())


def _subject(number: int, emotion: str) -> Iterator[Clip]:
    start = {3: "s_3", 11: "s12"}.get(number, f"s{number}")
    folder, code = f"subject {number}/{emotion}", emotion[:2]
    female = number % 5 == 0
    if number == enterface.UNCUT:
        text = " ".join(SENTENCES[:2])
        yield Clip(f"{folder}/{start}_{code}.avi", "subject 6", female, emotion, text)
        return
    for sentence, text in enumerate(SENTENCES, 1):
        if number == 23 and emotion == "fear" and sentence > 2:
            continue
        name = f"{start}_{code}_{sentence}"
        if (number, emotion, sentence) == (16, "surprise", 3):
            name = f"{name}avi"
        path = f"{folder}/sentence {sentence}/{name}.avi"
        yield Clip(path, f"subject {number}", female, emotion, text)


def _turned(clips: list[Clip], quirks: Quirks, generator: np.random.Generator) -> Iterator[Clip]:
    """Some clips with the face turned away for a while, some for most of their frames."""
    order = generator.permutation(len(clips))
    shortly = round(quirks.turned * len(clips))
    spans = {int(index): (0.1, 0.9) for index in order[: quirks.faceless]}
    for index in order[quirks.faceless : quirks.faceless + shortly]:
        start = float(generator.uniform(0.2, 0.7))
        spans[int(index)] = (start, start + 0.12)
    for index, clip in enumerate(clips):
        yield replace(clip, away=spans.get(index))


def _record(folder: Path, clip: Clip, seed: int, layout: Layout, effects: Effects) -> None:
    fps, rate = layout.fps, layout.rate
    draw = stream(seed, "clip", clip.path)
    timing = effects.timing
    before, spoken, after = (
        float(draw.uniform(*span)) for span in (timing.before, timing.speech, timing.after)
    )
    spoken *= max(1.0, len(clip.text) / 40)
    frames = round((before + spoken + after) * fps)
    times = np.arange(frames) / float(fps)
    wave = _sound(clip, before, spoken, frames / float(fps), seed, draw, effects)
    apex = np.clip(
        np.minimum(times - before, before + spoken - times) / timing.rise + 1, 0, 1
    )  # rises before the first word, falls after the last
    loudness = np.sqrt([np.mean(wave[int(t * speech.RATE) :][: speech.RATE // 20] ** 2) for t in times])
    jaw = np.clip((loudness - 0.03) / 0.06, 0, 1) * (apex > 0.5)
    person = people.person(seed, clip.speaker, clip.female)
    emotional = _face(clip, seed, draw, effects.face)
    images = _frames(person, emotional, apex, jaw, clip, draw)
    resampled = resample_poly(wave, rate, speech.RATE)
    bits = media.SOUND_BITS if rate <= 24_000 else 2 * media.SOUND_BITS
    media.write_avi(folder / clip.path, images, SIZE, fps, resampled, rate, bits)


def _face(clip: Clip, seed: int, draw: np.random.Generator, effect: Face) -> Expression:
    """Expression at the apex: what all share, the person's own, this clip's."""
    own = stream(seed, "own face", clip.speaker, clip.emotion)
    names = ("corners", "width", "brows", "frown", "eyes")
    personal = Expression(**{name: effect.own * float(own.normal()) for name in names})
    chance = Expression(**{name: effect.utterance * float(draw.normal()) for name in names})
    return Expression(**effect.shared[clip.emotion]) * effect.strength + personal + chance


def _sound(
    clip: Clip,
    before: float,
    spoken: float,
    seconds: float,
    seed: int,
    draw: np.random.Generator,
    effects: Effects,
) -> Floats:
    """Silence and noise around speech, at 16 kHz."""
    effect = effects.voice
    shared = effect.shared[clip.emotion]
    own = float(stream(seed, "own voice", clip.speaker, clip.emotion).normal())
    manner = speech.Manner(
        shared["semitones"] + effect.own * own + effect.utterance * float(draw.normal()),
        shared["liveliness"],
        shared["decibels"] + effect.utterance / 2 * float(draw.normal()),
        shared["tilt"],
    )
    voice = speech.make(clip.speaker, seed, clip.female)
    words = speech.speak(clip.text, round(spoken * speech.RATE), voice, manner, draw)
    words = sosfilt(butter(2, 280, "highpass", fs=speech.RATE, output="sos"), words)
    samples = round(seconds * speech.RATE)
    wave = np.zeros(samples)
    start = round(before * speech.RATE)
    wave[start : start + len(words)] = words[: samples - start]
    quirks = effects.quirks
    for levels, band, kind in ((quirks.rumble, 160, "lowpass"), (quirks.hiss, 4500, "highpass")):
        noise = sosfilt(butter(4, band, kind, fs=speech.RATE, output="sos"), draw.normal(size=samples))
        level = float(np.exp(draw.uniform(*np.log(levels))))
        wave += noise * (level / float(np.sqrt(np.mean(noise**2))))
    return wave


def _frames(
    person: Person,
    emotional: Expression,
    apex: Floats,
    jaw: Floats,
    clip: Clip,
    draw: np.random.Generator,
) -> Iterator[Image.Image]:
    wall = faces.background(person, SIZE, draw)
    phases = draw.uniform(0, 2 * np.pi, 4)
    speeds = draw.uniform(0.02, 0.06, 4)
    place = draw.normal(0, 0.04, 2)
    away = clip.away or (2.0, 2.0)
    for number, (strength, opening) in enumerate(zip(apex, jaw, strict=True)):
        sway = np.sin(phases + 2 * np.pi * speeds * number / 3)
        x, y = place + [0.03, 0.02] * sway[:2]
        pose = Pose(float(x), float(y), float(3 * sway[2]), float(1 + 0.02 * sway[3]))
        expression = emotional * float(strength) + Expression(jaw=0.7 * float(opening))
        share = number / len(apex)
        yield faces.draw(person, expression, pose, wall, hidden=away[0] <= share < away[1])
