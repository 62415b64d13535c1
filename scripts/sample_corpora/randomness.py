"""Independent random streams by name, so that one part of a corpus does not shift another."""

import zlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """Generator that depends on the seed and the names only.

    Parameters
    ----------
    seed : int
        The corpus's seed.
    *names : str
        What is drawn: ``stream(seed, "voice", "Ses01F")``.
    """
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])
