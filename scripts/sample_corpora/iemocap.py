"""The IEMOCAP sample: ten synthetic speakers in the layout of the full release."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from lib.corpora import iemocap
from lib.corpora.iemocap_annotations import RELEASE
from lib.corpora.provenance import Provenance
from lib.features.kinematics import coco_from_h36m, project
from scripts.sample_corpora import (
    actors,
    detections,
    drawing,
    iemocap_annotations,
    iemocap_motion,
    media,
    movement,
    speech,
    turns,
)
from scripts.sample_corpora.actors import Actor, Floats
from scripts.sample_corpora.description import describe, require_empty
from scripts.sample_corpora.detections import Picture
from scripts.sample_corpora.iemocap_effects import Effects, Iemocap, Voice
from scripts.sample_corpora.randomness import stream
from scripts.sample_corpora.turns import Dialogue, Turn

WIDTH, HEIGHT = 240, 160
FRAME_RATE = Fraction(30000, 1001)
DIALOGUES, UTTERANCES, SEED = 12, 306, 2008
LISTED_TRACKS = "Ses02M_script01_1"
"""The dialogue whose track ids are lists, as another version of AlphaPose writes them."""
WITHOUT_MOCAP = "Ses05M_script01_1b"
"""The dialogue that has no motion-capture files, in the release too."""


@dataclass(frozen=True)
class Sound:
    """Both speakers' voices over a dialogue, each (samples,)."""

    voices: dict[str, Floats]

    @property
    def mixed(self) -> Floats:
        """What the camera's microphone hears."""
        return np.sum(list(self.voices.values()), axis=0)


def write(
    folder: Path,
    seed: int = SEED,
    dialogues: int = DIALOGUES,
    utterances: int = UTTERANCES,
    effects: Effects | None = None,
) -> Provenance:
    """Write a sample corpus; the same arguments give the same bytes.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty.
    seed : int
    dialogues : int
        1 to 12, spread over the five sessions.
    utterances : int
        In all; at least four a dialogue.
    effects : Effects, optional
        What to plant; by default `effects.yaml`.

    Returns
    -------
    Provenance
        What PROVENANCE.json says.

    Raises
    ------
    FileExistsError
        If the folder holds something.
    ValueError
        If the sizes are impossible.
    """
    require_empty(folder)
    effects = effects or Effects.load()
    planned = turns.plan(seed, dialogues, utterances, effects.iemocap)
    names = sorted({speaker for dialogue in planned for speaker in dialogue.speakers})
    people = {name: actors.make(name, seed, effects.iemocap.movement) for name in names}
    for dialogue in planned:
        _record(folder, dialogue, people, seed, effects.iemocap)
    effects.write(folder)
    what = "synthetic people in the layout of the full release; not IEMOCAP"
    counts = iemocap.counts(iemocap.read(folder))
    return describe(folder, "iemocap", seed, what, counts, effects)


def _record(
    folder: Path, dialogue: Dialogue, people: dict[str, Actor], seed: int, strengths: Iemocap
) -> None:
    """All files of one dialogue."""
    session = folder / RELEASE / f"Session{dialogue.session}"
    dialog = session / "dialog"
    name = dialogue.name
    picture = Picture(WIDTH, HEIGHT, float(FRAME_RATE), dialogue.frames)
    sound = _sound(dialogue, seed, strengths.voice)
    loudness = {who: _loudness(voice, dialogue.frames) for who, voice in sound.voices.items()}
    joints = {}
    for who in dialogue.speakers:
        joints[who] = movement.joints(
            people[who],
            _spells(dialogue, who),
            picture,
            who == dialogue.speakers[0],
            stream(seed, "movement", name, who),
            strengths.movement,
        )
    focal = _focal(dialogue.session, seed)

    iemocap_annotations.write(dialog, dialogue, seed)
    for turn in dialogue.turns:
        path = session / "sentences" / "wav" / name / f"{turn.name}.wav"
        media.write_wav(path, _heard(turn, sound, seed), speech.RATE)
    if name != WITHOUT_MOCAP:
        marked = dialogue.speakers[0]
        iemocap_motion.write(
            dialog, name, joints[marked], loudness[marked], picture.fps, stream(seed, "mocap", name)
        )
    generator = stream(seed, "detections", name)
    seen = []
    for number, who in enumerate(dialogue.speakers, start=1):
        pixels = project(coco_from_h36m(joints[who]), focal, WIDTH, HEIGHT)
        seen.append(detections.detect(pixels, number, picture, generator, strengths))
    seen += detections.strangers(seen, picture, generator, strengths.quirks)
    path = folder / "alphapose" / name / "alphapose-results.json"
    detections.write(path, seen, picture, listed_tracks=name == LISTED_TRACKS)
    images = _pictures(dialogue, people, joints, loudness, focal, seed)
    path = dialog / "avi" / "DivX" / f"{name}.avi"
    media.write_avi(path, images, (WIDTH, HEIGHT), FRAME_RATE, sound.mixed, speech.RATE)


