"""Invented sentences whose content words follow valence."""

from typing import Any

import numpy as np

_LISTS = {
    "positive": (
        "great wonderful happy love beautiful excited lucky fantastic proud glad smile party "
        "dream perfect enjoy laugh"
    ).split(),
    "negative": (
        "terrible lost wrong never hurt gone awful hate alone broken stop unfair crying sick "
        "tired blame"
    ).split(),
    "neutral": (
        "form office table monday paper line number train ticket street coffee window letter "
        "counter address morning"
    ).split(),
}
_OPENINGS = ("I think", "you know", "well", "so", "I mean", "and then", "maybe", "look")
_LINKS = ("is", "was", "and", "with", "about", "for", "the", "that", "it", "just")


def sentence(
    emotion: str, words: int, effects: dict[str, Any], generator: np.random.Generator
) -> str:
    """A sentence of about so many words.

    Parameters
    ----------
    effects : dict
        The ``words`` part of the effects file.
    """
    wanted = effects["valence"][emotion]
    parts = [str(generator.choice(_OPENINGS))]
    for number in range(max(words, 3)):
        if number % 3 == 1:
            name = wanted
            if generator.random() < effects["other_words"]:
                name = str(generator.choice([other for other in _LISTS if other != wanted]))
            parts.append(str(generator.choice(_LISTS[name])))
        else:
            parts.append(str(generator.choice(_LINKS)))
    text = " ".join(parts)
    return text[0].upper() + text[1:] + str(generator.choice([".", ".", "?", "!"]))
