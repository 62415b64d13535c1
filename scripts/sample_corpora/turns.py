"""Who says what when: the dialogues of the IEMOCAP sample before anything is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib.corpora.iemocap_annotations import LABELS
from scripts.sample_corpora import turn_labels, words
from scripts.sample_corpora.iemocap_effects import Iemocap
from scripts.sample_corpora.randomness import stream

DIALOGUES = (
    "Ses01F_impro01",
    "Ses01M_script01_1",
    "Ses02F_impro01",
    "Ses02M_script01_1",
    "Ses03F_impro01",
    "Ses03M_script01_1",
    "Ses04F_impro01",
    "Ses04M_script01_1",
    "Ses05F_impro01",
    "Ses05M_script01_1",
    "Ses03M_impro02",
    "Ses05M_script01_1b",
)
"""Names as in the release. It has no motion capture for the last."""

_AFFECT = {  # means of valence, activation and dominance on the release's scale of 1 to 5
    "ang": (1.9, 3.7, 3.9),
    "hap": (3.9, 3.2, 3.1),
    "exc": (4.0, 3.7, 3.4),
    "sad": (2.2, 2.2, 2.7),
    "neu": (3.0, 2.7, 3.0),
    "fru": (2.2, 3.1, 3.4),
    "xxx": (2.8, 3.0, 3.1),
    "sur": (3.1, 3.5, 2.8),
    "fea": (2.1, 3.5, 2.3),
}
_KINDS = {"positive": 0.33, "negative": 0.33, "neutral": 0.34}
_SYLLABLES_A_SECOND = 5.5


@dataclass(frozen=True)
class Turn:
    """One utterance.

    Attributes
    ----------
    name : str
        "Ses01F_impro01_F000".
    speaker : str
        "Ses01F".
    start, end : float
        Seconds, four decimals.
    label : str
        Three letters.
    affect : tuple of two tuples
        Valence, activation and dominance by two raters, 1 to 5.
    words : str
    arousal : float
        Of the voice.
    absent : bool
        Whether the speaker is out of the picture.
    """

    name: str
    speaker: str
    start: float
    end: float
    label: str
    affect: tuple[tuple[int, int, int], tuple[int, int, int]]
    words: str
    arousal: float
    absent: bool

    @property
    def emotion(self) -> str:
        """Class, or "other"."""
        return LABELS.get(self.label, "other")


@dataclass(frozen=True)
class Dialogue:
    """A recording of the two speakers of a session."""

    name: str
    turns: tuple[Turn, ...]
    frames: int

    @property
    def session(self) -> int:
        """1 to 5."""
        return int(self.name[4])

    @property
    def speakers(self) -> tuple[str, str]:
        """The one who sits on the left, after whose letter the dialogue is named, comes first."""
        other = "M" if self.name[5] == "F" else "F"
        return self.name[:6], self.name[:5] + other


def plan(seed: int, dialogues: int, utterances: int, effects: Iemocap) -> list[Dialogue]:
    """All dialogues of a sample corpus.

    Parameters
    ----------
    seed : int
    dialogues : int
        At most twelve, in the order of `DIALOGUES`.
    utterances : int
        In all, shared equally by dialogues and speakers.
    effects : Iemocap

    Raises
    ------
    ValueError
        If there are too many dialogues, or fewer than four utterances for each of them.
    """
    if not 1 <= dialogues <= len(DIALOGUES):
        raise ValueError(f"{dialogues} dialogues: from 1 to {len(DIALOGUES)} are possible")
    if utterances < 4 * dialogues:
        raise ValueError(
            f"{utterances} utterances are too few for {dialogues} dialogues: at least {4 * dialogues}"
        )
    names = DIALOGUES[:dialogues]
    places = [(name, name[:5] + letter) for name in names for letter in (name[5], "FM"[name[5] == "F"])]
    sizes = [
        (index + 1) * utterances // len(places) - index * utterances // len(places)
        for index in range(len(places))
    ]
    labels = turn_labels.shared_out(stream(seed, "labels"), places, sizes)
    lengths = turn_labels.lengths(stream(seed, "lengths"), utterances)
    planned = []
    for number, name in enumerate(names):
        first, second = labels[2 * number : 2 * number + 2]
        amount = len(first) + len(second)
        own, lengths = lengths[:amount], lengths[amount:]
        planned.append(_dialogue(name, (first, second), own, stream(seed, "turns", name), effects))
    return _with_absent(planned, stream(seed, "absent"), effects.quirks.absent * utterances)


def _dialogue(
    name: str,
    labels: tuple[list[str], list[str]],
    lengths: Sequence[float],
    generator: np.random.Generator,
    effects: Iemocap,
) -> Dialogue:
    letters = name[5], "FM"[name[5] == "F"]
    left = [list(hand) for hand in labels]
    counts = [0, 0]
    who = int(generator.integers(2))
    time = 0.3 + 0.2 * generator.random()
    turns: list[Turn] = []
    for length in lengths:
        start, end = round(time, 4), round(time + length, 4)
        letter, label = letters[who], left[who].pop()
        arousal = _arousal(label, generator, effects)
        affect = _affect(label, generator)
        text = _words(label, length, arousal, generator, effects)
        turn, speaker = f"{name}_{letter}{counts[who]:03d}", name[:5] + letter
        turns.append(Turn(turn, speaker, start, end, label, affect, text, arousal, absent=False))
        counts[who] += 1
        following = 1 - who if generator.random() < 0.85 else who
        following = following if left[following] else 1 - following
        # the other speaker often starts before the turn is over
        pause = generator.uniform(0.3, 0.45) if following == who else generator.uniform(-0.1, 0.2)
        time, who = end + pause, following
    return Dialogue(name, tuple(turns), round((turns[-1].end + 0.4) * turn_labels.FPS))


def _arousal(label: str, generator: np.random.Generator, effects: Iemocap) -> float:
    mean = effects.voice.arousal.get(LABELS.get(label, "other"), 0.2)
    return float(mean + generator.normal(0, effects.voice.utterance))


def _words(
    label: str, length: float, arousal: float, generator: np.random.Generator, effects: Iemocap
) -> str:
    kinds = effects.words.sentences.get(LABELS.get(label, "other"), _KINDS)
    rate = _SYLLABLES_A_SECOND * np.exp(effects.voice.rate * arousal + generator.normal(0, 0.1))
    return words.sentence(kinds, length * rate, generator)


def _affect(label: str, generator: np.random.Generator) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    means = np.array(_AFFECT[label])
    ratings = np.clip(np.rint(generator.normal(means, 0.5, (2, 3))), 1, 5).astype(int)
    (a, b, c), (d, e, f) = ratings.tolist()
    return (a, b, c), (d, e, f)


def _with_absent(dialogues: list[Dialogue], generator: np.random.Generator, wanted: float) -> list[Dialogue]:
    """Send some speakers out of the picture while they speak."""
    labels = ("hap", "sad", "neu", "exc")
    gone: set[str] = set()
    for number in range(int(np.ceil(wanted))):
        label = labels[number % len(labels)]
        candidates = [
            turn.name
            for dialogue in dialogues
            for turn in dialogue.turns
            if turn.label == label and _alone(turn, dialogue) and turn.name not in gone
        ]
        if candidates:
            gone.add(str(generator.choice(candidates)))
    return [
        replace(
            dialogue,
            turns=tuple(replace(turn, absent=turn.name in gone) for turn in dialogue.turns),
        )
        for dialogue in dialogues
    ]


def _alone(turn: Turn, dialogue: Dialogue) -> bool:
    """Whether the speaker's other turns are far enough to leave and to come back."""
    return all(
        other is turn
        or other.speaker != turn.speaker
        or other.end < turn.start - 0.7
        or other.start > turn.end + 0.7
        for other in dialogue.turns
    )
