"""Labels and lengths of the IEMOCAP sample's utterances, by dialogue and speaker."""

from collections.abc import Sequence

import numpy as np

FPS = 30000 / 1001
_SHORTEST, _LONGEST = 17, 66  # frames

_SHARES = {
    "ang": 1103,
    "hap": 595,
    "exc": 1041,
    "sad": 1084,
    "neu": 1708,
    "fru": 130,
    "xxx": 110,
    "sur": 60,
    "fea": 20,
}
"""Labels as in the release, with fewer outside the four classes."""


def shared_out(
    generator: np.random.Generator, places: Sequence[tuple[str, str]], sizes: Sequence[int]
) -> list[list[str]]:
    """Labels by dialogue and speaker; each speaker gets all in the same proportions."""
    shares = np.array(list(_SHARES.values()), float)
    marks = np.cumsum(shares) / shares.sum()
    speakers = sorted({speaker for _, speaker in places})
    total = sum(sizes)
    ordered = [list(_SHARES)[int(np.searchsorted(marks, (i + 0.5) / total))] for i in range(total)]
    hands: dict[str, list[str]] = {speaker: [] for speaker in speakers}
    needs = {
        speaker: sum(size for (_, who), size in zip(places, sizes, strict=True) if who == speaker)
        for speaker in speakers
    }
    for label in ordered:  # to the speaker with the largest share of labels still to get
        speaker = max(speakers, key=lambda who: 1 - len(hands[who]) / needs[who])
        hands[speaker].append(label)
    shuffled = {who: list(generator.permutation(hand)) for who, hand in hands.items()}
    return [
        [str(shuffled[speaker].pop()) for _ in range(size)]
        for (_, speaker), size in zip(places, sizes, strict=True)
    ]


def lengths(generator: np.random.Generator, utterances: int) -> list[float]:
    """Seconds of each utterance; two have the fewest frames, one the most."""
    frames = np.exp(generator.normal(np.log(24), 0.33, utterances))
    frames = np.clip(frames, _SHORTEST + 1, _LONGEST)
    chosen = generator.choice(utterances, 3, replace=False)
    frames[chosen] = [_SHORTEST, _SHORTEST, _LONGEST]
    return [float(value) / FPS for value in frames]
