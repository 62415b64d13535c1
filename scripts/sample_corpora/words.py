"""What the sample's speakers say: sentences from templates, picked by feeling and length."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

_PATH = Path(__file__).with_name("words.yaml")
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def _templates() -> dict[str, Any]:
    return yaml.safe_load(_PATH.read_text(encoding="utf-8"))


def spoken(text: str) -> str:
    """The words in small letters, without remarks such as [LAUGHTER]."""
    return re.sub(r"\[[^\]]*\]", " ", text).lower()


def syllables(text: str) -> int:
    """Number of syllables, by groups of vowel letters without a final mute e; at least one."""
    count = 0
    for word in re.findall(r"[a-z']+", spoken(text)):
        groups = len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[a-z]{2})e$", "", word)))
        count += max(groups, 1)
    return max(count, 1)


def sentence(
    kinds: Mapping[str, float], length: float, generator: np.random.Generator, tries: int = 6
) -> str:
    """A sentence of a kind drawn by its probability, about as long as asked for.

    Parameters
    ----------
    kinds : mapping
        Probability of "positive", "negative" and "neutral".
    length : float
        Syllables that are wanted.
    generator : numpy.random.Generator
    tries : int
        Of that many sentences the one nearest to the wanted length is taken.
    """
    kind = generator.choice(list(kinds), p=list(kinds.values()))
    templates = _templates()["sentences"][kind]
    candidates = [_filled(str(generator.choice(templates)), generator) for _ in range(tries)]
    return min(candidates, key=lambda text: abs(syllables(text) - length))


def _filled(template: str, generator: np.random.Generator) -> str:
    slots = _templates()["slots"]
    return _SLOT.sub(lambda match: str(generator.choice(slots[match[1]])), template)
