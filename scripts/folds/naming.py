"""Tables of samples that follow from a release's naming and published counts, without a copy."""

from collections.abc import Callable
from itertools import product

import pandas as pd

from lib.corpora import catalogue, ravdess
from lib.corpora.emotic import PARTS
from lib.corpora.enterface import SENTENCES

IEMOCAP_SESSIONS = {1: 1085, 2: 1023, 3: 1151, 4: 1031, 5: 1241}
"""Utterances of the four classes in each session; 5,531 in all, as public code counts them."""
INCOMPLETE = (6, 23)
"""Subjects of eNTERFACE'05 who do not have all thirty clips."""
FOLD_PARTS = {"train": "train", "val": "dev", "dev": "dev", "test": "test"}
"""Part of a fold by the release's name of it."""


def _iemocap() -> pd.DataFrame:
    sessions = [session for session, number in IEMOCAP_SESSIONS.items() for _ in range(number)]
    places = [str(place) for place in range(len(sessions))]
    table = pd.DataFrame({"sample_id": places, "position": range(len(sessions)), "session": sessions})
    # speakers are not known, and each speaks in one session alone
    return table.assign(speaker=table["session"].astype(str), label="any")


def _rml() -> pd.DataFrame:
    names = [f"s{number}" for number in range(1, catalogue.get("rml").expected["speakers"] + 1)]
    return pd.DataFrame({"sample_id": names, "speaker": names, "label": "any"})


def _enterface() -> pd.DataFrame:
    entry = catalogue.get("enterface")
    subjects = [number for number in range(1, entry.expected["speakers"] + 1) if number not in INCOMPLETE]
    rows = [
        {"sample_id": f"subject {subject}/{label}/sentence {sentence}",
         "label": label, "speaker": f"subject {subject}"}
        for subject, label, sentence in product(subjects, entry.classes, range(1, SENTENCES + 1))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _ravdess() -> pd.DataFrame:
    audio, speech = ravdess.MODALITIES.index("audio") + 1, ravdess.CHANNELS.index("speech") + 1
    numbers = product(range(1, len(ravdess.CLASSES) + 1), (1, 2), (1, 2), (1, 2))
    spoken = [(emotion, strong, *rest) for emotion, strong, *rest in numbers if (emotion, strong) != (1, 2)]
    rows = []
    for actor, (emotion, intensity, statement, repetition) in product(range(1, ravdess.ACTORS + 1), spoken):
        own = ravdess.Recording(audio, speech, emotion, intensity, statement, repetition, actor)
        label, speaker = ravdess.CLASSES[emotion - 1], f"Actor_{actor:02d}"
        rows.append({"sample_id": own.name, "label": label, "speaker": speaker})
    return pd.DataFrame(rows)


def _emotic() -> pd.DataFrame:
    return pd.DataFrame({"sample_id": PARTS, "part": PARTS})


def _recordings(corpus: str, train: str, dev: str) -> Callable[[], pd.DataFrame]:
    def table() -> pd.DataFrame:
        counts = catalogue.get(corpus).expected
        names = {"train": train, "dev": dev}
        rows = [
            {"sample_id": form.format(number), "part": part}
            for part, form in names.items()
            for number in range(1, counts[part] + 1)
        ]
        return pd.DataFrame(rows)

    return table


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "iemocap": _iemocap,
    "rml": _rml,
    "enterface": _enterface,
    "ravdess": _ravdess,
    "emotic": _emotic,
    "recola": _recordings("recola", "train_{}", "dev_{}"),
    "sewa": _recordings("sewa", "Train_{:02d}", "Devel_{:02d}"),
}
"""By corpus, the table of its samples in the release's order, in the reader's columns.

``sample_id`` is the sample's id, or whatever stands for it (`key` of the recipe).
"""
