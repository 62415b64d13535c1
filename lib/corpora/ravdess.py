"""RAVDESS: two sentences spoken or sung by 24 actors in eight emotions.

Livingstone and Russo (2018), "The Ryerson audio-visual database of emotional speech and song". The
name of a recording describes it completely.
"""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import pandas as pd

from lib.content import reading
from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError

CLASSES = catalogue.get("ravdess").classes
"""In the order of their numbers in the names of recordings."""

MODALITIES = ("audio-video", "video", "audio")
CHANNELS = ("speech", "song")
INTENSITIES = ("normal", "strong")
STATEMENTS = ("Kids are talking by the door.", "Dogs are sitting by the door.")
ACTORS = 24

_SUFFIXES = {"audio": ".wav", "audio-video": ".mp4", "video": ".mp4"}
_LIMITS = (len(MODALITIES), len(CHANNELS), len(CLASSES), len(INTENSITIES), len(STATEMENTS), 2)


@dataclass(frozen=True)
class Recording:
    """Content of a recording's name; fields count from 1, in the order of the name."""

    modality: int
    channel: int
    emotion: int
    intensity: int
    statement: int
    repetition: int
    actor: int

    def __post_init__(self) -> None:
        numbers = [getattr(self, field.name) for field in fields(self)]
        for field, number, limit in zip(fields(self), numbers, (*_LIMITS, ACTORS), strict=True):
            if not 1 <= number <= limit:
                raise ValueError(f"{field.name} is {number:02d}, not 01 to {limit:02d}")
        if self.emotion == 1 and self.intensity == 2:
            raise ValueError("a neutral recording has no strong intensity")

    @classmethod
    def parse(cls, name: str) -> Self:
        """Recording of a file's name, with or without suffix; ValueError names a malformed one."""
        stem, _, suffix = name.partition(".")
        try:
            if not re.fullmatch(r"\d{2}(-\d{2}){6}", stem, re.ASCII):
                raise ValueError("not seven numbers of two digits joined by hyphens")
            recording = cls(*map(int, stem.split("-")))
            wanted = _SUFFIXES[MODALITIES[recording.modality - 1]]
            if suffix and f".{suffix}" != wanted:
                raise ValueError(f"modality {recording.modality:02d} is a {wanted} file")
        except ValueError as error:
            raise ValueError(f"{name} is not a name of RAVDESS: {error}") from None
        return recording

    @property
    def name(self) -> str:
        """Name of the file, without its suffix."""
        return "-".join(f"{getattr(self, field.name):02d}" for field in fields(self))

    @property
    def sex(self) -> str:
        """Sex of the actor; even numbers are female."""
        return "male" if self.actor % 2 else "female"


def read(folder: Path, speech_only: bool = True, modality: str | None = "audio") -> pd.DataFrame:
    """Sample table of a copy of RAVDESS.

    `folder` contains all or some of ``Actor_01`` to ``Actor_24``, each with wav or mp4 files. Of a
    performance that is there in several forms, only that of the `modality` is read; None reads all.

    Returns
    -------
    DataFrame
        One row per recording, by actor and name: sample_id (the file's name without suffix), label
        and emotion (of `CLASSES`), speaker and cluster ("Actor_01"), sex, statement and repetition
        (1 or 2), performance (the name without its modality: the same in sound and video),
        modality, channel, intensity, transcript, path (relative to `folder`).

    Raises
    ------
    CorpusError
        If there is no actor or no such recording, a name is malformed, or a file is in another
        actor's folder.
    """
    rows = []
    for path in checks.files(folder, "[Aa]ctor*/*.wav", "[Aa]ctor*/*.mp4"):
        with reading(f"{path}", CorpusError, "has a wrong name"):
            recording = Recording.parse(path.name)
        own = f"Actor_{recording.actor:02d}"
        if path.parent.name != own:
            raise CorpusError(f"{path}: a recording of actor {own[-2:]}, not in the folder {own}")
        form, emotion = MODALITIES[recording.modality - 1], CLASSES[recording.emotion - 1]
        if modality in (None, form) and (recording.channel == 1 or not speech_only):
            row = {
                "sample_id": recording.name,
                "label": emotion,
                **dict.fromkeys(("speaker", "cluster"), own),
                "sex": recording.sex,
                "modality": form,
                "channel": CHANNELS[recording.channel - 1],
                "emotion": emotion,
                "intensity": INTENSITIES[recording.intensity - 1],
                "statement": recording.statement,
                "repetition": recording.repetition,
                "transcript": STATEMENTS[recording.statement - 1],
                "performance": recording.name[3:],
                "path": path.relative_to(folder).as_posix(),
            }
            rows.append(row)
    kind = f"{'speech' if speech_only else 'recording'} in the form {modality or 'of the release'}"
    none = f"no {kind} in Actor_01 to Actor_24: DATASETS.md says which files hold it"
    return checks.sample_table(rows, folder, none)


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Counts of a copy; a real copy's actors must each have all recordings of a modality.

    An actor has 60 spoken and 44 sung recordings in a modality; actor 18 does not sing. Copies with
    fewer than 24 actors are complete if their actors are.
    """
    table = read(folder, speech_only=False, modality=None)
    full = catalogue.get("ravdess").expected
    own = pd.crosstab(table["speaker"], table["channel"] + "/" + table["modality"])
    found = {f"{actor}/{kind}": int(own[kind][actor]) for actor in own.index for kind in own}
    expected = {name: full[f"{name.split('/')[1]} per actor and modality"] for name in found}
    expected |= {name: 0 for name in found if name.startswith("Actor_18/song")}
    checks.published("ravdess", found, folder, strict, expected)
    kinds = [f"{channel}/{modality}" for channel in CHANNELS for modality in MODALITIES]
    return {
        "actors": len(own),
        "recordings": len(table),
        **checks.tally(table["channel"] + "/" + table["modality"], kinds),
        **checks.tally(table["emotion"], CLASSES),
    }