def _spells(dialogue: Dialogue, speaker: str) -> list[movement.Spell]:
    return [
        movement.Spell(turn.start, turn.end, turn.emotion, turn.absent)
        for turn in dialogue.turns
        if turn.speaker == speaker
    ]


def _focal(session: int, seed: int) -> float:
    """Focal length of a session's camera in widths of the picture."""
    return float(stream(seed, "camera", str(session)).normal(1.33, 0.02))


def _sound(dialogue: Dialogue, seed: int, effect: Voice) -> Sound:
    samples = int(dialogue.frames / FRAME_RATE * speech.RATE)
    voices = {who: np.zeros(samples) for who in dialogue.speakers}
    for turn in dialogue.turns:
        generator = stream(seed, "speech", turn.name)
        first, last = _samples(turn)
        voice = speech.make(turn.speaker, seed, turn.speaker.endswith("F"))
        manner = speech.Manner(
            semitones=effect.semitones * turn.arousal + generator.normal(0, 1.0),
            liveliness=float(np.exp(0.25 * turn.arousal)),
            decibels=effect.decibels * turn.arousal + generator.normal(0, 1.5),
            tilt=-effect.tilt * turn.arousal,
        )
        voices[turn.speaker][first:last] += speech.speak(turn.words, last - first, voice, manner, generator)
    return Sound(voices)


def _samples(turn: Turn) -> tuple[int, int]:
    return round(turn.start * speech.RATE), round(turn.end * speech.RATE)


def _heard(turn: Turn, sound: Sound, seed: int) -> Floats:
    """The speaker's own microphone, which also hears the other and the room."""
    first, last = _samples(turn)
    own = sound.voices[turn.speaker][first:last]
    other = sound.mixed[first:last] - own
    hum = stream(seed, "room", turn.name).normal(0, 5e-4, last - first)
    return own + 0.15 * other + hum


def _loudness(voice: Floats, frames: int) -> Floats:
    """Of a voice in each video frame, 0 to 1."""
    edges = np.linspace(0, len(voice), frames + 1).astype(int)
    energy = np.add.reduceat(voice**2, edges[:-1]) / np.diff(edges)
    return np.clip(np.sqrt(energy) / 0.06, 0, 1)


def _pictures(
    dialogue: Dialogue,
    people: dict[str, Actor],
    joints: dict[str, Floats],
    loudness: dict[str, Floats],
    focal: float,
    seed: int,
) -> Iterator[Image.Image]:
    room = drawing.room(WIDTH, HEIGHT, stream(seed, "wall", str(dialogue.session)))
    dresses, bodies, faces, units, blinks = {}, {}, {}, {}, {}
    for who in dialogue.speakers:
        dresses[who] = drawing.looks(stream(seed, "looks", who), people[who].female)
        bodies[who] = project(joints[who], focal, WIDTH, HEIGHT)
        faces[who] = project(coco_from_h36m(joints[who])[:, :5], focal, WIDTH, HEIGHT)
        units[who] = focal * WIDTH / float(people[who].place[2])
        phase = stream(seed, "blinks", dialogue.name, who).uniform(0, 90)
        blinks[who] = (np.arange(dialogue.frames) + phase) % 90 < 4
        place = people[who].place * [-1 if who == dialogue.speakers[0] else 1, 1, 1]
        drawing.seat(room, project(place, focal, WIDTH, HEIGHT), units[who])
    for frame in range(dialogue.frames):
        image = room.copy()
        for who in dialogue.speakers:
            body, face = bodies[who][frame], faces[who][frame]
            mouth, eyes_open = float(loudness[who][frame]), not blinks[who][frame]
            drawing.person(image, body, face, units[who], dresses[who], mouth, eyes_open)
        yield drawing.finished(image)
