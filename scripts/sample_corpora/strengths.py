"""Effects files with an effect made weaker or stronger; at strength 0 it says nothing about labels."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from lib.trees import get, leaves, put
from scripts.sample_corpora.effects import Planted

EffectsType = TypeVar("EffectsType", bound=Planted)
Parts = dict[str, tuple[str, ...]]
SCALED: Mapping[str, Mapping[str, Parts]] = {
    "effects.yaml": {
        "movement": {
            "times": tuple(
                f"iemocap.movement.{quantity}.{share}"
                for quantity in ("posture", "amplitude", "tempo")
                for share in ("own", "shared")
            )
        },
        "words": {
            "shares": ("iemocap.words.sentences",),
            "times": ("iemocap.voice.rate",),  # lengths of sentences tell arousal
        },
    },
    "audiovisual.yaml": {"voice": {"around mean": ("voice.shared",), "times": ("voice.own",)}},
    "emotic.yaml": {"body": {"times": ("body",)}},
    "valence.yaml": {
        "face": {"times": tuple(f"face.shared.{part}" for part in ("corners", "width", "eyes"))}
    },
}
"""By effects file and effect, the dotted names of what is scaled, and how.

times: numbers, multiplied. around mean: tables of numbers by label, whose distance from the mean
over labels is multiplied; ``liveliness``, a factor, in its logarithm. shares: the same for tables
of probabilities, which stay between 0.01 and 0.98 and are normalised.
"""


def scaled(effects: EffectsType, strengths: Mapping[str, float]) -> EffectsType:
    """Copy of effects in which some are multiplied, such as ``{"words": 0.5}``.

    Raises
    ------
    ValueError
        If an effect cannot be scaled in this file, or a strength is negative.
    """
    known = SCALED[effects.SHIPPED]
    tree = effects.model_dump()
    for name, strength in strengths.items():
        if name not in known or strength < 0:
            raise ValueError(f"{name}={strength}: the effects are {sorted(known)}, from 0")
        for way, places in known[name].items():
            for place in places:
                key = tuple(place.split("."))
                put(tree, key, _SCALE[way](get(tree, key), strength))
    return type(effects).model_validate(tree)


def _times(value: float, strength: float) -> float:
    return strength * value


def _around_mean(table: dict[str, dict[str, float]], strength: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in leaves(table):
        every = [own[key[1]] for own in table.values()]
        if key[1] == "liveliness":
            mean = float(np.mean(np.log(every)))
            put(found, key, float(np.exp(mean + strength * (np.log(value) - mean))))
        else:
            mean = float(np.mean(every))
            put(found, key, mean + strength * (value - mean))
    return found


def _shares(table: dict[str, dict[str, float]], strength: float) -> dict[str, Any]:
    found = _around_mean(table, strength)
    for own in found.values():
        kept = {name: min(max(share, 0.01), 0.98) for name, share in own.items()}
        own |= {name: share / sum(kept.values()) for name, share in kept.items()}
    return found


_SCALE: dict[str, Any] = {"times": _times, "around mean": _around_mean, "shares": _shares}
